package dev.keiryo.train.tape;

import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The operations number by number or row by row: each computes its result at once and notes its way back. */
final class PointwiseOps<M extends Tensor> {
    private final Arithmetic<M> arithmetic;
    private final Recording<M> recording;

    /** Both are the caller's. */
    PointwiseOps(Arithmetic<M> arithmetic, Recording<M> recording) {
        this.arithmetic = arithmetic;
        this.recording = recording;
    }

    /** {@code f(x)}. */
    Node<M> activate(Activation f, Node<M> x) {
        Node<M> y = recording.cheap(x, x.wanted, (from, to) -> arithmetic.activate(f, from, to));
        y.back = () -> recording.flow(x, (dx, add) -> arithmetic.activateBack(f, x.value(), y.gradient(), dx, add));
        return y;
    }

    /** {@code f(gate) ⊙ up}. */
    Node<M> gated(Activation f, Node<M> gate, Node<M> up) {
        Node<M> y = recording.cheap(
                gate, gate.wanted || up.wanted, (from, to) -> arithmetic.gated(f, from, up.value(), to));
        up.kept = true;
        y.back = () -> {
            boolean addGate = gate.gradient != null;
            boolean addUp = up.gradient != null;
            arithmetic.gatedBack(
                    f,
                    gate.value(),
                    up.value(),
                    y.gradient(),
                    recording.taken(gate),
                    addGate,
                    recording.taken(up),
                    addUp);
        };
        return y;
    }

    /** {@code a + b}. */
    Node<M> add(Node<M> a, Node<M> b) {
        Node<M> y = recording.result(a.rows(), a.cols(), a.wanted || b.wanted);
        arithmetic.sum(a.value(), b.value(), y.value());
        y.back = () -> {
            recording.flow(b, (db, add) -> arithmetic.scale(y.gradient(), 1, db, add));
            if (a.wanted && a.gradient == null) {
                // The sum's gradient is the term's: it changes hands.
                a.gradient = y.gradient;
                y.gradient = null;
            } else {
                recording.flow(a, (da, add) -> arithmetic.scale(y.gradient(), 1, da, add));
            }
        };
        return y;
    }

    /** {@code s·x}. */
    Node<M> scale(Node<M> x, float s) {
        Node<M> y = recording.cheap(x, x.wanted, (from, to) -> arithmetic.scale(from, s, to, false));
        y.back = () -> recording.flow(x, (dx, add) -> arithmetic.scale(y.gradient(), s, dx, add));
        return y;
    }

    /** {@code cap·tanh(x/cap)}. */
    Node<M> softcap(Node<M> x, float cap) {
        Node<M> y = recording.cheap(x, x.wanted, (from, to) -> arithmetic.softcap(from, cap, to));
        y.back = () -> recording.flow(x, (dx, add) -> arithmetic.softcapBack(y.value(), cap, y.gradient(), dx, add));
        return y;
    }

    /** {@code x} within {@code [-limit, limit]}. */
    Node<M> clamp(Node<M> x, float limit) {
        Node<M> y = recording.cheap(x, x.wanted, (from, to) -> arithmetic.clamp(from, limit, to));
        y.back = () -> recording.flow(x, (dx, add) -> arithmetic.clampBack(x.value(), limit, y.gradient(), dx, add));
        return y;
    }

    /** Each row of {@code x} times the logistic function of {@code gate [rows, 1]}. */
    Node<M> gateRows(Node<M> x, Node<M> gate) {
        Node<M> y = recording.result(x.rows(), x.cols(), x.wanted || gate.wanted);
        double[] open = new double[x.rows()];
        arithmetic.zero(y.value());
        for (int t = 0; t < open.length; t++) {
            open[t] = 1 / (1 + Math.exp(-arithmetic.get(gate.value(), t, 0)));
            arithmetic.addRow(x.value(), t, open[t], y.value(), t);
        }
        x.kept = true;
        y.back = () -> {
            M dx = x.wanted ? recording.gradientOf(x) : null;
            M dGate = gate.wanted ? recording.gradientOf(gate) : null;
            for (int t = 0; t < open.length; t++) {
                if (dx != null) {
                    arithmetic.addRow(y.gradient(), t, open[t], dx, t);
                }
                if (dGate != null) {
                    double d = arithmetic.dotRows(y.gradient(), t, x.value(), t) * open[t] * (1 - open[t]);
                    arithmetic.put(dGate, t, 0, arithmetic.get(dGate, t, 0) + d);
                }
            }
        };
        return y;
    }

    /** {@code x ⊙ mask}, or {@code x} without a mask. */
    Node<M> drop(@Nullable Dropout dropout, Node<M> x) {
        if (dropout == null) {
            return x;
        }
        Node<M> y = recording.result(x.rows(), x.cols(), x.wanted);
        arithmetic.drop(dropout, x.value(), y.value(), false);
        y.back = () -> recording.flow(x, (dx, add) -> arithmetic.drop(dropout, y.gradient(), dx, add));
        return y;
    }
}
