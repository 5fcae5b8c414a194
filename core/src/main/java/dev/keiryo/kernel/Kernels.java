package dev.keiryo.kernel;

import dev.keiryo.cache.KvCache;
import dev.keiryo.model.Attention;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Weight;

/**
 * The arithmetic of inference, one contract with several implementations.
 *
 * <p><b>Bit-exact batches.</b> A row's result depends on that row alone: every implementation reduces in one fixed
 * order, whatever number of rows it is given and however the work is split.
 *
 * <p>Each method does a part {@code [from, to)} of the work, so that threads can share it, and writes only that part of
 * its output. Implementations are stateless.
 */
public sealed interface Kernels permits ScalarKernels {
    /** What the machine runs fastest, unless the system property {@code keiryo.kernels} says {@code scalar}. */
    static Kernels best() {
        return new ScalarKernels();
    }

    /** For logs: {@code scalar}, {@code vector-512}, … */
    String name();

    /**
     * {@code y[t, r] = Σ_c w[r, c]·x[t, c]} for all rows t of x and weight rows r in {@code [from, to)}.
     *
     * @param w {@code [out, in]}
     * @param x {@code [rows, in]}
     * @param y {@code [rows, out]}
     */
    void matmul(Weight w, Matrix x, Matrix y, int from, int to);

    /** {@code y = x / √(mean(x²) + ε) · w} by groups of the norm's width, for rows {@code [from, to)}. */
    void rmsNorm(Norm norm, Matrix x, Matrix y, int from, int to);

    /** {@code y = (x - mean) / √(var + ε) · w + b} by groups of the norm's width, for rows {@code [from, to)}. */
    void layerNorm(Norm norm, Matrix x, Matrix y, int from, int to);

    /** {@code y = f(x)} for rows {@code [from, to)}. */
    void activate(Activation f, Matrix x, Matrix y, int from, int to);

    /** {@code y = f(gate) ⊙ up} for rows {@code [from, to)}. */
    void gated(Activation f, Matrix gate, Matrix up, Matrix y, int from, int to);

    /** {@code y = a + s·b} for rows {@code [from, to)}. */
    void addScaled(Matrix a, float s, Matrix b, Matrix y, int from, int to);

    /**
     * One head of one token, with online softmax over the cache's pages: Milakov and Gimelshein 2018, arXiv:1805.02867;
     * no score matrix is stored.
     *
     * @param q {@code [tokens, heads·headDim]}
     * @param row the token's row in {@code q} and {@code out}
     * @param position the token's position
     * @param scratch at least {@code KvCache.PAGE} floats
     * @param out {@code [tokens, heads·valueDim]}
     */
    void attend(Attention a, KvCache.Slot slot, Matrix q, int row, int head, int position, float[] scratch, Matrix out);
}
