package dev.keiryo.kernel;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** The inputs of a product with few tokens, each token's blocks in turn, as {@link VectorDot} reads them. */
final class FewInputs {
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int BLOCK = Activations.BLOCK;
    /** Ints of four int8 numbers in a block. */
    private static final int FOURS = BLOCK / 4;

    /** Int8 inputs, {@code [block][2][8]}: of each four, the first and the third as 16 bits, then the others. */
    int[] pairs = {};
    /** Other inputs, {@code [block][32]}. */
    float[] numbers = {};

    private float[] extras = {};

    /** Takes all of {@code x}, which is of one tile. */
    void fill(Activations x) {
        int all = x.tokens() * x.blocks();
        if (x.form().kind() == Activations.Kind.INT8) {
            if (pairs.length < 2 * FOURS * all) {
                pairs = new int[2 * FOURS * all];
                extras = new float[3 * all];
            }
        } else if (numbers.length < BLOCK * all) {
            numbers = new float[BLOCK * all];
        }
        for (int t = 0; t < x.tokens(); t++) {
            for (int b = 0; b < x.blocks(); b++) {
                long at = (long) b * x.tokens() * x.form().kind().blockBytes();
                fill(x, at, t, t * x.blocks() + b);
            }
        }
    }

    private void fill(Activations x, long at, int t, int block) {
        MemorySegment data = x.data();
        switch (x.form().kind()) {
            case FLOAT32 -> MemorySegment.copy(data, Matrix.F32, at + 128L * t, numbers, BLOCK * block, BLOCK);
            case BFLOAT16 -> {
                for (int i = 0; i < BLOCK; i++) {
                    numbers[BLOCK * block + i] = Float.intBitsToFloat(data.get(I16, at + 64L * t + 2L * i) << 16);
                }
            }
            case INT8 -> {
                for (int i = 0; i < FOURS; i++) {
                    int four = data.get(I32, at + (long) BLOCK * t + 4L * i);
                    pairs[2 * FOURS * block + i] = ((byte) four & 0xffff) | (byte) (four >> 16) << 16;
                    pairs[2 * FOURS * block + FOURS + i] = ((byte) (four >> 8) & 0xffff) | four >> 24 << 16;
                }
                for (int i = 0; i < 3; i++) {
                    extras[3 * block + i] =
                            data.get(Matrix.F32, at + (long) BLOCK * x.tokens() + 4L * (i * x.tokens() + t));
                }
            }
        }
    }

    /** d of a block, in all lanes. */
    FloatVector scale(int block) {
        return FloatVector.broadcast(Lanes.F, extras[3 * block]);
    }

    /** c0 or c1 of a block, where weights have offsets, in all lanes. */
    FloatVector completion(int block, int run) {
        return FloatVector.broadcast(Lanes.F, extras[3 * block + 1 + run]);
    }
}
