package dev.keiryo.tensor;

/** A thread's room for the quants of a part of a block: looking up an embedding leaves no garbage. */
final class QuantsOfPart {
    private static final ThreadLocal<int[]> ROOM = ThreadLocal.withInitial(() -> new int[BlockCodec.PART]);

    private QuantsOfPart() {}

    static int[] room() {
        return ROOM.get();
    }
}
