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
 * is kept of the passes of {@link #settle}: what differs from them in later layers only is computed from there on.
 */
final class Substitution {
    private static final Pattern LAYER = Pattern.compile("^blk\\.(\\d+)\\.");
    private static final String EMBEDDING = "token_embd.weight";
    private static final String OUTPUT = "output.weight";

    private final Loss loss;
    private final ScratchFile scratch;
    private final int layers;
    /** By pass, then layer; at last what the last layer gives. */
    private final List<List<MemorySegment>> inputs = new ArrayList<>();

    private final Map<String, Weight> settled = new HashMap<>();

    /** @param layers of the model */
    Substitution(Loss loss, int layers, ScratchFile scratch) {
        this.loss = loss;
        this.layers = layers;
        this.scratch = scratch;
    }

    /**
     * Puts {@code weights} in the place of the model's of the same (GGUF) names from now on; what is not named stays as it is.
     *
     * @return the loss then
     */
    double settle(Map<String, Weight> weights) throws IOException {
        int from = inputs.isEmpty() ? 0 : first(weights.keySet());
        settled.putAll(weights);
        return run(Map.of(), from, true);
    }

    /** The loss with {@code weights} besides, this once. */
    double loss(Map<String, Weight> weights) throws IOException {
        return run(weights, first(weights.keySet()), false);
    }

    private double run(Map<String, Weight> besides, int from, boolean keep) throws IOException {
        int[] pass = {0};
        UnaryOperator<Ops> wrap = inner -> new Run(inner, pass[0]++, from, keep, besides);
        try {
            return loss.of(wrap);
        } catch (UncheckedIOException e) {
            throw e.getCause() == null ? new IOException(e) : e.getCause();
        }
    }

    /** The first layer that a change of {@code names} changes. */
    private int first(Iterable<String> names) {
        int first = layers;
        for (String name : names) {
            Matcher m = LAYER.matcher(name);
            int layer = m.find() ? Integer.parseInt(m.group(1)) : name.equals(OUTPUT) ? layers : 0;
            first = Math.min(first, layer);
        }
        return first;
    }

    private final class Run extends ForwardingOps {
        private final int number;
        private final int from;
        private final boolean keep;
        private final Map<String, Weight> besides;

        Run(Ops inner, int number, int from, boolean keep, Map<String, Weight> besides) {
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
            List<MemorySegment> kept = keep && number == inputs.size() ? allocated((Matrix) x) : inputs.get(number);
            if (from > 0) {
                data(x).copyFrom(kept.get(from));
            }
            Tensor y = x;
            for (int i = from; i < all.size(); i++) {
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

        private List<MemorySegment> allocated(Matrix x) {
            List<MemorySegment> kept = new ArrayList<>();
            try {
                for (int i = 0; i <= layers; i++) {
                    kept.add(scratch.allocate(4L * x.rows() * x.cols()));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            inputs.add(kept);
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
