package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = absmax·value[q]}, q of 4 bits choosing among the values of a {@link CodeBook}, absmax the largest magnitude of
 * the block.
 *
 * <p>Block of 64: {@code float absmax; byte q[2][16]}; in each half block low nibbles are weights 0-15, high nibbles 16-31.
 * 4.5 bits a weight; see {@link NestedScales} for 4.127. {@link #decode} is exact; {@link #quants} are the code book's levels.
 */
final class Absmax4 implements BlockCodec, Encoder {
    static final int BLOCK = 64;
    /** Bytes of a block's nibbles. */
    static final int NIBBLES = BLOCK / 2;

    private final TensorType type;
    private final CodeBook book;
    private final int[] levels;

    Absmax4(TensorType type, CodeBook book) {
        this.type = type;
        this.book = book;
        this.levels = book.levels();
    }

    /** The code book of {@code type}, nested or not. */
    static CodeBook book(TensorType type) {
        return switch (type.plain()) {
            case NF4 -> CodeBook.NF4;
            case FP4 -> CodeBook.FP4;
            default -> throw new IllegalArgumentException(type.label() + " has no code book");
        };
    }

    @Override
    public TensorType type() {
        return type;
    }

    @Override
    public int run() {
        return 32;
    }

    @Override
    public int zero() {
        return CodeBook.ZERO;
    }

    @Override
    public float scale(MemorySegment data, long block, int run) {
        return data.get(Matrix.F32, block) * (1f / book.unit());
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        BlockCodec.nibbles(data, block + 4 + 16L * part, out);
        for (int i = 0; i < PART; i++) {
            out[i] = levels[out[i]] + CodeBook.ZERO;
        }
    }

    /** d is the largest magnitude, quants the values' numbers. */
    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        out.set(Matrix.F32, block, codes.d);
        BlockCodec.packNibbles(codes.quants, 0, out, block + 4);
        BlockCodec.packNibbles(codes.quants, PART, out, block + 4 + PART / 2);
    }

    @Override
    public void decode(MemorySegment data, long offset, float[] out, int at, int count) {
        for (int i = 0; i < count; i += BLOCK) {
            long block = offset + (long) (i / BLOCK) * type.blockBytes();
            values(book, data, block + 4, data.get(Matrix.F32, block), out, at + i);
        }
    }

    /** The 64 weights whose nibbles are at {@code nibbles}. */
    static void values(CodeBook book, MemorySegment data, long nibbles, float absmax, float[] out, int at) {
        int[] numbers = new int[PART];
        for (int part = 0; part < BLOCK; part += PART) {
            BlockCodec.nibbles(data, nibbles + part / 2, numbers);
            for (int j = 0; j < PART; j++) {
                out[at + part + j] = absmax * book.value(numbers[j]);
            }
        }
    }

    /** Each weight becomes the value nearest to {@code w/absmax}. */
    @Override
    public void encode(float[] in, int at, int count, MemorySegment out, long offset) {
        for (int i = 0; i < count; i += BLOCK) {
            long block = offset + (long) (i / BLOCK) * type.blockBytes();
            float absmax = absmax(in, at + i);
            out.set(Matrix.F32, block, absmax);
            pack(book, in, at + i, absmax, out, block + 4);
        }
    }

    /** The largest magnitude of a block. */
    static float absmax(float[] in, int at) {
        float max = 0;
        for (int j = 0; j < BLOCK; j++) {
            max = Math.max(max, Math.abs(in[at + j]));
        }
        return max;
    }

    /** Writes the nibbles of a block whose scale is {@code absmax}. */
    static void pack(CodeBook book, float[] in, int at, float absmax, MemorySegment out, long nibbles) {
        for (int part = 0; part < BLOCK; part += PART) {
            for (int j = 0; j < PART / 2; j++) {
                int low = nearest(book, in[at + part + j], absmax);
                int high = nearest(book, in[at + part + PART / 2 + j], absmax);
                BlockCodec.put(out, nibbles + part / 2 + j, low | high << 4);
            }
        }
    }

    private static int nearest(CodeBook book, float w, float absmax) {
        return book.nearest(absmax == 0 ? 0 : w / absmax);
    }
}
