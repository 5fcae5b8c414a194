package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.assembler.CpuFeatures;
import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.provider.Arguments;

/** Weights, inputs and canaries of tests of matrix products. */
abstract class MatmulCases {
    static final float CANARY = -77.25f;

    final Arena arena = Arena.ofShared();
    final Random random = new Random(20261124);
    final Kernels scalar = new ScalarKernels();
    final Scratch scratch = new Scratch();

    @AfterEach
    void close() {
        arena.close();
    }

    static List<TensorType> types() {
        return Arrays.stream(TensorType.values())
                .filter(t -> Codecs.block(t) != null
                        || List.of(TensorType.F32, TensorType.F16, TensorType.BF16)
                                .contains(t))
                .toList();
    }

    /** Every set of kernels that this machine can run, but the scalar ones; where machine code is limited, that alone, as nothing else changes. */
    static List<Kernels> fastKernels() {
        if (!EmittedKernels.isPossible()) {
            return List.of(new VectorKernels());
        }
        return System.getProperty(CpuFeatures.PROPERTY) == null
                ? List.of(new VectorKernels(), new EmittedKernels())
                : List.of(new EmittedKernels());
    }

    static Stream<Arguments> fastKernelsAndTypes() {
        return fastKernels().stream().flatMap(k -> types().stream().map(t -> Arguments.of(k, t)));
    }

    /** Lengths of rows: a block, several, and for formats without blocks any. */
    static int[] widths(TensorType type) {
        int block = type.blockSize();
        return switch (block) {
            case 1 -> new int[] {1, 2, 15, 32, 33, 64, 101, 416};
            case 32 -> new int[] {32, 64, 96, 416};
            default -> new int[] {block, 3 * block};
        };
    }

    static boolean isOfCodeBook(TensorType type) {
        return type == TensorType.NF4 || type == TensorType.FP4;
    }

    final void multiply(
            Kernels kernels, Panels w, @Nullable Matrix bias, Matrix x, Form form, Matrix y, int from, int to) {
        try (Activations inputs = prepared(scalar, x, form)) {
            kernels.matmul(w, bias, inputs, y, from, to, scratch);
        }
    }

    static Activations prepared(Kernels kernels, Matrix x, Form form) {
        Activations inputs = new Activations();
        inputs.reset(form, x.rows(), x.cols());
        kernels.prepare(x, inputs, 0, inputs.tiles());
        return inputs;
    }

    final Panels packed(Kernels kernels, Weight w) {
        // Canaries would be read by the products.
        Panels panels = Panels.packed(w, arena.allocate(Panels.bytes(w), 64));
        panels.pack(kernels, 0, panels.count());
        return panels;
    }

    /** Random blocks with sane scales: every half of a number is one between 2^-7 and 2. */
    final Weight weight(TensorType type, int rows, int cols) {
        byte[] bytes = new byte[Math.toIntExact(type.bytes(new long[] {rows, cols}))];
        random.nextBytes(bytes);
        // An odd address: files promise no alignment.
        MemorySegment data = arena.allocate(bytes.length + 1L).asSlice(1);
        MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
        PanelLayout layout = PanelLayout.of(type);
        if (type == TensorType.F32) {
            for (int i = 0; i < rows * cols; i++) {
                data.set(Matrix.F32, 4L * i, (float) random.nextGaussian());
            }
        } else if (type == TensorType.F16 || type == TensorType.BF16) {
            for (int i = 0; i < rows * cols; i++) {
                short half = Float.floatToFloat16((float) random.nextGaussian());
                short brain = (short) (Float.floatToRawIntBits((float) random.nextGaussian()) >>> 16);
                data.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, type == TensorType.F16 ? half : brain);
            }
        } else {
            for (long b = 0; b < bytes.length; b += type.blockBytes()) {
                if (isOfCodeBook(type)) {
                    data.set(Matrix.F32, b, (random.nextBoolean() ? 1 : -1) * (0.01f + random.nextFloat()));
                    continue;
                }
                for (PanelLayout.Field f : layout.fields()) {
                    for (int i = 0; i < f.count(); i++) {
                        if (f.unit() == 2 && !(type == TensorType.IQ4_XS && i == 1)) {
                            float scale = (random.nextBoolean() ? 1 : -1) * (0.01f + random.nextFloat());
                            data.set(
                                    ValueLayout.JAVA_SHORT_UNALIGNED,
                                    b + f.offset() + 2L * i,
                                    Float.floatToFloat16(scale));
                        } else if (f.unit() == 1) {
                            data.set(ValueLayout.JAVA_BYTE, b + f.offset(), (byte) (120 + random.nextInt(10)));
                        }
                    }
                }
            }
        }
        return new Weight("w", type, new long[] {rows, cols}, data);
    }

    final Matrix matrix(int rows, int cols) {
        Matrix m = Matrix.zeros(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                m.put(r, c, (float) random.nextGaussian());
            }
        }
        return m;
    }

    final Matrix canaries(int rows, int cols) {
        MemorySegment data = arena.allocate(4L * rows * cols + 64, 64);
        for (long i = 0; i < data.byteSize(); i += 4) {
            data.set(Matrix.F32, i, CANARY);
        }
        return new Matrix(data, rows, cols);
    }

    static void assertCanary(Matrix m) {
        for (long i = m.rowOffset(m.rows()); i < m.data().byteSize(); i += 4) {
            assertEquals(CANARY, m.data().get(Matrix.F32, i), "written beyond the end");
        }
        assertTrue(m.rows() > 0);
    }
}
