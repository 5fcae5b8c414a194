package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** General matrix products: the scalar ones against the exact sum, all others against the scalar ones. */
class GemmTest {
    private static final float CANARY = -77.25f;
    private static final float UNIT = 0x1p-24f;
    /** Around the widths of registers, panels and blocks. */
    private static final int[] SIZES = {1, 2, 5, 13, 14, 15, 16, 17, 29, 31, 32, 33, 47, 65, 70};

    private static final int[] DEPTHS = {0, 1, 2, 3, 15, 16, 17, 31, 70, 383, 384, 385, 768, 775};

    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(20261125);
    private final Gemm scalar = new ScalarGemm();
    private final Scratch scratch = new Scratch();

    @AfterEach
    void close() {
        arena.close();
    }

    /** Every set of kernels that this machine can run, but the scalar ones. */
    static List<Gemm> fast() {
        return MatmulTest.fastKernels().stream().map(Gemm::of).toList();
    }

    static Stream<Arguments> fastAndTypes() {
        return fast().stream()
                .flatMap(g -> Stream.of(Arguments.of(g, TensorType.F32), Arguments.of(g, TensorType.BF16)));
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F32", "BF16"})
    void scalarIsCloseToTheExactSum(TensorType type) {
        for (int k : DEPTHS) {
            for (int layout = 0; layout < 8; layout++) {
                checkClose(scalar, type, size(), size(), k, layout);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fastAndTypes")
    void agreesWithScalar(Gemm gemm, TensorType type) {
        for (int k : DEPTHS) {
            for (int m : SIZES) {
                checkAgainstScalar(gemm, type, m, size(), k, random.nextInt(8));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fastAndTypes")
    void oneRowOrColumn(Gemm gemm, TensorType type) {
        for (int layout = 0; layout < 8; layout++) {
            for (int n : new int[] {1, 2, 16, 17, 449, 1200}) {
                for (int few = 1; few <= 8; few++) {
                    checkAgainstScalar(gemm, type, few, n, 1 + random.nextInt(40), layout);
                    checkAgainstScalar(gemm, type, n, few, 1 + random.nextInt(40), layout);
                }
            }
        }
    }

    /** Larger than any block, so that all loops go round more than once. */
    @ParameterizedTest
    @MethodSource("fastAndTypes")
    void manyBlocks(Gemm gemm, TensorType type) {
        checkAgainstScalar(gemm, type, 301, 35, 800, 2);
        checkAgainstScalar(gemm, type, 9, 1100, 500, 1);
    }

    private int size() {
        return 1 + random.nextInt(70);
    }

    private void checkAgainstScalar(Gemm gemm, TensorType type, int m, int n, int k, int layout) {
        if (type == TensorType.BF16 && gemm.roundsPairs()) {
            checkClose(gemm, type, m, n, k, layout);
            return;
        }
        MatrixView a = random(type, m, k, (layout & 1) != 0);
        MatrixView b = random(type, k, n, (layout & 2) != 0);
        boolean accumulate = random.nextBoolean();
        MatrixView expected = canaries(m, n, (layout & 4) != 0);
        MatrixView actual = copy(expected);
        scalar.multiply(a, b, expected, accumulate, scratch);
        gemm.multiply(a, b, actual, accumulate, scratch);
        assertSame(expected, actual, a + " times " + b);
    }

    /** Within the roundings of a sum of k products, and nothing written beside C. */
    private void checkClose(Gemm gemm, TensorType type, int m, int n, int k, int layout) {
        MatrixView a = random(type, m, k, (layout & 1) != 0);
        MatrixView b = random(type, k, n, (layout & 2) != 0);
        boolean accumulate = random.nextBoolean();
        MatrixView before = canaries(m, n, (layout & 4) != 0);
        MatrixView c = copy(before);
        gemm.multiply(a, b, c, accumulate, scratch);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double exact = accumulate ? before.get(i, j) : 0;
                double magnitude = Math.abs(exact);
                for (int p = 0; p < k; p++) {
                    double product = (double) a.get(i, p) * b.get(p, j);
                    exact += product;
                    magnitude += Math.abs(product);
                }
                assertEquals(
                        exact, c.get(i, j), (Math.min(k, 768) + k / 384 + 2) * UNIT * magnitude, a + " times " + b);
                before.put(i, j, c.get(i, j));
            }
        }
        assertEquals(-1, before.data().mismatch(c.data()), "written beside C");
    }

    @ParameterizedTest
    @MethodSource("fastAndTypes")
    void anySplitGivesTheSameBits(Gemm gemm, TensorType type) {
        for (int[] shape : new int[][] {{1, 900, 700}, {900, 3, 700}, {150, 333, 530}, {33, 64, 1030}}) {
            MatrixView a = random(type, shape[0], shape[2], random.nextBoolean());
            MatrixView b = random(type, shape[2], shape[1], random.nextBoolean());
            MatrixView before = canaries(shape[0], shape[1], false);
            MatrixView expected = copy(before);
            gemm.multiply(a, b, expected, true, scratch);
            for (int threads = 1; threads <= 6; threads++) {
                try (Workers workers = new Workers(threads)) {
                    MatrixView actual = copy(before);
                    gemm.multiply(a, b, actual, true, workers, Scratch.forThreads(threads));
                    assertSame(expected, actual, threads + " threads");
                }
            }
            for (int round = 0; round < 10; round++) {
                MatrixView actual = copy(before);
                int row = random.nextInt(shape[0] + 1);
                int col = random.nextInt(shape[1] + 1);
                for (int quarter = 0; quarter < 4; quarter++) {
                    int top = quarter < 2 ? 0 : row;
                    int left = quarter % 2 == 0 ? 0 : col;
                    int height = quarter < 2 ? row : shape[0] - row;
                    int width = quarter % 2 == 0 ? col : shape[1] - col;
                    MatrixView part = actual.block(top, left, height, width);
                    gemm.multiply(a.rows(top, height), b.cols(left, width), part, true, scratch);
                }
                assertSame(expected, actual, "cut at " + row + ", " + col);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fastAndTypes")
    void notANumberAndInfinityStayInTheirRowAndColumn(Gemm gemm, TensorType type) {
        for (int m : new int[] {1, 6, 20}) {
            for (int n : new int[] {1, 20, 40}) {
                MatrixView a = random(type, m, 40, random.nextBoolean());
                MatrixView b = random(type, 40, n, random.nextBoolean());
                MatrixView clean = canaries(m, n, false);
                gemm.multiply(a, b, clean, false, scratch);
                int row = random.nextInt(m);
                int col = random.nextInt(n);
                set(a, row, 7, Float.NaN);
                set(b, 39, col, Float.POSITIVE_INFINITY);
                MatrixView c = canaries(m, n, false);
                gemm.multiply(a, b, c, false, scratch);
                for (int i = 0; i < m; i++) {
                    for (int j = 0; j < n; j++) {
                        float expected = i == row
                                ? Float.NaN
                                : j == col ? Math.copySign(Float.POSITIVE_INFINITY, a.get(i, 39)) : clean.get(i, j);
                        assertEquals(expected, c.get(i, j), m + " " + n + ": " + i + ", " + j);
                    }
                }
            }
        }
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        MatrixView a = random(TensorType.F32, 3, 4, false);
        MatrixView b = random(TensorType.F32, 4, 5, false);
        MatrixView c = canaries(3, 5, false);
        for (Gemm gemm : Stream.concat(Stream.of(scalar), fast().stream()).toList()) {
            refused(gemm, b, a, c);
            refused(gemm, a, b, canaries(5, 3, false));
            refused(gemm, a, random(TensorType.BF16, 4, 5, false), c);
            refused(gemm, a, b, random(TensorType.BF16, 3, 5, false));
            refused(gemm, a, b, new MatrixView(c.data().asReadOnly(), TensorType.F32, 3, 5, 5, false));
        }
        MemorySegment data = arena.allocate(60);
        assertThrows(IllegalArgumentException.class, () -> new MatrixView(data, TensorType.F32, 4, 4, 4, false));
        assertThrows(IllegalArgumentException.class, () -> new MatrixView(data, TensorType.F32, 3, 4, 3, false));
        assertThrows(IllegalArgumentException.class, () -> new MatrixView(data, TensorType.F16, 3, 4, 4, false));
        assertThrows(
                IllegalArgumentException.class,
                () -> new MatrixView(MemorySegment.ofArray(new float[20]), TensorType.F32, 4, 4, 4, false));
        assertThrows(
                ArithmeticException.class, () -> new MatrixView(data, TensorType.F32, 4, 4, Long.MAX_VALUE / 2, false));
        assertEquals(
                4,
                new MatrixView(data, TensorType.F32, 4, 3, 4, true).transpose().cols());
        assertThrows(IndexOutOfBoundsException.class, () -> a.rows(2, 2));
    }

    private void refused(Gemm gemm, MatrixView a, MatrixView b, MatrixView c) {
        assertThrows(IllegalArgumentException.class, () -> gemm.multiply(a, b, c, false, scratch));
        try (Workers workers = new Workers(2)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> gemm.multiply(a, b, c, false, workers, Scratch.forThreads(2)));
        }
    }

    /** Normal numbers between canaries that would be seen in any sum, at an odd address, at a stride beyond the length. */
    private MatrixView random(TensorType type, int rows, int cols, boolean columnMajor) {
        int bytes = type == TensorType.F32 ? 4 : 2;
        MatrixView view = allocate(type, rows, cols, columnMajor, 1);
        for (long at = 0; at + bytes <= view.data().byteSize(); at += bytes) {
            write(view, at, Float.NaN);
        }
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                set(view, i, j, (float) random.nextGaussian());
            }
        }
        return view;
    }

    private MatrixView canaries(int rows, int cols, boolean columnMajor) {
        MatrixView view = allocate(TensorType.F32, rows, cols, columnMajor, 4 * random.nextInt(2));
        for (long at = 0; at < view.data().byteSize(); at += 4) {
            view.data().set(Matrix.F32, at, CANARY);
        }
        return view;
    }

    private MatrixView allocate(TensorType type, int rows, int cols, boolean columnMajor, int misalignment) {
        int bytes = type == TensorType.F32 ? 4 : 2;
        long stride = (long) (columnMajor ? rows : cols) + random.nextInt(3);
        long size = bytes * (stride * (columnMajor ? cols : rows) + 3);
        MemorySegment data = arena.allocate(size + misalignment, 64).asSlice(misalignment);
        return new MatrixView(data, type, rows, cols, stride, columnMajor);
    }

    private MatrixView copy(MatrixView c) {
        MemorySegment data = arena.allocate(c.data().byteSize(), 64);
        data.copyFrom(c.data());
        return new MatrixView(data, c.type(), c.rows(), c.cols(), c.stride(), c.columnMajor());
    }

    private static void set(MatrixView view, int row, int col, float value) {
        write(view, view.offset(row, col), value);
    }

    private static void write(MatrixView view, long at, float value) {
        if (view.type() == TensorType.F32) {
            view.data().set(Matrix.F32, at, value);
        } else {
            view.data().set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) (Float.floatToRawIntBits(value) >>> 16));
        }
    }

    private static void assertSame(MatrixView expected, MatrixView actual, String what) {
        for (int i = 0; i < expected.rows(); i++) {
            for (int j = 0; j < expected.cols(); j++) {
                assertEquals(expected.get(i, j), actual.get(i, j), what + " at " + i + ", " + j);
            }
        }
        assertEquals(-1, expected.data().mismatch(actual.data()), "written beside C");
    }
}
