package dev.keiryo.prune;

import dev.keiryo.FormatException;
import dev.keiryo.calibrate.InputObserver;
import dev.keiryo.calibrate.InputStatistics;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.file.ScratchFile;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Neurons of feed-forward parts and heads of attentions taken out, equally many in each layer: a smaller model of the same kind.
 *
 * <p>A neuron j adds {@code x_j·w_j} to the residual stream, w_j its column of the last matrix. Its importance is what its
 * absence changes there, {@code Σ_tokens ‖x_j·w_j‖² = ‖x_j‖²·‖w_j‖²}; that of a head, or of all heads that share keys
 * and values, the sum over its columns. What depends on a neuron goes with it, as in LLM-Pruner (Ma et al. 2023,
 * arXiv:2305.11627), whose importance needs gradients; this one is Wanda's of columns.
 */
final class WidthReduction {
    /** Whose matrices llama.cpp takes in any number of heads; others' must be as wide as the residual stream. */
    private static final Set<String> HEADS =
            Set.of("llama", "granite", "gemma", "gemma2", "gemma3", "qwen3", "qwen3moe");

    private final EditedCheckpoint model;
    private final Metadata metadata;
    private final String architecture;
    private final int layers;
    private final ScratchFile scratch;

    WidthReduction(EditedCheckpoint model, ScratchFile scratch) throws FormatException {
        this.model = model;
        this.metadata = model.metadata();
        this.architecture = metadata.architecture();
        this.layers = metadata.integer(architecture + ".block_count");
        this.scratch = scratch;
        if (architecture.equals("t5")) {
            throw new FormatException(model.source(), "the width of an encoder-decoder (t5) cannot be reduced");
        }
    }

    /** The neurons that stay of {@code width} when a share {@code ratio} is to go: a multiple of 256, 32 or 4 where {@code width} is one. */
    static int neuronsLeft(int width, double ratio) {
        int step = width % 256 == 0 && width >= 4096 ? 256 : width % 32 == 0 ? 32 : width % 4 == 0 ? 4 : 1;
        return Math.max(step, (int) Math.round((1 - ratio) * width / step) * step);
    }

    /** Without a share {@code ratio} of the neurons of each layer. */
    EditedCheckpoint withoutNeurons(double ratio, InputObserver inputs) throws IOException {
        refuse(metadata.integer(architecture + ".expert_count", 0) > 0, "neurons", "its layers are made of experts");
        String key = architecture + ".feed_forward_length";
        int width = metadata.integer(key);
        int left = neuronsLeft(width, ratio);
        Map<String, Weight> weights = all();
        for (int i = 0; i < layers; i++) {
            String ffn = "blk." + i + ".ffn_";
            Weight down = required(ffn + "down.weight", -1, width);
            int[] kept = greatest(columns(down, inputs), 1, left);
            keepColumns(weights, down, kept);
            Weight up = required(ffn + "up.weight", -1, -1);
            // Phi-3's holds the gate's rows, then its own.
            boolean fused = up.rows() == 2 * width;
            keepRows(weights, ffn + "up.weight", width, kept, fused ? 2 : 1);
            keepRows(weights, ffn + "up.bias", width, kept, fused ? 2 : 1);
            keepRows(weights, ffn + "gate.weight", width, kept, 1);
            keepRows(weights, ffn + "gate.bias", width, kept, 1);
        }
        Map<String, MetadataValue> keys = new LinkedHashMap<>(metadata.values());
        keys.put(key, MetadataValue.of((long) left));
        return model.with(keys, weights);
    }

    /** Without a share {@code ratio} of the heads for keys and values of each layer, and of the heads for queries that use them. */
    EditedCheckpoint withoutHeads(double ratio, InputObserver inputs) throws IOException {
        refuse(
                !HEADS.contains(architecture),
                "heads",
                "llama.cpp wants its heads as wide as the residual stream together; "
                        + String.join(", ", HEADS.stream().sorted().toList()) + " can have fewer");
        refuse(
                (architecture.equals("gemma2") && layers == 46) || (architecture.equals("gemma3") && layers == 62),
                "heads",
                "the scale of its attention follows from their number");
        String prefix = architecture + ".attention.";
        int heads = metadata.integer(prefix + "head_count");
        int kvHeads = metadata.integer(prefix + "head_count_kv", heads);
        int hidden = metadata.integer(architecture + ".embedding_length");
        int headDim = metadata.integer(prefix + "key_length", hidden / heads);
        int valueDim = metadata.integer(prefix + "value_length", hidden / heads);
        int group = heads / kvHeads;
        int left = Math.max(1, (int) Math.round((1 - ratio) * kvHeads));
        refuse(kvHeads == 1, "heads", "all its heads share one for keys and values");
        Map<String, Weight> weights = all();
        for (int i = 0; i < layers; i++) {
            String attn = "blk." + i + ".attn_";
            Weight output = required(attn + "output.weight", -1, heads * valueDim);
            int[] kept = greatest(columns(output, inputs), group * valueDim, left);
            keepColumns(weights, output, spread(kept, group * valueDim));
            for (String part : new String[] {".weight", ".bias"}) {
                keepRows(weights, attn + "q" + part, heads * headDim, spread(kept, group * headDim), 1);
                keepRows(weights, attn + "k" + part, kvHeads * headDim, spread(kept, headDim), 1);
                keepRows(weights, attn + "v" + part, kvHeads * valueDim, spread(kept, valueDim), 1);
            }
        }
        Map<String, MetadataValue> keys = new LinkedHashMap<>(metadata.values());
        keys.put(prefix + "head_count", MetadataValue.of((long) left * group));
        keys.put(prefix + "head_count_kv", MetadataValue.of((long) left));
        keys.put(prefix + "key_length", MetadataValue.of((long) headDim));
        keys.put(prefix + "value_length", MetadataValue.of((long) valueDim));
        keys.putIfAbsent(architecture + ".rope.dimension_count", MetadataValue.of((long) headDim));
        return model.with(keys, weights);
    }

    private void refuse(boolean impossible, String what, String why) throws FormatException {
        if (impossible) {
            throw new FormatException(model.source(), what + " of " + architecture + " cannot be taken out: " + why);
        }
    }

    private Map<String, Weight> all() {
        Map<String, Weight> weights = new LinkedHashMap<>();
        for (Weight w : model.weights()) {
            weights.put(w.name(), w);
        }
        return weights;
    }

    private Weight required(String name, int rows, int cols) throws FormatException {
        Weight w = model.weight(name);
        if ((rows >= 0 && w.rows() != rows) || (cols >= 0 && w.cols() != cols)) {
            throw new FormatException(model.source(), w + " does not go with the model's hyperparameters");
        }
        return w;
    }

    /** {@code ‖x_j‖²·‖w_j‖²} of each column. */
    private static double[] columns(Weight w, InputObserver inputs) throws FormatException {
        float[] values = Floats.read(w);
        double[] importance = new double[w.cols()];
        for (int i = 0; i < values.length; i++) {
            importance[i % importance.length] += (double) values[i] * values[i];
        }
        InputStatistics seen = inputs.of(w);
        for (int j = 0; j < importance.length; j++) {
            importance[j] *= seen == null ? 0 : seen.squares()[j];
        }
        return importance;
    }

    /** Of groups of {@code size} columns, the {@code count} of greatest importance, in order. */
    private static int[] greatest(double[] importance, int size, int count) {
        double[] groups = new double[importance.length / size];
        for (int j = 0; j < importance.length; j++) {
            groups[j / size] += importance[j];
        }
        return IntStream.range(0, groups.length)
                .boxed()
                .sorted((a, b) -> groups[a] != groups[b] ? Double.compare(groups[b], groups[a]) : a - b)
                .limit(count)
                .mapToInt(i -> i)
                .sorted()
                .toArray();
    }

    /** The members of groups of {@code size}. */
    private static int[] spread(int[] groups, int size) {
        return Arrays.stream(groups)
                .flatMap(g -> IntStream.range(g * size, (g + 1) * size))
                .toArray();
    }

    private void keepColumns(Map<String, Weight> weights, Weight w, int[] kept) throws IOException {
        float[] values = Floats.read(w);
        float[] cut = new float[w.rows() * kept.length];
        for (int r = 0, to = 0; r < w.rows(); r++) {
            for (int j : kept) {
                cut[to++] = values[r * w.cols() + j];
            }
        }
        put(weights, w.name(), Floats.kept(w.type()), new long[] {w.rows(), kept.length}, cut);
    }

    /** Of a matrix of {@code times·count} rows, or a vector, in each of the parts; nothing where there is none. */
    private void keepRows(Map<String, Weight> weights, String name, int count, int[] kept, int times)
            throws IOException {
        Weight w = model.find(name);
        if (w == null) {
            return;
        }
        boolean vector = w.shape().length < 2;
        int width = vector ? 1 : w.cols();
        required(name, vector ? -1 : times * count, vector ? times * count : -1);
        float[] values = Floats.read(w);
        float[] cut = new float[times * kept.length * width];
        for (int part = 0, to = 0; part < times; part++) {
            for (int r : kept) {
                System.arraycopy(values, (part * count + r) * width, cut, to, width);
                to += width;
            }
        }
        long rows = (long) times * kept.length;
        put(weights, name, Floats.kept(w.type()), vector ? new long[] {rows} : new long[] {rows, width}, cut);
    }

    private void put(Map<String, Weight> weights, String name, TensorType type, long[] shape, float[] values)
            throws IOException {
        Weight cut = Floats.allocate(name, type, shape, scratch);
        Floats.write(values, cut, 0);
        weights.put(name, cut);
    }
}
