package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.NestedScales;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrix products: the scalar ones against the exact sum, all others against the scalar ones, bit for bit. */
class MatmulTest extends MatmulCases {
    private static final float UNIT = 0x1p-24f;

    @ParameterizedTest
    @MethodSource("types")
    void scalarIsCloseToTheExactSum(TensorType type) {
        for (int in : widths(type)) {
            for (Form form : new Form[] {Form.FLOAT32, scalar.form(type)}) {
                Weight w = weight(type, 17, in);
                Matrix x = matrix(3, in);
                Matrix y = canaries(3, 17);
                multiply(scalar, Panels.plain(w), null, x, form, y, 0, 2);
                float[] row = new float[in];
                for (int r = 0; r < w.rows(); r++) {
                    Codecs.require(type).decode(w.data(), r * w.rowBytes(), row, 0, in);
                    for (int t = 0; t < x.rows(); t++) {
                        check(form, row, x, t, y.get(t, r), form.kind() == Kind.INT8 ? levelError(w, r) : 0);
                    }
                }
                assertCanary(y);
            }
        }
    }

    /** By how much whole-number products may be off for each weight: half of a code book's 127ths, of the row's largest scale. */
    private static double levelError(Weight w, int row) {
        double most = 0;
        for (long at = 0;
                isOfCodeBook(w.type()) && at < w.rowBytes();
                at += w.type().blockBytes()) {
            most = Math.max(most, Math.abs(w.data().get(Matrix.F32, row * w.rowBytes() + at)) / 254);
        }
        return most;
    }

    private static void check(Form form, float[] w, Matrix x, int t, float actual, double levelError) {
        double exact = 0;
        double magnitude = 0;
        double rounding = 0;
        for (int b = 0; b < w.length; b += 32) {
            double max = 0;
            for (int c = b; c < Math.min(b + 32, w.length); c++) {
                exact += (double) w[c] * x.get(t, c);
                magnitude += Math.abs((double) w[c] * x.get(t, c));
                max = Math.max(max, Math.abs(x.get(t, c)));
            }
            for (int c = b; c < Math.min(b + 32, w.length); c++) {
                rounding += Math.abs(w[c]) * max / 127 / 2 + levelError * max;
            }
        }
        // 32 additions within a block, then the blocks; int8 inputs are off by up to half a step each.
        double bound = (32 + w.length / 32.0 + 8) * UNIT * magnitude + (form.kind() == Kind.INT8 ? 1.01 * rounding : 0);
        // Sums of offsets and quants cancel: their parts are larger than the products.
        bound += form.offset() ? 64 * UNIT * (magnitude + rounding) * 8 : 0;
        assertEquals(exact, actual, bound + 1e-30, form.toString());
    }

    @ParameterizedTest
    @MethodSource("fastKernelsAndTypes")
    void equalsScalar(Kernels kernels, TensorType type) {
        for (int in : widths(type)) {
            for (int rows : new int[] {1, 16, 21, 48}) {
                Weight w = weight(type, rows, in);
                for (Panels panels : new Panels[] {Panels.plain(w), packed(kernels, w)}) {
                    for (int tokens : new int[] {1, 2, 3, 5, 8, 13, 16, 17, 35}) {
                        Matrix x = matrix(tokens, in);
                        checkEqual(kernels, panels, tokens % 2 == 0 ? matrix(1, rows) : null, x, Form.FLOAT32);
                        checkEqual(kernels, panels, tokens % 2 == 1 ? matrix(1, rows) : null, x, scalar.form(type));
                    }
                }
            }
        }
    }

    /** The largest and smallest quants times inputs that all become 127 or -127: no sum of products may leave its bits. */
    @ParameterizedTest
    @MethodSource("fastKernelsAndTypes")
    void extremesEqualScalar(Kernels kernels, TensorType type) {
        if (Codecs.block(type) == null) {
            return;
        }
        int in = 2 * type.blockSize();
        for (int value : new int[] {0x00, 0x0f, 0x7f, 0x80, 0xf0, 0xff}) {
            Weight w = weight(type, 16, in);
            for (long b = 0; b < w.data().byteSize(); b += type.blockBytes()) {
                for (PanelLayout.Field f : PanelLayout.of(type).fields()) {
                    // Scales stay as they are.
                    if (f.unit() == 4) {
                        int from = isOfCodeBook(type) ? Float.BYTES : 0;
                        w.data()
                                .asSlice(b + f.offset() + from, (long) f.unit() * f.count() - from)
                                .fill((byte) value);
                    }
                }
            }
            for (int sign = 0; sign < 3; sign++) {
                Matrix x = matrix(3, in);
                for (int t = 0; t < x.rows(); t++) {
                    for (int c = 0; c < in; c++) {
                        x.put(t, c, sign == 1 || (sign == 2 && c % 2 == 0) ? -1 : 1);
                    }
                }
                checkEqual(kernels, Panels.plain(w), null, x, scalar.form(type));
                checkEqual(kernels, Panels.plain(w), null, new Matrix(x.data(), 1, in), scalar.form(type));
            }
        }
    }

    /** Scales of a second level: as if they had been written out, for every form of panels and of inputs. */
    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"NF4_DQ", "FP4_DQ"})
    void nestedScalesAreAsIfWrittenOut(TensorType type) {
        int rows = 37;
        int cols = 1088;
        Weight nested = nested(type, rows, cols);
        Weight plain = new Weight(
                "w",
                type.plain(),
                new long[] {rows, cols},
                arena.allocate(type.plain().bytes((long) rows * cols)));
        float[] expected = new float[cols];
        float[] actual = new float[cols];
        for (int r = 0; r < rows; r++) {
            MemorySegment row = nested.plainRow(r).data();
            MemorySegment.copy(row, 0, plain.data(), r * plain.rowBytes(), row.byteSize());
            plain.decode((long) r * cols, expected, 0, cols);
            nested.decode((long) r * cols, actual, 0, cols);
            assertArrayEquals(expected, actual);
        }
        for (Kernels kernels : List.of(scalar, new VectorKernels(), Kernels.best())) {
            for (int tokens : new int[] {1, 5, 20}) {
                Matrix x = matrix(tokens, cols);
                for (Form form : new Form[] {Form.FLOAT32, scalar.form(type)}) {
                    Matrix y = canaries(tokens, rows);
                    multiply(scalar, Panels.plain(plain), null, x, form, y, 0, 3);
                    for (Panels panels : new Panels[] {Panels.plain(nested), packed(kernels, nested)}) {
                        Matrix z = canaries(tokens, rows);
                        multiply(kernels, panels, null, x, form, z, 0, 3);
                        assertEquals(-1, y.data().mismatch(z.data()), kernels.name() + " " + form);
                        Matrix part = canaries(tokens, rows - 20);
                        multiply(kernels, Panels.plain(nested.rows(20, rows)), null, x, form, part, 0, 2);
                        assertEquals(y.get(tokens - 1, 20), part.get(tokens - 1, 0));
                        assertEquals(y.get(0, rows - 1), part.get(0, rows - 21));
                    }
                }
            }
        }
    }

    private Weight nested(TensorType type, int rows, int cols) {
        byte[] bytes = new byte[Math.toIntExact(type.bytes((long) rows * cols))];
        random.nextBytes(bytes);
        float[] constants = new float[(int) NestedScales.count(bytes.length / type.blockBytes())];
        for (int i = 0; i < constants.length; i++) {
            constants[i] = 0.01f + random.nextFloat();
        }
        return new Weight(
                "w",
                type,
                new long[] {rows, cols},
                MemorySegment.ofArray(bytes),
                new NestedScales(MemorySegment.ofArray(constants), 0));
    }

    private void checkEqual(Kernels kernels, Panels w, @Nullable Matrix bias, Matrix x, Form form) {
        Matrix expected = canaries(x.rows(), w.weight().rows());
        Matrix actual = canaries(x.rows(), w.weight().rows());
        int cut = random.nextInt(w.count() + 1);
        multiply(scalar, w, bias, x, form, expected, 0, w.count());
        multiply(kernels, w, bias, x, form, actual, 0, cut);
        for (int t = 0; t < x.rows(); t++) {
            for (int r = cut * Panels.ROWS; r < w.weight().rows(); r++) {
                assertEquals(CANARY, actual.get(t, r), "row " + r + " is not this part's");
            }
        }
        multiply(kernels, w, bias, x, form, actual, cut, w.count());
        for (int t = 0; t < x.rows(); t++) {
            for (int r = 0; r < w.weight().rows(); r++) {
                assertEquals(
                        expected.get(t, r),
                        actual.get(t, r),
                        kernels.name() + " " + w.weight() + " " + form + ": token " + t + " of " + x.rows() + ", row "
                                + r);
            }
        }
        assertCanary(actual);
    }

    /** The kernels' own choice of form, where that is not the scalar ones': close to float32 inputs, same bits alone. */
    @ParameterizedTest
    @MethodSource("fastKernels")
    void bfloat16InputsAreCloseAndIndependent(Kernels kernels) {
        if (kernels.form(TensorType.BF16).kind() != Kind.BFLOAT16) {
            return;
        }
        for (int in : widths(TensorType.BF16)) {
            Panels w = packed(kernels, weight(TensorType.BF16, 53, in));
            Matrix x = matrix(19, in);
            Matrix expected = canaries(19, 53);
            Matrix actual = canaries(19, 53);
            multiply(scalar, w, null, x, Form.BFLOAT16, expected, 0, w.count());
            multiply(kernels, w, null, x, Form.BFLOAT16, actual, 0, w.count());
            for (int t = 0; t < x.rows(); t++) {
                int few = Math.min(1 + t % 5, x.rows() - t);
                Matrix alone = canaries(few, 53);
                multiply(
                        kernels,
                        w,
                        null,
                        new Matrix(x.data().asSlice(x.rowOffset(t)), few, in),
                        Form.BFLOAT16,
                        alone,
                        0,
                        w.count());
                for (int r = 0; r < 53; r++) {
                    for (int i = 0; i < few; i++) {
                        assertEquals(actual.get(t + i, r), alone.get(i, r));
                    }
                    assertEquals(expected.get(t, r), actual.get(t, r), 1e-5 * in);
                }
            }
            assertCanary(actual);
        }
    }
}
