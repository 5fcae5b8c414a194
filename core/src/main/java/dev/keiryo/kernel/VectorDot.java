package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of one chunk of a panel with one token, for few tokens: {@code y[row] += Σ_c w[row, c]·x[c]} in the order of
 * {@link Kernels#matmul}. Whole numbers are multiplied in 16 bits, two columns of a row at a time.
 *
 * <p>Loops differ by how scales and offsets come in; each has a method of its own, so that each compiles to straight code.
 */
final class VectorDot {
    private static final int ROWS = Panels.ROWS;

    private VectorDot() {}

    /**
     * Int8 inputs.
     *
     * @param block the first of the token's blocks in {@code x}
     * @param y {@code ROWS} sums from {@code at} on
     */
    static void quants(
            PanelChunk w, int parts, Activations.Form form, boolean wide, FewInputs x, int block, float[] y, int at) {
        if (wide) {
            wide(w, parts, x, block, y, at);
        } else if (form.run() == 32) {
            if (form.offset()) {
                offset(w, parts, x, block, y, at);
            } else {
                plain(w, parts, x, block, y, at);
            }
        } else if (form.offset()) {
            runsOffset(w, parts, x, block, y, at);
        } else {
            runs(w, parts, x, block, y, at);
        }
    }

    private static void wide(PanelChunk w, int parts, FewInputs x, int block, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                IntVector even = IntVector.zero(Lanes.I);
                IntVector odd = even;
                for (int j = 0; j < 8; j++) {
                    ShortVector two =
                            product(w.quants, p * PanelChunk.PART + j * ROWS + r, x.pairs, (block + p) * 16 + j);
                    even = even.add(even(two));
                    odd = odd.add(odd(two));
                }
                FloatVector scale = FloatVector.fromArray(Lanes.F, w.scales, PanelChunk.run(p, 0) + r);
                sum = Lanes.toFloat(even.add(odd)).mul(scale).fma(x.scale(block + p), sum);
            }
            sum.intoArray(y, at + r);
        }
    }

    private static void plain(PanelChunk w, int parts, FewInputs x, int block, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                FloatVector scale = FloatVector.fromArray(Lanes.F, w.scales, PanelChunk.run(p, 0) + r);
                sum = whole(w, p, r, x, block).mul(scale).fma(x.scale(block + p), sum);
            }
            sum.intoArray(y, at + r);
        }
    }

    private static void offset(PanelChunk w, int parts, FewInputs x, int block, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                FloatVector scale = FloatVector.fromArray(Lanes.F, w.scales, PanelChunk.run(p, 0) + r);
                FloatVector offset = FloatVector.fromArray(Lanes.F, w.offsets, PanelChunk.run(p, 0) + r);
                sum = whole(w, p, r, x, block).mul(scale).fma(x.scale(block + p), sum);
                sum = offset.fma(x.completion(block + p, 0), sum);
            }
            sum.intoArray(y, at + r);
        }
    }

    private static void runs(PanelChunk w, int parts, FewInputs x, int block, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                sum = twoRuns(w, p, r, x, block).fma(x.scale(block + p), sum);
            }
            sum.intoArray(y, at + r);
        }
    }

    private static void runsOffset(PanelChunk w, int parts, FewInputs x, int block, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector sum = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int p = 0; p < parts; p++) {
                sum = twoRuns(w, p, r, x, block).fma(x.scale(block + p), sum);
                for (int i = 0; i < 2; i++) {
                    FloatVector offset = FloatVector.fromArray(Lanes.F, w.offsets, PanelChunk.run(p, i) + r);
                    sum = offset.fma(x.completion(block + p, i), sum);
                }
            }
            sum.intoArray(y, at + r);
        }
    }

    /** The sum over a block's 32 columns. */
    private static FloatVector whole(PanelChunk w, int p, int r, FewInputs x, int block) {
        IntVector sum = IntVector.zero(Lanes.I);
        for (int i = 0; i < 2; i++) {
            sum = sum.add(half(w, p, i, r, x, block));
        }
        return Lanes.toFloat(sum);
    }

    private static FloatVector twoRuns(PanelChunk w, int p, int r, FewInputs x, int block) {
        FloatVector scale0 = FloatVector.fromArray(Lanes.F, w.scales, PanelChunk.run(p, 0) + r);
        FloatVector scale1 = FloatVector.fromArray(Lanes.F, w.scales, PanelChunk.run(p, 1) + r);
        FloatVector low = Lanes.toFloat(half(w, p, 0, r, x, block));
        return Lanes.toFloat(half(w, p, 1, r, x, block)).fma(scale1, low.mul(scale0));
    }

    /** The sum over half a block's 16 columns, for quants that are not wide. */
    private static IntVector half(PanelChunk w, int p, int half, int r, FewInputs x, int block) {
        int quant = p * PanelChunk.PART + half * 4 * ROWS + r;
        int pair = (block + p) * 16 + half * 4;
        // A loop, as others here: of longer code the compiler would not inline all, and so keep vectors on the heap.
        ShortVector sum = ShortVector.zero(Lanes.S);
        for (int j = 0; j < 4; j++) {
            sum = sum.add(product(w.quants, quant + j * ROWS, x.pairs, pair + j));
        }
        return even(sum).add(odd(sum));
    }

    /** Four columns in two lanes of 16 bits, two products in each. */
    private static ShortVector product(int[] quants, int at, int[] pairs, int pair) {
        ShortVector q = IntVector.fromArray(Lanes.I, quants, at).reinterpretAsShorts();
        ShortVector low = q.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
        ShortVector high = q.lanewise(VectorOperators.ASHR, 8);
        return low.mul(broadcast(pairs[pair])).add(high.mul(broadcast(pairs[pair + 8])));
    }

    private static ShortVector broadcast(int pair) {
        return IntVector.broadcast(Lanes.I, pair).reinterpretAsShorts();
    }

    private static IntVector even(ShortVector v) {
        return v.reinterpretAsInts().lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
    }

    private static IntVector odd(ShortVector v) {
        return v.reinterpretAsInts().lanewise(VectorOperators.ASHR, 16);
    }

    /**
     * Floating-point inputs.
     *
     * @param w {@code [column][ROWS]}
     * @param x the token's numbers from {@code xAt} on
     */
    static void floats(float[] w, int blocks, float[] x, int xAt, float[] y, int at) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector total = FloatVector.fromArray(Lanes.F, y, at + r);
            for (int b = 0; b < blocks; b++) {
                FloatVector sum = FloatVector.zero(Lanes.F);
                for (int c = b * 32; c < b * 32 + 32; c++) {
                    sum = FloatVector.fromArray(Lanes.F, w, c * ROWS + r)
                            .fma(FloatVector.broadcast(Lanes.F, x[xAt + c]), sum);
                }
                total = total.add(sum);
            }
            total.intoArray(y, at + r);
        }
    }
}
