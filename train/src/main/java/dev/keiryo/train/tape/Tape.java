package dev.keiryo.train.tape;

import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Ops;
import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The recording interpreter: computes a forward pass, remembers how each result was made, and leads the gradient of a loss back
 * through it to the parameters that are trained. Any architecture is trained by it, as none knows of it.
 *
 * <p>What a layer computed is let go of when the layer ends, unless the way back reads it; results that are cheap to compute
 * (norms, activations) are let go of all the same and computed again. The way back lets go of each result as it passes.
 *
 * <p>One pass at a time: {@link #run}, {@link #crossEntropy}, {@link #back}.
 */
public final class Tape<M extends Tensor> implements AutoCloseable {
    private final Arithmetic<M> arithmetic;
    private final Gradients<M> gradients;
    private final Recording<M> recording;
    private final TapeOps<M> ops;
    private final LogitLoss<M> losses;

    Tape(Arithmetic<M> arithmetic, Parameters parameters, TapeOptions options) {
        this.arithmetic = arithmetic;
        this.gradients = new Gradients<>(arithmetic, parameters);
        this.recording = new Recording<>(arithmetic, options.storage());
        this.ops = new TapeOps<>(arithmetic, gradients, options, recording);
        this.losses = new LogitLoss<>(arithmetic, gradients, options.logitBytes());
    }

    /**
     * In float32.
     *
     * @param parameters what is trained; stays its owner's
     * @param workers the caller's; no other job runs on them during a pass
     */
    public static Tape<Matrix> inFloat32(Parameters parameters, TapeOptions options, Workers workers) {
        return new Tape<>(new FloatArithmetic(workers), parameters, options);
    }

    /** Layers of the last pass. */
    int layers() {
        return ops.layers();
    }

    Arithmetic<M> arithmetic() {
        return arithmetic;
    }

    /** Bytes that gradients and intermediate results have taken so far. */
    public long heldBytes() {
        return arithmetic.held();
    }

    /** What the ways back have added to. */
    public Gradients<M> gradients() {
        return gradients;
    }

    /** The operations, for what is computed of a pass's result before its loss. */
    public Ops ops() {
        return ops;
    }

    /**
     * Forgets what was recorded, and computes.
     *
     * @param source of encoder-decoders: the text to encode; else null
     * @param seed of dropout: the same gives the same
     * @return logits {@code [outputs, vocab]}, or an encoder's hidden states
     */
    public Tensor run(Transformer model, @Nullable TrainBatch source, TrainBatch target, long seed) {
        clear();
        ops.begin(model.shape().vocabulary(), seed);
        if (source != null) {
            ops.bind(source);
            model.encode(ops, source);
        }
        ops.bind(target);
        return model.forward(ops, target);
    }

    /** Gives all results back. */
    public void clear() {
        recording.release(0);
    }

    /** As {@link #run}, for losses alone: nothing is recorded, and nothing dropped. */
    public Tensor evaluate(Transformer model, @Nullable TrainBatch source, TrainBatch target) {
        recording.turn(false);
        ops.chances().apply(false);
        try {
            return run(model, source, target, 0);
        } finally {
            recording.turn(true);
            ops.chances().apply(true);
        }
    }

    /** {@link #crossEntropy} of a pass that was not recorded. */
    public double loss(Tensor logits, int[] targets, float[] weights, double total) {
        return losses.value(counted(logits, targets, weights), targets, weights, total);
    }

    /**
     * {@code Σ w_i·(-log p(target_i)) / total} over the rows of {@code logits}; notes its gradient for {@link #back}.
     *
     * @param total what the sum is divided by: usually the sum of the weights of all batches of a step
     */
    public double crossEntropy(Tensor logits, int[] targets, float[] weights, double total) {
        return losses.crossEntropy(counted(logits, targets, weights), targets, weights, total);
    }

    private Logits<M> counted(Tensor logits, int[] targets, float[] weights) {
        if (targets.length != logits.rows() || weights.length != logits.rows()) {
            throw new IllegalArgumentException(logits.rows() + " rows of logits, but " + targets.length
                    + " targets and " + weights.length + " weights");
        }
        if (Recorded.<M>of(logits) instanceof Logits<M> own) {
            return own;
        }
        throw new IllegalArgumentException("these are no logits of a model's output layer");
    }

    /** How the experts of each mixture of the last pass were used, in order. Their losses are added to gradients by {@link #back}. */
    public List<ExpertUse> expertUse() {
        return ops.expertUse();
    }

    /** The numbers of a result, or of logits, all of them. */
    M values(Tensor result) {
        return Recorded.<M>of(result) instanceof Logits<M> logits
                ? losses.values(logits)
                : ops.node(result).value();
    }

    /** A copy of logits, row by row. */
    public float[][] logits(Tensor result) {
        M all = values(result);
        float[][] rows = new float[all.rows()][all.cols()];
        for (int r = 0; r < rows.length; r++) {
            for (int c = 0; c < rows[r].length; c++) {
                rows[r][c] = (float) arithmetic.get(all, r, c);
            }
        }
        if (result instanceof Logits<?>) {
            arithmetic.give(all);
        }
        return rows;
    }

    /** Sets the gradient of a result from which {@link #back} is to begin. */
    M gradientOf(Tensor result) {
        return recording.gradientOf(ops.node(result));
    }

    /** Leads gradients back through all that was recorded, and forgets it. */
    public void back() {
        recording.back(0);
    }

    @Override
    public void close() {
        clear();
        arithmetic.close();
    }
}
