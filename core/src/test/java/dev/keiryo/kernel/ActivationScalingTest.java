package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.kernel.Activations.Scaling;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scales of int8 inputs: by block, by token, fixed. */
class ActivationScalingTest {
    /** One for each way in which a block is completed: with a zero, with offsets, with halves, with both. */
    private static final List<TensorType> TYPES =
            List.of(TensorType.Q8_0, TensorType.Q4_1, TensorType.Q6_K, TensorType.Q2_K);

    private static final List<Scaling> SCALINGS = List.of(
            Scaling.Measured.BLOCK, Scaling.Measured.TOKEN, new Scaling.Fixed(0.013f), new Scaling.Fixed(1e-41f));

    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(20261126);
    private final Kernels scalar = new ScalarKernels();

    @AfterEach
    void close() {
        arena.close();
    }

    private Matrix matrix(int rows, int cols) {
        Matrix m = Matrix.zeros(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                m.put(r, c, (float) random.nextGaussian() * (r + 1));
            }
        }
        return m;
    }

    private static Activations prepared(Kernels kernels, Matrix x, Form form, Scaling scaling) {
        Activations inputs = new Activations();
        inputs.reset(form, scaling, x.rows(), x.cols());
        inputs.data().fill((byte) 0x55);
        kernels.prepare(x, inputs, 0, inputs.tiles());
        return inputs;
    }

    /** What a token's block holds, from the definition in {@link Activations}. */
    private static void check(Matrix x, Activations a, Scaling scaling) {
        for (int tile = 0; tile < a.tiles(); tile++) {
            int tokens = a.first(tile + 1) - a.first(tile);
            for (int t = 0; t < tokens; t++) {
                int row = a.first(tile) + t;
                for (int b = 0; b < a.blocks(); b++) {
                    float max = 0;
                    int from = scaling == Scaling.Measured.TOKEN ? 0 : 32 * b;
                    int to = scaling == Scaling.Measured.TOKEN ? x.cols() : Math.min(x.cols(), 32 * b + 32);
                    for (int c = from; c < to; c++) {
                        max = Math.max(max, Math.abs(x.get(row, c)));
                    }
                    float d = scaling instanceof Scaling.Fixed fixed ? fixed.d() : max / 127;
                    long at = a.offset(tile) + (long) b * tokens * 44;
                    assertEquals(d, a.data().get(Matrix.F32, at + 32L * tokens + 4L * t));
                    int sum = 0;
                    for (int i = 0; i < 32; i++) {
                        float v = 32 * b + i < x.cols() ? x.get(row, 32 * b + i) : 0;
                        double q = Math.rint(v * (d == 0 ? 0 : 1 / d));
                        int expected = (int) Math.max(-127, Math.min(127, q));
                        assertEquals(expected, a.data().get(ValueLayout.JAVA_BYTE, at + 32L * t + i));
                        sum += expected;
                    }
                    assertEquals(
                            a.form().offset() ? Float.floatToRawIntBits(d * sum) : 0,
                            a.form().offset()
                                    ? a.data().get(ValueLayout.JAVA_INT_UNALIGNED, at + 36L * tokens + 4L * t)
                                    : 0);
                }
            }
        }
    }

    @Test
    void scalesAreAsDefined() {
        for (TensorType type : List.of(TensorType.Q8_0, TensorType.Q4_1)) {
            for (Scaling scaling : SCALINGS) {
                for (int cols : new int[] {1, 32, 95, 256}) {
                    Matrix x = matrix(19, cols);
                    x.put(3, 0, 0);
                    try (Activations a = prepared(scalar, x, scalar.form(type), scaling)) {
                        check(x, a, scaling);
                    }
                }
            }
        }
    }

    /** The same bytes as the scalar kernels', and no token's depends on those beside it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allKernelsPrepareAlike(boolean alone) {
        for (Kernels kernels : MatmulTest.fastKernels()) {
            for (TensorType type : TYPES) {
                Form form = scalar.form(type);
                for (Scaling scaling : SCALINGS) {
                    for (int cols : new int[] {1, 31, 32, 33, 256, 544}) {
                        Matrix x = matrix(alone ? 3 : 21, cols);
                        for (int c = 0; c < cols; c++) {
                            x.put(1, c, 0);
                        }
                        x.put(2, cols - 1, 1e30f);
                        for (int t = 0; t < (alone ? 3 : 1); t++) {
                            Matrix part = alone ? new Matrix(x.data().asSlice(x.rowOffset(t)), 1, cols) : x;
                            try (Activations expected = prepared(scalar, part, form, scaling);
                                    Activations actual = prepared(kernels, part, form, scaling)) {
                                long bytes = expected.offset(expected.tiles());
                                MemorySegment all = expected.data().asSlice(0, bytes);
                                assertEquals(
                                        -1,
                                        all.mismatch(actual.data().asSlice(0, bytes)),
                                        kernels.name() + " " + form + " " + scaling + " " + cols);
                            }
                        }
                    }
                }
            }
        }
    }

    /** {@code y = Σ w·d·q}, d being the token's: products know nothing of how d came about. */
    @Test
    void productsTakeEachTokensScale() {
        int cols = 96;
        Matrix x = matrix(5, cols);
        MemorySegment bytes = arena.allocate(TensorType.Q8_0.bytes(16L * cols), 64);
        for (long block = 0; block < bytes.byteSize(); block += 34) {
            bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, block, Float.floatToFloat16(0.25f));
            for (int i = 2; i < 34; i++) {
                bytes.set(ValueLayout.JAVA_BYTE, block + i, (byte) (random.nextInt(255) - 127));
            }
        }
        Panels w = Panels.plain(new Weight("w", TensorType.Q8_0, new long[] {16, cols}, bytes));
        float[] row = new float[cols];
        List<Kernels> all = new ArrayList<>(MatmulTest.fastKernels());
        all.add(scalar);
        for (Kernels kernels : all) {
            for (Scaling scaling : List.of(Scaling.Measured.TOKEN, new Scaling.Fixed(0.02f))) {
                Matrix y = Matrix.zeros(arena, 5, 16);
                try (Activations inputs = prepared(kernels, x, kernels.form(TensorType.Q8_0), scaling)) {
                    kernels.matmul(w, null, inputs, y, 0, 1, new Scratch());
                }
                for (int t = 0; t < 5; t++) {
                    float max = 0;
                    for (int c = 0; c < cols; c++) {
                        max = Math.max(max, Math.abs(x.get(t, c)));
                    }
                    double d = scaling instanceof Scaling.Fixed fixed ? fixed.d() : max / 127;
                    for (int r = 0; r < 16; r++) {
                        w.weight().decode((long) r * cols, row, 0, cols);
                        double exact = 0;
                        double magnitude = 0;
                        for (int c = 0; c < cols; c++) {
                            double q = Math.max(-127, Math.min(127, Math.rint(x.get(t, c) / d)));
                            exact += row[c] * d * q;
                            magnitude += Math.abs(row[c] * d * q);
                        }
                        assertEquals(exact, y.get(t, r), 1e-5 * magnitude, kernels.name() + " " + scaling);
                    }
                }
            }
        }
    }

    @Test
    void refusesScalesThatAreNone() {
        for (float d : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> new Scaling.Fixed(d));
            assertTrue(String.valueOf(e.getMessage()).contains("above 0"), e.getMessage());
        }
    }
}
