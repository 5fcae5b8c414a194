package dev.keiryo.train.tape;

import dev.keiryo.model.Block;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** A mixture of experts on the tape: rows are gathered for each expert, and the experts' results weighed and summed. */
final class Mixture<M extends Tensor> {
    private final Arithmetic<M> arithmetic;
    private final Recording<M> recording;
    /** The experts' results, in order; without rows where no token went. */
    private final List<Node<M>> results = new ArrayList<>();

    private final List<int[]> rows = new ArrayList<>();

    Mixture(Arithmetic<M> arithmetic, Recording<M> recording) {
        this.arithmetic = arithmetic;
        this.recording = recording;
    }

    /** A tape's own node. */
    interface Own<M extends Tensor> {
        Node<M> of(Tensor x);
    }

    /** {@code y[t] = Σ_e w(t, e)·expert_e(x[t])} over the experts that were chosen for t. */
    Node<M> run(Ops ops, Own<M> own, ExpertChoice<M> choice, Node<M> router, List<? extends Block> experts, Node<M> x) {
        boolean wanted = router.wanted;
        for (int e = 0; e < experts.size(); e++) {
            int[] chosen = choice.rows(e);
            rows.add(chosen);
            if (chosen.length == 0) {
                results.add(new Node<>(0, x.cols(), false));
                continue;
            }
            Node<M> result = own.of(experts.get(e).forward(ops, gathered(arithmetic, recording, x, chosen)));
            result.kept = true;
            wanted |= result.wanted;
            results.add(result);
        }
        Node<M> y = recording.result(x.rows(), x.cols(), wanted);
        arithmetic.zero(y.value());
        for (int e = 0; e < rows.size(); e++) {
            for (int i = 0; i < rows.get(e).length; i++) {
                int t = rows.get(e)[i];
                arithmetic.addRow(results.get(e).value(), i, choice.weight(t, e), y.value(), t);
            }
        }
        y.back = () -> back(choice, router, y.gradient());
        return y;
    }

    private void back(ExpertChoice<M> choice, Node<M> router, M dy) {
        double[] dWeights = new double[router.rows() * router.cols()];
        for (int e = 0; e < rows.size(); e++) {
            Node<M> result = results.get(e);
            M dResult = result.wanted && result.rows() > 0 ? recording.gradientOf(result) : null;
            for (int i = 0; i < rows.get(e).length; i++) {
                int t = rows.get(e)[i];
                dWeights[t * router.cols() + e] = arithmetic.dotRows(result.value(), i, dy, t);
                if (dResult != null) {
                    arithmetic.addRow(dy, t, choice.weight(t, e), dResult, i);
                }
            }
        }
        if (router.wanted) {
            choice.back(dWeights, recording.gradientOf(router));
        }
    }

    /** Some rows of a result. */
    static <M extends Tensor> Node<M> gathered(
            Arithmetic<M> arithmetic, Recording<M> recording, Node<M> x, int[] rows) {
        Node<M> y = recording.result(rows.length, x.cols(), x.wanted);
        arithmetic.gather(x.value(), rows, rows.length, y.value());
        y.back = () -> {
            if (x.wanted) {
                M dx = recording.gradientOf(x);
                for (int i = 0; i < rows.length; i++) {
                    arithmetic.addRow(y.gradient(), i, 1, dx, rows[i]);
                }
            }
        };
        return y;
    }
}
