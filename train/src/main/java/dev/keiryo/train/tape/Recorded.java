package dev.keiryo.train.tape;

import dev.keiryo.tensor.Tensor;

/** What a tape's operations make: a result, or logits that are not computed yet. */
sealed interface Recorded<M extends Tensor> extends Tensor permits Node, Logits {
    /** {@code x}, which an operation of the same tape has made: a tape makes matrices of its own numbers alone. */
    @SuppressWarnings("unchecked")
    static <M extends Tensor> Recorded<M> of(Tensor x) {
        if (x instanceof Recorded<?> own) {
            return (Recorded<M>) own;
        }
        throw new IllegalArgumentException("this is another interpreter's result");
    }
}
