package dev.keiryo.lighten;

import dev.keiryo.calibrate.MatrixName;
import dev.keiryo.file.ScratchFile;
import dev.keiryo.model.Block;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.model.Tokens;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A model some of whose matrices are others', run again and again on the same passes. The input of each layer, {@code [tokens, hidden]},
 * is kept of the passes of {@link #settle}: what differs from them in later layers only is computed from there on. An encoder before a decoder is
 * a stack of layers of its own, which comes first.
 */
final class Substitution {
    private static final Pattern LAYER = Pattern.compile("^(?:enc\\.|(dec)\\.)?blk\\.(\\d+)\\.");
    private static final String EMBEDDING = "token_embd.weight";
    private static final String OUTPUT = "output.weight";

    private final Loss loss;
    private final ScratchFile scratch;
    /** By pass, stack, layer; at last what the last layer gives. */
    private final List<List<List<MemorySegment>>> inputs = new ArrayList<>();

    private final Map<String, Weight> settled = new HashMap<>();

    /** Where a change begins: a layer of a stack; all layers of stacks before are as they were. */
    private record Place(int stack, int layer) implements Comparable<Place> {
        static final Place START = new Place(0, 0);
        static final Place BEHIND = new Place(Integer.MAX_VALUE, 0);

        @Override
        public int compareTo(Place other) {
            return stack != other.stack ? Integer.compare(stack, other.stack) : Integer.compare(layer, other.layer);
        }

        /** The first layer of {@code count} in {@code inStack} that is changed; {@code count} for none. */
        int first(int inStack, int count) {
            return inStack < stack ? count : inStack > stack ? 0 : Math.min(layer, count);
        }
    }

    Substitution(Loss loss, ScratchFile scratch) {
        this.loss = loss;
        this.scratch = scratch;
    }

    /**
     * Puts {@code weights} in the place of the model's of the same (GGUF) names from now on; what is not named stays as it is.
     *
     * @return the loss then
     */
    double settle(Map<String, Weight> weights) throws IOException {
        Place from = inputs.isEmpty() ? Place.START : first(weights.keySet());
        settled.putAll(weights);
        return run(Map.of(), from, true);
    }

    /** The loss with {@code weights} besides, this once. */
    double loss(Map<String, Weight> weights) throws IOException {
        return run(weights, first(weights.keySet()), false);
    }

    private double run(Map<String, Weight> besides, Place from, boolean keep) throws IOException {
        int[] pass = {0};
        UnaryOperator<Ops> wrap = inner -> new Run(inner, pass[0]++, from, keep, besides);
        try {
            return loss.of(wrap);
        } catch (UncheckedIOException e) {
            throw e.getCause() == null ? new IOException(e) : e.getCause();
        }
    }

    /** The first layer that a change of {@code names} changes. */
    private static Place first(Iterable<String> names) {
        Place first = Place.BEHIND;
        for (String name : names) {
            Matcher m = LAYER.matcher(name);
            Place place = m.find()
                    ? new Place(m.group(1) == null ? 0 : 1, Integer.parseInt(m.group(2)))
                    : name.equals(OUTPUT) ? Place.BEHIND : Place.START;
            first = place.compareTo(first) < 0 ? place : first;
        }
        return first;
    }

    private final class Run extends ForwardingOps {
        private final int number;
        private final Place from;
        private final boolean keep;
        private final Map<String, Weight> besides;
        private int stack;

        Run(Ops inner, int number, Place from, boolean keep, Map<String, Weight> besides) {
            super(inner);
            this.number = number;
            this.from = from;
            this.keep = keep;
            this.besides = besides;
        }

        @Override
        public Tensor embed(Weight table, Tokens tokens) {
            Weight other = find(table.name());
            return super.embed(other == null ? table : other, tokens);
        }

        @Override
        public Tensor linear(Linear layer, Tensor x) {
            Weight other = other(layer.weight());
            return super.linear(other == null ? layer : new Linear(other, layer.bias()), x);
        }

        @Override
        public Tensor blocks(List<? extends Block> all, Tensor x) {
            List<MemorySegment> kept = kept((Matrix) x, all.size());
            int begin = from.first(stack++, all.size());
            if (begin > 0) {
                data(x).copyFrom(kept.get(begin));
            }
            Tensor y = x;
            for (int i = begin; i < all.size(); i++) {
                if (keep) {
                    kept.get(i).copyFrom(data(y));
                }
                y = block(all.get(i), y);
            }
            if (keep) {
                kept.get(all.size()).copyFrom(data(y));
            }
            return y;
        }

        private List<MemorySegment> kept(Matrix x, int layers) {
            if (keep && number == inputs.size()) {
                inputs.add(new ArrayList<>());
            }
            List<List<MemorySegment>> stacks = inputs.get(number);
            if (keep && stack == stacks.size()) {
                stacks.add(allocated(x, layers));
            }
            return stacks.get(stack);
        }

        private List<MemorySegment> allocated(Matrix x, int layers) {
            List<MemorySegment> kept = new ArrayList<>();
            try {
                for (int i = 0; i <= layers; i++) {
                    kept.add(scratch.allocate(4L * x.rows() * x.cols()));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return kept;
        }

        private static MemorySegment data(Tensor x) {
            Matrix m = (Matrix) x;
            return m.data().asSlice(0, 4L * m.rows() * m.cols());
        }

        /** What is in {@code w}'s place, {@code w} being a matrix, an expert of a stack, or a part of a fused matrix. */
        private @Nullable Weight other(Weight w) {
            if (w.name().equals(EMBEDDING)) {
                Weight output = find(OUTPUT); // which some files have apart, though it is the embedding
                return output == null ? find(EMBEDDING) : output;
            }
            MatrixName name = MatrixName.of(w.name());
            Weight whole = find(name.tensor());
            if (whole == null || name.tensor().equals(w.name())) {
                return whole;
            }
            return name.expert() >= 0 ? whole.slice(name.expert()) : whole.rows(name.from(), name.from() + w.rows());
        }

        private @Nullable Weight find(String tensor) {
            Weight w = besides.get(tensor);
            return w == null ? settled.get(tensor) : w;
        }
    }
}
