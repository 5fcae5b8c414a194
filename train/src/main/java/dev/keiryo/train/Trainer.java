package dev.keiryo.train;

import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.train.optimize.GradientNorm;
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.tape.ExpertUse;
import dev.keiryo.train.tape.Tape;
import java.util.ArrayList;
import java.util.List;

/**
 * Steps of training: forward and backward for each part of a step's batch, then the optimizer. What happens follows from weights, batches
 * and options alone: the same give the same to the bit.
 */
public final class Trainer {
    private final Transformer model;
    private final Tape<Matrix> tape;
    private final Optimizer optimizer;
    private final Workers workers;
    private final TrainOptions options;

    /** All stay their owner's; the optimizer changes the weights of {@code model}, by the gradients of {@code tape}. */
    public Trainer(Transformer model, Tape<Matrix> tape, Optimizer optimizer, Workers workers, TrainOptions options) {
        this.workers = workers;
        this.model = model;
        this.tape = tape;
        this.optimizer = optimizer;
        this.options = options;
    }

    /** The {@code step}-th step, from 0: weights change unless the gradient is no number, or nothing in the batch counts. */
    public StepFigures step(long step, Batches batches) {
        return step(step, batches, options.learningRate() * options.schedule().factor(step, options.steps()));
    }

    /** As {@link #step(long, Batches)}, at another learning rate. */
    public StepFigures step(long step, Batches batches, double rate) {
        long begun = System.nanoTime();
        Microbatch[] parts = new Microbatch[options.parts()];
        double total = 0;
        int tokens = 0;
        for (int p = 0; p < parts.length; p++) {
            parts[p] = batches.get(step, p);
            total += parts[p].total();
            tokens += parts[p].count();
        }
        tape.gradients().clear();
        double loss = total == 0 ? Double.NaN : 0;
        List<List<ExpertUse>> experts = new ArrayList<>();
        for (int p = 0; p < parts.length; p++) {
            Microbatch b = parts[p];
            if (b.total() == 0) {
                continue;
            }
            Tensor logits = tape.run(model, b.source(), b.tokens(), options.seed() + step * parts.length + p);
            loss += tape.crossEntropy(logits, b.targets(), b.weights(), total);
            experts.add(tape.expertUse());
            tape.back();
        }
        GradientNorm norm = GradientNorm.of(tape.gradients().all(), 1, workers);
        if (norm.isFinite() && total > 0) {
            double factor = options.clip() == 0 ? 1 : norm.factor(options.clip());
            optimizer.step(tape.gradients().all(), rate, factor);
        }
        return new StepFigures(
                step + 1,
                loss,
                rate,
                norm.norm(),
                tokens,
                (System.nanoTime() - begun) * 1e-9,
                ExpertFigures.of(experts));
    }

    /** The mean loss over all that counts in {@code batches}, in nats, without dropout. */
    public Validation validate(Microbatch[] batches) {
        Validation.ExpertCounts experts = new Validation.ExpertCounts();
        double loss = 0;
        double total = 0;
        for (Microbatch b : batches) {
            Tensor logits = tape.evaluate(model, b.source(), b.tokens());
            loss += tape.loss(logits, b.targets(), b.weights(), 1);
            experts.add(tape.expertUse());
            total += b.total();
        }
        tape.clear();
        return new Validation(loss / total, experts.shares(), null);
    }
}
