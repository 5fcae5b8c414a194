package dev.keiryo.train.tape;

import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Logits {@code [outputs, vocab]} that are not there: what they would be computed from. A loss computes them, and their gradient, some
 * rows at a time, so that never all are in memory.
 *
 * @param hidden {@code [outputs, hidden]}
 * @param steps what follows the product, in order
 */
record Logits<M extends Tensor>(Node<M> hidden, Linear layer, List<Step> steps) implements Recorded<M> {
    /** A function of each logit. */
    sealed interface Step {
        record Scale(float s) implements Step {}

        record Softcap(float cap) implements Step {}
    }

    Logits {
        steps = List.copyOf(steps);
        if (isCapped(steps) && !(steps.getLast() instanceof Step.Softcap)) {
            throw new IllegalArgumentException("logits that were capped take no further step");
        }
    }

    private static boolean isCapped(List<Step> steps) {
        return steps.stream().anyMatch(Step.Softcap.class::isInstance);
    }

    boolean isCapped() {
        return isCapped(steps);
    }

    /** With a further step; none may follow a softcap. */
    Logits<M> then(Step step) {
        List<Step> more = new ArrayList<>(steps);
        more.add(step);
        return new Logits<>(hidden, layer, more);
    }

    @Override
    public int rows() {
        return hidden.rows();
    }

    @Override
    public int cols() {
        return layer.out();
    }
}
