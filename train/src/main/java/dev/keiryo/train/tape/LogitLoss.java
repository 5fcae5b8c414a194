package dev.keiryo.train.tape;

import static java.util.Objects.requireNonNull;

import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Losses of logits, computed and led back some rows at a time. */
final class LogitLoss<M extends Tensor> {
    private final Arithmetic<M> arithmetic;
    private final Gradients<M> gradients;
    private final long bytes;

    /** @param bytes of logits that may be in memory at once */
    LogitLoss(Arithmetic<M> arithmetic, Gradients<M> gradients, long bytes) {
        this.arithmetic = arithmetic;
        this.gradients = gradients;
        this.bytes = bytes;
    }

    /** All logits. */
    M values(Logits<M> logits) {
        M z = arithmetic.take(logits.rows(), logits.cols());
        compute(logits, logits.hidden().value(), z);
        return z;
    }

    private void compute(Logits<M> logits, M hidden, M z) {
        arithmetic.linear(logits.layer(), hidden, z);
        for (Logits.Step step : logits.steps()) {
            switch (step) {
                case Logits.Step.Scale scale -> arithmetic.scale(z, scale.s(), z, false);
                case Logits.Step.Softcap capped -> arithmetic.softcap(z, capped.cap(), z);
            }
        }
    }

    /** See {@link Tape#loss}. */
    double value(Logits<M> logits, int[] targets, float[] weights, double total) {
        int rows = rows(logits);
        M room = arithmetic.take(rows, logits.cols());
        double loss = 0;
        for (int from = 0; from < logits.rows(); from += rows) {
            int n = Math.min(rows, logits.rows() - from);
            M z = arithmetic.rows(room, 0, n);
            compute(logits, arithmetic.rows(logits.hidden().value(), from, n), z);
            loss += arithmetic.crossEntropy(z, targets, weights, from, 0);
        }
        arithmetic.give(room);
        return loss / total;
    }

    /** How many rows of logits are computed at a time. */
    private int rows(Logits<M> logits) {
        return Math.clamp(bytes / (4L * logits.cols()), 1, Math.max(1, logits.rows()));
    }

    /** See {@link Tape#crossEntropy}. */
    double crossEntropy(Logits<M> logits, int[] targets, float[] weights, double total) {
        Node<M> hidden = logits.hidden();
        Linear layer = logits.layer();
        int rows = rows(logits);
        boolean wanted = hidden.wanted;
        boolean add = hidden.gradient != null;
        if (wanted && !add) {
            hidden.gradient = arithmetic.take(hidden.rows(), hidden.cols());
        }
        M dw = gradients.of(layer.weight());
        Matrix bias = layer.bias();
        M db = bias == null ? null : gradients.of(bias.data(), 1, bias.cols());
        M room = arithmetic.take(rows, layer.out());
        M capped = logits.isCapped() ? arithmetic.take(rows, layer.out()) : null;
        double loss = 0;
        for (int from = 0; from < logits.rows(); from += rows) {
            int n = Math.min(rows, logits.rows() - from);
            M h = arithmetic.rows(hidden.value(), from, n);
            M z = arithmetic.rows(room, 0, n);
            compute(logits, h, z);
            M y = capped == null ? null : arithmetic.rows(capped, 0, n);
            if (y != null) {
                arithmetic.scale(z, 1, y, false);
            }
            loss += arithmetic.crossEntropy(z, targets, weights, from, 1 / total);
            back(logits, y, z);
            if (hidden.gradient != null) {
                arithmetic.linearBack(layer.weight(), z, arithmetic.rows(hidden.gradient, from, n), add);
            }
            if (dw != null) {
                arithmetic.linearWeight(z, h, dw);
            }
            if (db != null) {
                arithmetic.sumRows(z, db);
            }
        }
        arithmetic.give(room);
        if (capped != null) {
            arithmetic.give(capped);
        }
        return loss / total;
    }

    /** Leads {@code dz} back through the steps in its place; {@code y} is the last one's result. */
    private void back(Logits<M> logits, @Nullable M y, M dz) {
        for (Logits.Step step : logits.steps().reversed()) {
            switch (step) {
                case Logits.Step.Scale scale -> arithmetic.scale(dz, scale.s(), dz, false);
                case Logits.Step.Softcap capped ->
                    arithmetic.softcapBack(requireNonNull(y), capped.cap(), dz, dz, false);
            }
        }
    }
}
