package dev.keiryo.calibrate;

import dev.keiryo.FormatException;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Watches a forward pass for the inputs of {@link InputGroup}s, each of which is told of once: when the first of its matrices meets it. */
final class GroupInputs {
    /** Told of an input. */
    interface Listener {
        /**
         * @param x {@code [tokens, columns]}
         * @param seen how many inputs have been, this one included
         */
        void input(InputGroup group, Matrix x, int seen) throws FormatException;
    }

    private final Map<String, InputGroup> waiting = new HashMap<>();
    private final int count;
    private final Listener listener;

    GroupInputs(Collection<InputGroup> groups, Listener listener) {
        for (InputGroup group : groups) {
            waiting.put(group.matrices().getFirst().name(), group);
        }
        this.count = waiting.size();
        this.listener = listener;
    }

    /** Wraps an engine's interpreter; {@link FormatException}s come out as {@link UncheckedIOException}s. */
    Ops wrap(Ops inner) {
        return new ForwardingOps(inner) {
            @Override
            public Tensor linear(Linear layer, Tensor x) {
                see(layer.weight(), (Matrix) x);
                return super.linear(layer, x);
            }
        };
    }

    private void see(Weight w, Matrix x) {
        MatrixName name = MatrixName.of(w.name());
        InputGroup group = name.from() == 0 && name.expert() < 0 ? waiting.remove(name.tensor()) : null;
        if (group != null) {
            try {
                listener.input(group, x, count - waiting.size());
            } catch (FormatException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
