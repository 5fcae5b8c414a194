package dev.keiryo.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Sixteen signed bytes for nibbles to choose from. */
final class NibbleTable {
    /** Not 512 bits: processors without VBMI cannot choose among 64 bytes. */
    private static final VectorSpecies<Byte> B =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.min(256, Lanes.I.vectorBitSize())));

    private static final VectorSpecies<Integer> I = B.withLanes(int.class);

    private final byte[] table = new byte[B.length()];

    NibbleTable(int... values) {
        for (int i = 0; i < table.length; i++) {
            table[i] = (byte) values[i % 16];
        }
    }

    /** What the nibbles of a part's 16 bytes choose, first the low ones'. */
    void look(MemorySegment w, long quants, int[] out, int at) {
        ByteVector values = ByteVector.fromArray(B, table, 0);
        for (int i = 0; i < 4 * Panels.ROWS; i += I.length()) {
            ByteVector v = ByteVector.fromMemorySegment(B, w, quants + 4L * i, ByteOrder.LITTLE_ENDIAN);
            ByteVector high = v.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, 4)
                    .reinterpretAsBytes()
                    .and((byte) 15);
            v.and((byte) 15).selectFrom(values).reinterpretAsInts().intoArray(out, at + i);
            high.selectFrom(values).reinterpretAsInts().intoArray(out, at + 4 * Panels.ROWS + i);
        }
    }
}
