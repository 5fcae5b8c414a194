package dev.keiryo.convert;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.NestedScales;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which tensors a GGUF file of a model holds, and of what each is made: llama.cpp's conventions. */
final class TensorPlan {
    /** Whose queries and keys GGUF holds with rotating pairs side by side. */
    private static final Set<String> INTERLEAVED = Set.of("llama", "granite");

    /** Whose output matrix llama.cpp demands, even where it equals the embedding. */
    private static final Set<String> NEVER_TIED = Set.of("gpt2", "phi3", "olmoe", "qwen2moe");

    private static final Pattern EXPERT = Pattern.compile("(blk\\.\\d+\\.ffn_(?:gate|up|down))\\.(\\d+)\\.weight");
    private static final Pattern QUERY_KEY = Pattern.compile("blk\\.\\d+\\.attn_([qk])\\.(?:weight|bias)");

    /** Of the mean. */
    private static final double LEAST_IMPORTANCE = 1e-4;

    /**
     * A tensor to write.
     *
     * @param parts in order of the outermost dimension: one, or the experts of a stack
     * @param heads where rows are to be reordered from halves to pairs: the heads they belong to; else 0
     * @param bits of whole numbers that weights are rounded to, with scales for {@code group} columns, or for a row where that is 0; 0:
     *     no whole numbers
     * @param importance of each column, or of each expert's columns in turn; null: all alike
     */
    record Entry(
            String name,
            TensorType type,
            long[] shape,
            List<Weight> parts,
            int heads,
            int bits,
            int group,
            float @Nullable [] importance) {
        /** Whether weights are rounded by {@link dev.keiryo.quantize.IntegerQuantizer}. */
        boolean integers() {
            return bits > 0;
        }

        /** Row {@code 2i + j} of a head is row {@code i + j·d/2} where its pairs are half a head apart. */
        long sourceRow(long row, long rows) {
            if (heads == 0) {
                return row;
            }
            long headDim = rows / heads;
            long within = row % headDim;
            return row - within + within / 2 + within % 2 * (headDim / 2);
        }

        /** Rows of all parts. */
        long rows() {
            return parts.stream().mapToLong(Weight::rows).sum();
        }

        /** The scales that go with blocks that are copied; null where there are none. */
        @Nullable
        NestedScales copiedScales() {
            return parts.size() == 1 && parts.getFirst().type() == type
                    ? parts.getFirst().scales()
                    : null;
        }
    }

    private final Checkpoint source;
    private final String architecture;
    private final ConvertOptions options;
    private final Recipe.Model model;
    private final Set<TypeRule> used = new HashSet<>();

    TensorPlan(Checkpoint source, ConvertOptions options) throws FormatException {
        this.source = source;
        this.architecture = source.metadata().architecture();
        this.options = options;
        int heads = firstLayers(".attention.head_count", 0);
        this.model = new Recipe.Model(
                architecture,
                source.metadata().integer(architecture + ".block_count", 0),
                decoderLayers(),
                source.metadata().integer(architecture + ".expert_count", 0),
                heads / Math.max(1, firstLayers(".attention.head_count_kv", heads)),
                !NEVER_TIED.contains(architecture) && source.find("output.weight") == null,
                options.importances() != Importances.NONE);
    }

    /** Of an encoder-decoder. */
    private int decoderLayers() throws FormatException {
        return architecture.equals("t5")
                ? source.metadata()
                        .integer(
                                architecture + ".decoder_block_count",
                                source.metadata().integer(architecture + ".block_count", 0))
                : 0;
    }

    /** A number that some models give layer by layer. */
    private int firstLayers(String key, int otherwise) throws FormatException {
        MetadataValue v = source.metadata().find(architecture + key);
        if (v != null && v.value() instanceof long[] layers) {
            return layers.length == 0 ? otherwise : (int) layers[0];
        }
        return source.metadata().integer(architecture + key, otherwise);
    }

    List<Entry> entries() throws FormatException {
        Map<String, Entry> all = new LinkedHashMap<>();
        Map<String, TreeMap<Integer, Weight>> stacks = new LinkedHashMap<>();
        for (Weight w : source.weights()) {
            Matcher expert = EXPERT.matcher(w.name());
            if (expert.matches()) {
                stacks.computeIfAbsent(expert.group(1) + "_exps.weight", n -> new TreeMap<>())
                        .put(Integer.parseInt(expert.group(2)), w);
            } else {
                all.put(w.name(), single(w.name(), w));
            }
        }
        for (Map.Entry<String, TreeMap<Integer, Weight>> stack : stacks.entrySet()) {
            all.put(stack.getKey(), stack(stack.getKey(), stack.getValue()));
        }
        Weight embedding = source.find("token_embd.weight");
        if (NEVER_TIED.contains(architecture) && embedding != null && !all.containsKey("output.weight")) {
            all.put("output.weight", single("output.weight", embedding));
        }
        for (TypeRule rule : options.rules()) {
            if (!used.contains(rule)) {
                throw new FormatException(
                        source.source(),
                        "no matrix has " + rule.pattern() + " in its name; inspect lists the names that there are");
            }
        }
        return new ArrayList<>(all.values());
    }

    private Entry single(String name, Weight w) throws FormatException {
        long[] shape = w.shape();
        if (name.endsWith("ffn_gate_inp_shexp.weight")) {
            shape = new long[] {w.count()};
        }
        return entry(name, shape, List.of(w), heads(w));
    }

    private Entry stack(String name, NavigableMap<Integer, Weight> experts) throws FormatException {
        int count = source.metadata().integer(architecture + ".expert_count");
        Weight first = experts.firstEntry().getValue();
        for (Map.Entry<Integer, Weight> e : experts.entrySet()) {
            Weight w = e.getValue();
            if (w.type() != first.type() || w.rows() != first.rows() || w.cols() != first.cols()) {
                throw new FormatException(source.source(), "tensors " + first + " and " + w + " cannot be stacked");
            }
        }
        if (experts.size() != count || experts.lastKey() != count - 1) {
            throw new FormatException(
                    source.source(), experts.size() + " experts are stored for " + name + "; there should be " + count);
        }
        long[] shape = {count, first.rows(), first.cols()};
        return entry(name, shape, List.copyOf(experts.values()), 0);
    }

    private Entry entry(String name, long[] shape, List<Weight> parts, int heads) throws FormatException {
        Weight first = parts.getFirst();
        Recipe recipe = options.recipe();
        TensorType type = (recipe == null ? Recipe.F16 : recipe).type(model, name, shape);
        if (recipe == null && type != TensorType.F32) {
            type = first.type();
        }
        TypeRule rule = Recipe.isMatrix(name, shape) ? rule(name) : null;
        if (options.finished().contains(name)) {
            return new Entry(name, first.type(), shape, parts, heads, 0, 0, null);
        }
        if (rule != null) {
            recipe = rule.type();
            type = recipe.type();
            if (first.cols() % type.blockSize() != 0) {
                throw new FormatException(
                        source.source(),
                        first + " cannot be of type " + recipe.label() + ": its rows are not whole blocks of "
                                + type.blockSize());
            }
        }
        int bits = recipe != null && type == recipe.type() ? recipe.bits() : 0;
        return new Entry(name, type, shape, parts, heads, bits, options.group(), importance(name, shape));
    }

    private @Nullable TypeRule rule(String name) {
        TypeRule first = null;
        for (TypeRule rule : options.rules()) {
            if (rule.pattern().matcher(name).find()) {
                used.add(rule);
                first = first == null ? rule : first;
            }
        }
        return first;
    }

    /** Never 0 where others are not: what the text at hand did not use is not free to become anything. */
    private float @Nullable [] importance(String name, long[] shape) throws FormatException {
        float[] of = options.importances().of(name);
        if (of == null || shape.length < 2) {
            return null;
        }
        long cols = shape[shape.length - 1];
        if (of.length != cols && (shape.length < 3 || of.length != shape[0] * cols)) {
            throw new FormatException(
                    source.source(),
                    "the importance of " + name + " is given for " + of.length + " columns, but it has " + cols
                            + "; it is another model's");
        }
        double sum = 0;
        for (float v : of) {
            if (!(v >= 0) || v == Float.POSITIVE_INFINITY) {
                throw new FormatException(source.source(), "the importance of a column of " + name + " is " + v);
            }
            sum += v;
        }
        float least = (float) (LEAST_IMPORTANCE * sum / of.length);
        float[] bounded = new float[of.length];
        for (int i = 0; i < of.length; i++) {
            bounded[i] = Math.max(of[i], least);
        }
        return sum == 0 ? null : bounded;
    }

    private int heads(Weight w) throws FormatException {
        if (source.ropeLayout() == null) {
            return 0;
        }
        boolean pairs = INTERLEAVED.contains(architecture);
        Matcher m = QUERY_KEY.matcher(w.name());
        if (source.ropeLayout() == RopeLayout.INTERLEAVED) {
            if (!pairs) {
                throw new FormatException(
                        source.source(), "architecture " + architecture + " cannot have rotating pairs side by side");
            }
            return 0;
        }
        if (!pairs || !m.matches()) {
            return 0;
        }
        int heads = source.metadata().integer(architecture + ".attention.head_count");
        if (m.group(1).equals("k")) {
            heads = source.metadata().integer(architecture + ".attention.head_count_kv", heads);
        }
        if (heads <= 0 || w.shape()[0] % (2L * heads) != 0) {
            throw new FormatException(source.source(), w + " has no rows for " + heads + " heads of even size");
        }
        return heads;
    }
}
