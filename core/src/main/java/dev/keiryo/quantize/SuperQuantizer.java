package dev.keiryo.quantize;

import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of several runs: {@code w = (d·s)·t}, or {@code w = (d·s)·t - (m·u)}; d and m are float16 for the block, s and u
 * whole numbers of few bits for each run.
 *
 * <p>After each run's best scale and minimum are found, d and m take the largest, and the others become multiples of them.
 * Then, in turn: every run tries its neighbouring s and u, and d and m are fitted to the whole block by least squares.
 */
final class SuperQuantizer extends Quantizer {
    private static final int ROUNDS = 2;

    private final int lowest;
    private final int highest;
    private final int runs;
    /** Of each block. */
    private final float[] d = new float[Lanes.COUNT];

    private final float[] m = new float[Lanes.COUNT];
    /** Of each lane: the chosen multiples, the next to try, and the error. */
    private final int[] s = new int[Lanes.COUNT];

    private final int[] u = new int[Lanes.COUNT];
    private final int[] tryS = new int[Lanes.COUNT];
    private final int[] tryU = new int[Lanes.COUNT];
    private final double[] error = new double[Lanes.COUNT];

    /** @param lowest and {@code highest}: the range of s; u, where there is one, goes from 0 to {@code highest} */
    SuperQuantizer(TensorType type, Grid grid, int lowest, int highest) {
        super(type, grid);
        this.lowest = lowest;
        this.highest = highest;
        this.runs = type.blockSize() / codec.run();
    }

    @Override
    void encodeLanes(MemorySegment out, long offset) {
        if (codec.hasOffset()) {
            search.scalesAndMinima(0);
        } else {
            search.scales();
        }
        choose();
        for (int round = 0; round < ROUNDS; round++) {
            adjust();
            fit();
        }
        adjust();
        scaleBy(s, u);
        lanes.codes(inverse, shift, quants);
        for (int block = 0; block < lanes.count / runs; block++) {
            pack(block, out, offset + (long) block * codec.type().blockBytes());
        }
    }

    private void choose() {
        for (int block = 0; block < lanes.count / runs; block++) {
            float scale = 0;
            float minimum = 0;
            for (int l = block * runs; l < (block + 1) * runs; l++) {
                scale = Math.abs(search.scale[l]) > Math.abs(scale) ? search.scale[l] : scale;
                minimum = Math.max(minimum, search.minimum[l]);
            }
            // The range of s reaches further below 0, if it does.
            d[block] = half((double) scale / (lowest < 0 ? lowest : highest));
            m[block] = half((double) minimum / highest);
            for (int l = block * runs; l < (block + 1) * runs; l++) {
                s[l] = multiple(search.scale[l], d[block], lowest);
                u[l] = multiple(search.minimum[l], m[block], 0);
            }
        }
    }

    private int multiple(float value, float unit, int least) {
        return unit == 0 ? 0 : Math.clamp(Math.round(value / unit), least, highest);
    }

    /** Tries the neighbours of each lane's s and u, and keeps the best. */
    private void adjust() {
        measure(s, u);
        for (int l = 0; l < lanes.count; l++) {
            error[l] = error(l, s[l], u[l]);
        }
        int[] centre = s.clone();
        int[] centreU = u.clone();
        int reach = codec.hasOffset() ? 1 : 0;
        for (int ds = -1; ds <= 1; ds++) {
            for (int du = -reach; du <= reach; du++) {
                if (ds != 0 || du != 0) {
                    tryNeighbours(centre, centreU, ds, du);
                }
            }
        }
    }

    private void tryNeighbours(int[] centre, int[] centreU, int ds, int du) {
        for (int l = 0; l < lanes.count; l++) {
            tryS[l] = Math.clamp(centre[l] + ds, lowest, highest);
            tryU[l] = Math.clamp(centreU[l] + du, 0, highest);
        }
        measure(tryS, tryU);
        for (int l = 0; l < lanes.count; l++) {
            double e = error(l, tryS[l], tryU[l]);
            if (e < error[l]) {
                error[l] = e;
                s[l] = tryS[l];
                u[l] = tryU[l];
            }
        }
    }

    private double error(int lane, int ofS, int ofU) {
        return lanes.error(lane, (double) d[lane / runs] * ofS, (double) m[lane / runs] * ofU);
    }

    private void measure(int[] ofS, int[] ofU) {
        scaleBy(ofS, ofU);
        lanes.measure(inverse, shift);
    }

    private void scaleBy(int[] ofS, int[] ofU) {
        for (int l = 0; l < lanes.count; l++) {
            inverse[l] = ScaleSearch.inverse(d[l / runs] * ofS[l]);
            shift[l] = m[l / runs] * ofU[l];
        }
    }

    /** The d and m that suit the current s, u and t best. */
    private void fit() {
        measure(s, u);
        for (int block = 0; block < lanes.count / runs; block++) {
            double aa = 0;
            double ab = 0;
            double bb = 0;
            double xa = 0;
            double xb = 0;
            for (int l = block * runs; l < (block + 1) * runs; l++) {
                aa += (double) s[l] * s[l] * lanes.tt[l];
                ab += (double) s[l] * u[l] * lanes.t[l];
                bb += (double) u[l] * u[l] * lanes.weight[l];
                xa += (double) s[l] * lanes.xt[l];
                xb += (double) u[l] * lanes.linear[l];
            }
            double determinant = aa * bb - ab * ab;
            if (bb > 0 && determinant > 1e-9 * aa * bb) {
                double newD = (xa * bb - xb * ab) / determinant;
                double newM = (xa * ab - xb * aa) / determinant;
                if (newM > 0 && newD > 0) {
                    d[block] = half(newD);
                    m[block] = half(newM);
                }
            } else if (bb == 0 && aa > 0) {
                d[block] = half(xa / aa);
            }
        }
    }

    private void pack(int block, MemorySegment out, long offset) {
        codes.d = d[block];
        codes.m = m[block];
        for (int r = 0; r < runs; r++) {
            codes.scales[r] = s[block * runs + r] - lowest;
            codes.minima[r] = u[block * runs + r];
        }
        System.arraycopy(quants, block * runs * lanes.size, codes.quants, 0, runs * lanes.size);
        pack(out, offset);
    }
}
