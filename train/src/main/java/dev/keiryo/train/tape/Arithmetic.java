package dev.keiryo.train.tape;

import dev.keiryo.model.Rope;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic of training: each operation of a forward pass, and its way back, from the gradient of the loss by a result
 * ({@code dy}) to the gradients by what it was made from. In double precision, the oracle, and in float32.
 *
 * <p>Where a method takes {@code add}, it adds to what its result holds if that is true, and else replaces it, whatever it was.
 * Gradients of weights ({@code dw}, {@code db}) are always added to. Sums have one order, whatever the number of threads.
 *
 * @param <M> a matrix of its numbers
 */
sealed interface Arithmetic<M extends Tensor> extends AutoCloseable
        permits DoubleArithmetic, FloatArithmetic, SizeArithmetic {
    /** A matrix of unknown content. */
    M take(int rows, int cols);

    /** Gives back what {@link #take} gave. */
    void give(M m);

    /** Bytes of all matrices that were taken, counting what was given back until it is used again; 0 where nobody counts. */
    long held();

    /** The numbers of {@code x} rounded to bfloat16, to the nearest, ties to even, in new memory of half the size. */
    M narrow(M x);

    /** {@code [rows, cols]} of what {@link #narrow} gave, in new memory. */
    M widen(M narrow, int rows, int cols);

    /** {@code rows·cols} numbers of {@code m} from the {@code from}-th on as a matrix: a view. */
    M view(M m, long from, int rows, int cols);

    /** Rows {@code [from, from + count)}: a view. */
    default M rows(M m, int from, int count) {
        return view(m, (long) from * m.cols(), count, m.cols());
    }

    /** For small matrices. */
    double get(M m, int row, int col);

    /** For small matrices. */
    void put(M m, int row, int col, double value);

    /** All numbers 0. */
    void zero(M m);

    /** {@code y = s·x}, or {@code y += s·x}. */
    void scale(M x, double s, M y, boolean add);

    /** {@code y = a + b}. */
    void sum(M a, M b, M y);

    /** {@code y = x ⊙ mask}, or {@code y += x ⊙ mask}; its own way back. */
    void drop(Dropout dropout, M x, M y, boolean add);

    /** {@code y[i] = table[ids[i]]}. */
    void embed(Weight table, int[] ids, M y);

    /** {@code dTable[ids[i]] += dy[i]}. */
    void embedBack(M dy, int[] ids, M dTable);

    /** {@code y = x·Wᵀ + b}. */
    void linear(Linear layer, M x, M y);

    /** {@code dx = dy·W}. */
    void linearBack(Weight w, M dy, M dx, boolean add);

    /** {@code dw += dyᵀ·x}. */
    void linearWeight(M dy, M x, M dw);

    /** {@code db += Σ_rows dy}. */
    void sumRows(M dy, M db);

    /** Layer norm ({@code centered}) or RMS norm, by groups of the norm's width. */
    void norm(Norm norm, boolean centered, M x, M y);

    /** @param dx null where nothing behind is trained; {@code dw} and {@code db} as well */
    void normBack(Norm norm, boolean centered, M x, M dy, @Nullable M dx, boolean add, @Nullable M dw, @Nullable M db);

    /** Rotates by the positions, or, on the way back, by as much in the other direction. */
    void rope(Rope rope, int[] positions, boolean back, M x, M y, boolean add);

    /**
     * {@code y = softmax(mask(cap(q·kᵀ·scale) + bias))·v}.
     *
     * @param sums {@code [queries, heads]}, receives {@code log Σ exp(scores)}
     */
    void attend(AttentionSpans spans, M q, M k, M v, M y, M sums);

    /**
     * The way back of {@link #attend}; all three gradients are added to.
     *
     * @param dBias {@code [buckets, heads]} of a learned bias by distance, or null
     */
    void attendBack(AttentionSpans spans, M q, M k, M v, M y, M sums, M dy, M dq, M dk, M dv, @Nullable M dBias);

    /** {@code y = f(x)}. */
    void activate(Activation f, M x, M y);

    /** {@code dx = f'(x) ⊙ dy}. */
    void activateBack(Activation f, M x, M dy, M dx, boolean add);

    /** {@code y = f(gate) ⊙ up}. */
    void gated(Activation f, M gate, M up, M y);

    /** {@code dGate = f'(gate) ⊙ up ⊙ dy} and {@code dUp = f(gate) ⊙ dy}, each null where nothing behind is trained. */
    void gatedBack(
            Activation f, M gate, M up, M dy, @Nullable M dGate, boolean addGate, @Nullable M dUp, boolean addUp);

    /** {@code y = cap·tanh(x/cap)}. */
    void softcap(M x, double cap, M y);

    /** {@code dx = (1 - (y/cap)²) ⊙ dy}; dx may be dy. */
    void softcapBack(M y, double cap, M dy, M dx, boolean add);

    /** {@code y = min(max(x, -limit), limit)}. */
    void clamp(M x, double limit, M y);

    /** {@code dx = dy} where {@code |x| <= limit}, else 0. */
    void clampBack(M x, double limit, M dy, M dx, boolean add);

    /** {@code y[i] = x[rows[i]]} for {@code i < count}. */
    void gather(M x, int[] rows, int count, M y);

    /** {@code y[target] += s·x[row]}. */
    void addRow(M x, int row, double s, M y, int target);

    /** {@code x[row]·y[other]}. */
    double dotRows(M x, int row, M y, int other);

    /**
     * {@code Σ_i w_i·(log Σ_j exp(z[i,j]) - z[i, target_i])}, and in z's place its gradient:
     * {@code s·w_i·(softmax(z[i]) - 1[j = target_i])}.
     *
     * @param from the first of {@code targets} and {@code weights} that belongs to a row of z
     */
    double crossEntropy(M z, int[] targets, float[] weights, int from, double s);

    /** Matrices that were never given back are lost. */
    @Override
    void close();
}
