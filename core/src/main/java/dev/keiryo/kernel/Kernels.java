package dev.keiryo.kernel;

import dev.keiryo.cache.KvCache;
import dev.keiryo.model.Attention;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Weight;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic of inference, one contract with several implementations.
 *
 * <p><b>Bit-exact batches.</b> A row's result depends on that row alone: every implementation reduces in one fixed
 * order, whatever number of rows it is given and however the work is split.
 *
 * <p>Each method does a part {@code [from, to)} of the work, so that threads can share it, and writes only that part of
 * its output; {@code scratch} is the thread's own. Implementations are stateless.
 */
public sealed interface Kernels permits ScalarKernels, VectorKernels {
    /**
     * What the machine runs fastest: vector kernels where the module {@code jdk.incubator.vector} is present. The system
     * property {@code keiryo.kernels} overrides: {@code scalar} or {@code vector}.
     */
    static Kernels best() {
        boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        String wanted = System.getProperty("keiryo.kernels", present ? "vector" : "scalar");
        Kernels kernels = switch (wanted) {
            case "scalar" -> new ScalarKernels();
            case "vector" -> new VectorKernels();
            default ->
                throw new IllegalArgumentException("keiryo.kernels should be scalar or vector, but is " + wanted);
        };
        System.getLogger(Kernels.class.getName()).log(System.Logger.Level.DEBUG, "kernels: {0}", kernels.name());
        return kernels;
    }

    /** For logs: {@code scalar}, {@code vector-512}, … */
    String name();

    /**
     * {@code y[t, r] = Σ_c w[r, c]·x[t, c] + bias[r]} for all rows t of x and weight rows r in {@code [from, to)}.
     *
     * @param w {@code [out, in]}
     * @param bias {@code [1, out]}, or null
     * @param x {@code [rows, in]}
     * @param y {@code [rows, out]}
     */
    void matmul(Weight w, @Nullable Matrix bias, Matrix x, Matrix y, int from, int to, Scratch scratch);

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

    /** {@code y = cap·tanh(x / cap)} for rows {@code [from, to)}. */
    void softcap(float cap, Matrix x, Matrix y, int from, int to);

    /**
     * One head of one token, with online softmax over the cache's pages: Milakov and Gimelshein 2018, arXiv:1805.02867;
     * no score matrix is stored.
     *
     * @param q {@code [tokens, heads·headDim]}
     * @param row the token's row in {@code q} and {@code out}
     * @param position the token's position
     * @param out {@code [tokens, heads·valueDim]}
     */
    void attend(Attention a, KvCache.Slot slot, Matrix q, int row, int head, int position, Scratch scratch, Matrix out);
}
