package dev.keiryo.prune;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.tensor.Weight;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Whole layers taken out: a model of the same kind with fewer. Which, {@link BlockInfluence} says. Men et al. 2024, "ShortGPT:
 * layers in large language models are more redundant than you expect", arXiv:2403.03853.
 */
final class LayerRemoval {
    static final Pattern LAYER = Pattern.compile("^blk\\.(\\d+)\\.");

    /** Keys whose value may be a list, a number for each layer. */
    private static final String[] BY_LAYER = {
        "attention.head_count", "attention.head_count_kv", "feed_forward_length", "attention.sliding_window_pattern"
    };

    private final EditedCheckpoint model;
    private final String architecture;
    private final int layers;

    LayerRemoval(EditedCheckpoint model) throws FormatException {
        this.model = model;
        this.architecture = model.metadata().architecture();
        this.layers = model.metadata().integer(architecture + ".block_count");
        if (architecture.equals("t5")) {
            throw new FormatException(model.source(), "layers of an encoder-decoder (t5) cannot be left out");
        }
        boolean gemma27B =
                (architecture.equals("gemma2") && layers == 46) || (architecture.equals("gemma3") && layers == 62);
        if (gemma27B) {
            throw new FormatException(
                    model.source(),
                    "the scale of attention in " + architecture + " follows from its having " + layers
                            + " layers, so none can be left out");
        }
    }

    int layers() {
        return layers;
    }

    /** After how many layers their kinds repeat: only so many in a row can be left out, or others would change theirs. */
    int period() throws FormatException {
        return switch (architecture) {
            case "gemma2" -> 2;
            case "gemma3" -> model.metadata().integer("gemma3.attention.sliding_window_pattern", 6);
            default -> 1;
        };
    }

    /**
     * Those {@code count} layers whose influence is least in sum, in runs of {@link #period}, chosen one run after the other.
     *
     * @throws IllegalArgumentException where there are not so many, or only multiples of the period can be left out
     */
    BitSet leastOf(double[] influence, int count) throws FormatException {
        int period = period();
        if (count < 1 || count >= layers || count % period != 0) {
            throw new IllegalArgumentException("of " + layers + " layers 1 to " + (layers - 1) + " can be left out"
                    + (period == 1 ? "" : ", in " + architecture + " " + period + " at a time") + ", but not " + count);
        }
        BitSet chosen = new BitSet(layers);
        for (int n = 0; n < count; n += period) {
            int best = -1;
            double least = Double.POSITIVE_INFINITY;
            for (int from = 0; from + period <= layers; from++) {
                double sum = 0;
                for (int i = from; i < from + period; i++) {
                    sum += chosen.get(i) ? Double.POSITIVE_INFINITY : influence[i];
                }
                if (sum < least) {
                    least = sum;
                    best = from;
                }
            }
            if (best < 0) {
                throw new IllegalArgumentException(
                        "there are no " + count + " layers to leave out, " + period + " at a time");
            }
            chosen.set(best, best + period);
        }
        return chosen;
    }

    /** The model without the layers {@code removed}; the others move up. */
    EditedCheckpoint without(BitSet removed) throws FormatException {
        if (removed.length() > layers) {
            throw new IllegalArgumentException(
                    "there is no layer " + (removed.length() - 1) + " to leave out; the last is " + (layers - 1));
        }
        int[] kept = IntStream.range(0, layers).filter(i -> !removed.get(i)).toArray();
        requireSameKinds(kept);
        Map<String, Weight> weights = new LinkedHashMap<>();
        for (Weight w : model.weights()) {
            Matcher m = LAYER.matcher(w.name());
            if (!m.find()) {
                weights.put(w.name(), w);
                continue;
            }
            int layer = Integer.parseInt(m.group(1));
            if (layer < layers && !removed.get(layer)) {
                String name = "blk." + (layer - removed.get(0, layer).cardinality()) + "."
                        + w.name().substring(m.end());
                weights.put(name, new Weight(name, w.type(), w.shape(), w.data(), w.scales()));
            }
        }
        Map<String, MetadataValue> keys = new LinkedHashMap<>(model.metadata().values());
        keys.put(architecture + ".block_count", MetadataValue.of((long) kept.length));
        for (String key : BY_LAYER) {
            keys.computeIfPresent(architecture + "." + key, (k, value) -> ofKept(value, kept));
        }
        return model.with(keys, weights);
    }

    private void requireSameKinds(int[] kept) throws FormatException {
        int period = period();
        for (int i = 0; i < kept.length; i++) {
            if (kept[i] % period != i % period) {
                throw new IllegalArgumentException("layer " + kept[i] + " would become layer " + i + ", but in "
                        + architecture + " these differ; leave out " + period + " in a row");
            }
        }
        if (kept.length == 0) {
            throw new IllegalArgumentException("no layer would be left");
        }
    }

    private MetadataValue ofKept(MetadataValue value, int[] kept) {
        if (value.value() instanceof long[] all && all.length == layers) {
            long[] some = IntStream.of(kept).mapToLong(i -> all[i]).toArray();
            return new MetadataValue(MetadataValue.Type.ARRAY, value.elementType(), some);
        }
        if (value.value() instanceof boolean[] all && all.length == layers) {
            boolean[] some = new boolean[kept.length];
            for (int i = 0; i < kept.length; i++) {
                some[i] = all[kept[i]];
            }
            return MetadataValue.of(some);
        }
        return value;
    }
}
