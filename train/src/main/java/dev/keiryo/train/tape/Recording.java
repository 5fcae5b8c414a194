package dev.keiryo.train.tape;

import static java.util.Objects.requireNonNull;

import dev.keiryo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The results of a forward pass in the order in which they were made, and the way back through them. Memory is taken and given like
 * a stack.
 */
final class Recording<M extends Tensor> {
    /** Adds to a gradient, or sets it. */
    interface Flow<M> {
        void into(M gradient, boolean add);
    }

    /** Computes a result. */
    interface Forward<M> {
        void compute(M x, M y);
    }

    private final Arithmetic<M> arithmetic;
    private final boolean isNarrow;
    private final List<Node<M>> nodes = new ArrayList<>();
    /** Whether ways back are noted. */
    private boolean on = true;

    /** @param storage of values that the way back reads */
    Recording(Arithmetic<M> arithmetic, TapeOptions.Storage storage) {
        this.arithmetic = arithmetic;
        this.isNarrow = storage == TapeOptions.Storage.BF16;
    }

    boolean isOn() {
        return on;
    }

    void turn(boolean nowOn) {
        on = nowOn;
    }

    /** Number of results. */
    int size() {
        return nodes.size();
    }

    /** A new result of unknown content. */
    Node<M> result(int rows, int cols, boolean wanted) {
        Node<M> y = new Node<>(rows, cols, wanted && on);
        y.value = arithmetic.take(rows, cols);
        nodes.add(y);
        return y;
    }

    /** A new result that has its value already. */
    void add(Node<M> y) {
        nodes.add(y);
    }

    /** For operations whose result is cheap: computed now, and again where it was let go of. */
    Node<M> cheap(Node<M> x, boolean wanted, Forward<M> forward) {
        Node<M> y = result(x.rows(), x.cols(), wanted);
        forward.compute(x.value(), y.value());
        y.again = () -> {
            y.value = arithmetic.take(y.rows(), y.cols());
            forward.compute(x.value(), y.value());
        };
        x.kept = true;
        return y;
    }

    /** Leads a gradient on to {@code x}, if it is wanted there. */
    void flow(Node<M> x, Flow<M> flow) {
        if (x.wanted) {
            boolean add = x.gradient != null;
            flow.into(requireNonNull(taken(x)), add);
        }
    }

    /** Where the gradient is to go, of unknown content where it was not there; null where none is wanted. */
    @Nullable
    M taken(Node<M> x) {
        if (x.wanted && x.gradient == null) {
            x.gradient = arithmetic.take(x.rows(), x.cols());
        }
        return x.gradient;
    }

    /** The gradient of {@code x}, zeros where there was none. */
    M gradientOf(Node<M> x) {
        if (x.gradient == null) {
            x.gradient = arithmetic.take(x.rows(), x.cols());
            arithmetic.zero(x.gradient);
        }
        return x.gradient;
    }

    /** Leads gradients back through the results from the {@code from}-th on, and forgets those. */
    void back(int from) {
        for (int i = nodes.size() - 1; i >= from; i--) {
            Node<M> node = nodes.get(i);
            if (node.back != null && node.gradient != null) {
                node.back.run();
            }
            nodes.remove(i);
            give(node);
        }
    }

    /** Forgets the results from the {@code from}-th on. */
    void release(int from) {
        for (int i = nodes.size() - 1; i >= from; i--) {
            give(nodes.remove(i));
        }
    }

    /** Lets go of the values from the {@code from}-th result on that the way back does not read or can compute again, but for {@code y}. */
    void letGo(int from, Node<M> y) {
        for (Node<M> n : nodes.subList(from, nodes.size())) {
            if (n != y && (!on || !n.kept || n.again != null)) {
                letGo(n);
            }
        }
    }

    /** What {@link #letGo} left from the {@code from}-th result on is stored as narrowly as it is to be, and {@code x}; not {@code y}. */
    void store(Node<M> x, int from, Node<M> y) {
        if (isNarrow && on) {
            store(x);
            nodes.subList(from, nodes.size()).stream().filter(n -> n != y).forEach(this::store);
        }
    }

    private void store(Node<M> n) {
        if (n.value == null || !n.kept || n.borrowed || n.exact || n.again != null) {
            return;
        }
        M narrow = arithmetic.narrow(n.value);
        n.narrow = narrow;
        n.again = () -> n.value = arithmetic.widen(narrow, n.rows(), n.cols());
        letGo(n);
    }

    private void give(Node<M> node) {
        letGo(node);
        if (node.gradient != null) {
            arithmetic.give(node.gradient);
            node.gradient = null;
        }
        if (node.narrow != null) {
            arithmetic.give(node.narrow);
            node.narrow = null;
        }
    }

    private void letGo(Node<M> node) {
        if (node.value != null && !node.borrowed) {
            arithmetic.give(node.value);
        }
        node.value = null;
    }
}
