package dev.keiryo.kernel;

import dev.keiryo.cache.CacheSlot;
import dev.keiryo.model.Attention;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
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
public sealed interface Kernels permits ScalarKernels, VectorKernels, EmittedKernels {
    /**
     * What the machine runs fastest: machine code emitted for its processor where that is possible, else vector kernels
     * where the module {@code jdk.incubator.vector} is present, else scalar ones. A log line says so where it is not the
     * first. The system property {@code keiryo.kernels} overrides: {@code scalar}, {@code vector} or {@code emitted}.
     */
    static Kernels best() {
        String wanted = System.getProperty("keiryo.kernels", "best");
        Kernels kernels = switch (wanted) {
            case "best" -> EmittedKernels.isPossible() ? new EmittedKernels() : portable();
            case "scalar" -> new ScalarKernels();
            case "vector" -> new VectorKernels();
            case "emitted" -> new EmittedKernels();
            default ->
                throw new IllegalArgumentException(
                        "keiryo.kernels should be scalar, vector or emitted, but is " + wanted);
        };
        boolean fallBack = wanted.equals("best") && !(kernels instanceof EmittedKernels);
        System.getLogger(Kernels.class.getName())
                .log(
                        fallBack ? System.Logger.Level.INFO : System.Logger.Level.DEBUG,
                        "kernels: " + kernels.name() + (fallBack ? "; " + EmittedKernels.whyNot() : ""));
        return kernels;
    }

    private static Kernels portable() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                ? new VectorKernels()
                : new ScalarKernels();
    }

    /** For logs: {@code scalar}, {@code vector-512}, … */
    String name();

    /** Writes panel {@code panel} of {@code w} to {@code out}, from byte {@code at} on, in the order of {@link Panels}. */
    default void interleave(Panels w, int panel, MemorySegment out, long at) {
        w.interleave(panel, out, at);
    }

    /**
     * The form of input that {@link #matmul} multiplies fastest with weights of {@code type}. Every implementation takes
     * {@link Activations.Form#FLOAT32} for all types as well.
     */
    Activations.Form form(TensorType type);

    /** Fills tiles {@code [from, to)} of {@code out}, which was reset to the shape of {@code x}, with the numbers of x. */
    void prepare(Matrix x, Activations out, int from, int to);

    /**
     * {@code y[t, r] = Σ_c w[r, c]·x[t, c] + bias[r]} for all tokens t and the rows r of panels {@code [from, to)}. The
     * order of sums is fixed:
     *
     * <ul>
     *   <li>float32 inputs: {@code s = fma(w, x, s)} in the order of columns over each block of 32, from 0; then
     *       {@code y = y + s} in the order of blocks. w is what the {@link dev.keiryo.tensor.Codec} says.
     *   <li>int8 inputs, in the order of blocks: {@code i = Σ u·q + c} in whole numbers; {@code y = fma(float(i)·scale, d,
     *       y)}, with two runs in a block {@code y = fma(fma(float(i1), scale1, float(i0)·scale0), d, y)}; then, with
     *       offsets, {@code i} is {@code Σ u·q} alone and {@code y = fma(offset, c, y)} follows for each run.
     *   <li>bfloat16 inputs: as the processor's products of pairs define it.
     * </ul>
     *
     * So for the first two all implementations give the same bits.
     *
     * @param w {@code [out, in]}
     * @param bias {@code [1, out]}, or null
     * @param x {@code [tokens, in]}
     * @param y {@code [tokens, out]}
     */
    void matmul(Panels w, @Nullable Matrix bias, Activations x, Matrix y, int from, int to, Scratch scratch);

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

    /** {@code y[target] += s·x[row]}. */
    void addRow(Matrix x, int row, float s, Matrix y, int target);

    /** {@code y = s·x} for rows {@code [from, to)}. */
    void scale(Matrix x, float s, Matrix y, int from, int to);

    /** {@code y = min(max(x, -limit), limit)} for rows {@code [from, to)}. */
    void clamp(Matrix x, float limit, Matrix y, int from, int to);

    /** {@code y[t] = σ(gate[t])·x[t]} for rows {@code [from, to)}, {@code gate} being {@code [rows, 1]}. */
    default void gateRows(Matrix x, Matrix gate, Matrix y, int from, int to) {
        for (int r = from; r < to; r++) {
            scale(x, (float) (1 / (1 + Math.exp(-gate.get(r, 0)))), y, r, r + 1);
        }
    }

    /**
     * Rotates each head of row {@code row} of {@code x} for {@code position}, into the same row of {@code y}: with the i-th
     * pair's cosine c and sine s, {@code (a, b) -> (a·c - b·s, a·s + b·c)}, each product rounded; numbers that have no pair
     * stay.
     *
     * @param table computed up to {@code position} at least
     */
    void rope(RopeTable table, int position, Matrix x, Matrix y, int row);

    /** {@code y = cap·tanh(x / cap)} for rows {@code [from, to)}. */
    void softcap(float cap, Matrix x, Matrix y, int from, int to);

    /**
     * {@code out = softmax(mask(cap(q·kᵀ·scale) + bias))·v} for a stretch of consecutive tokens and some query heads that share
     * one key/value head, over the positions of the cache that each token sees. No score matrix is stored.
     *
     * @param q {@code [rows, heads·headDim]}
     * @param row the first token's row in {@code q} and {@code out}
     * @param tokens how many tokens
     * @param position the first token's position
     * @param head the first query head
     * @param heads how many
     * @param out {@code [rows, heads·valueDim]}
     */
    void attend(
            Attention a,
            CacheSlot slot,
            Matrix q,
            int row,
            int tokens,
            int position,
            int head,
            int heads,
            Scratch scratch,
            Matrix out);
}
