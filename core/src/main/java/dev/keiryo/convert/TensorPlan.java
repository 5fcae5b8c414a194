package dev.keiryo.convert;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.util.ArrayList;
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

    /**
     * A tensor to write.
     *
     * @param parts in order of the outermost dimension: one, or the experts of a stack
     * @param heads where rows are to be reordered from halves to pairs: the heads they belong to; else 0
     */
    record Entry(String name, TensorType type, long[] shape, List<Weight> parts, int heads) {}

    private final Checkpoint source;
    private final String architecture;
    private final @Nullable Recipe recipe;
    private final Recipe.Model model;

    /** @param recipe null: what the source has */
    TensorPlan(Checkpoint source, @Nullable Recipe recipe) throws FormatException {
        this.source = source;
        this.architecture = source.metadata().architecture();
        this.recipe = recipe;
        this.model = new Recipe.Model(
                architecture,
                source.metadata().integer(architecture + ".block_count", 0),
                source.metadata().integer(architecture + ".expert_count", 0),
                !NEVER_TIED.contains(architecture) && source.find("output.weight") == null);
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
        return new ArrayList<>(all.values());
    }

    private Entry single(String name, Weight w) throws FormatException {
        long[] shape = w.shape();
        if (name.endsWith("ffn_gate_inp_shexp.weight")) {
            shape = new long[] {w.count()};
        }
        return new Entry(name, type(name, shape, w), shape, List.of(w), heads(w));
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
        return new Entry(name, type(name, shape, first), shape, List.copyOf(experts.values()), 0);
    }

    private TensorType type(String name, long[] shape, Weight w) {
        TensorType planned = (recipe == null ? Recipe.F16 : recipe).type(model, name, shape);
        return recipe == null && planned != TensorType.F32 ? w.type() : planned;
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
