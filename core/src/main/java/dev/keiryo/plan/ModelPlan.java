package dev.keiryo.plan;

import dev.keiryo.FormatException;
import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.KvType;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.cost.CacheLayout;
import dev.keiryo.cost.Cost;
import dev.keiryo.generate.Generator;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What running a model takes, found by going through its own forward pass with an interpreter that only counts
 * ({@link Cost}), so that the plan cannot drift from the code. Owns its checkpoint.
 */
public final class ModelPlan implements AutoCloseable {
    /** What the Java runtime and this program take before a model is opened. */
    private static final long RUNTIME_BYTES = 130L << 20;
    /** What a token of the vocabulary takes on the heap: its text, in both directions, and what finds merges. */
    private static final long VOCABULARY_BYTES = 700;

    private static final Pattern PART = Pattern.compile("(blk|enc\\.blk|dec\\.blk)\\.(\\d+)\\..*");

    private final Checkpoint checkpoint;
    private final Arena arena = Arena.ofShared();
    private final Transformer transformer;
    private final CacheLayout layout;

    /** Takes over {@code checkpoint}, also where this fails. */
    public ModelPlan(Checkpoint checkpoint) throws FormatException {
        this.checkpoint = checkpoint;
        try {
            this.transformer = Architectures.read(new Weights(checkpoint, arena));
            this.layout = CacheLayout.of(transformer);
        } catch (FormatException | RuntimeException e) {
            close();
            throw e;
        }
    }

    public Checkpoint checkpoint() {
        return checkpoint;
    }

    public Transformer transformer() {
        return transformer;
    }

    public long parameters() {
        return checkpoint.weights().stream().mapToLong(Weight::count).sum();
    }

    /**
     * Bytes of all weights.
     *
     * @param recipe what they would be stored as; null: as they are
     */
    public long weightBytes(@Nullable Recipe recipe) throws FormatException {
        return tensorBytes(recipe).values().stream().mapToLong(Long::longValue).sum();
    }

    private Map<String, Long> tensorBytes(@Nullable Recipe recipe) throws FormatException {
        Map<String, Long> bytes = new LinkedHashMap<>();
        if (recipe == null) {
            checkpoint.weights().forEach(w -> bytes.put(w.name(), w.data().byteSize()));
        } else {
            GgufConverter.plan(checkpoint, ConvertOptions.of(recipe))
                    .forEach((name, planned) -> bytes.put(name, planned.bytes()));
        }
        return bytes;
    }

    /** Bytes of the keys and values of a text of {@code context} tokens. Layers with a window keep only that, and two pages. */
    public long cacheBytes(int context, KvType type) {
        return layout.slots().subList(0, transformer.shape().cacheSlots()).stream()
                .mapToLong(slot -> cacheBytes(slot, context, type))
                .sum();
    }

    private static long cacheBytes(CacheLayout.Slot slot, int context, KvType type) {
        long held =
                slot.window() == 0 ? context : Math.min(context, slot.window() + Generator.PREFILL + 2L * KvCache.PAGE);
        return Math.ceilDiv(held, KvCache.PAGE) * slot.pageBytes(type);
    }

    /** Intermediate results while a prompt of {@code context} tokens is read, a chunk at a time. */
    public long activationBytes(int context) {
        return Cost.of(transformer, chunk(context)).activationBytes();
    }

    private int chunk(int context) {
        return transformer.kind() == Transformer.Kind.DECODER ? Math.min(context, Generator.PREFILL) : context;
    }

    /** The most memory that a process holds which runs the model on a text of {@code context} tokens: the resident set. */
    public long processBytes(@Nullable Recipe recipe, int context, KvType type) throws FormatException {
        return weightBytes(recipe)
                + cacheBytes(context, type)
                + activationBytes(context)
                + RUNTIME_BYTES
                + VOCABULARY_BYTES * transformer.shape().vocabulary();
    }

    /**
     * Tokens a second that memory allows at most when one text is written: every token needs all weights that it uses, and all
     * keys and values before it.
     *
     * @param bytesPerSecond reading memory
     */
    public double decodeLimit(@Nullable Recipe recipe, int context, KvType type, double bytesPerSecond)
            throws FormatException {
        Cost token = Cost.of(transformer, 1);
        double share = (double) weightBytes(recipe) / weightBytes(null);
        return bytesPerSecond / (token.weightBytes() * share + cacheBytes(context, type));
    }

    /**
     * Tokens a second of a prompt that arithmetic allows at most.
     *
     * @param flopsPerSecond multiply-adds count two
     */
    public double prefillLimit(int context, double flopsPerSecond) {
        int chunk = chunk(context);
        return flopsPerSecond * chunk / Cost.of(transformer, chunk).flops();
    }

    /** The parts that can be in different places, in the order in which a forward pass meets them. */
    public List<Placement.Part> parts(@Nullable Recipe recipe, int context, KvType type) throws FormatException {
        Map<String, Long> bytes = new LinkedHashMap<>();
        Map<String, Long> last = new LinkedHashMap<>();
        // what comes before the layers, the layers by number, what comes behind them
        tensorBytes(recipe).forEach((name, size) -> {
            Matcher m = PART.matcher(name);
            boolean output = name.startsWith("output");
            String part = m.matches() ? m.group(1) + "." + m.group(2) : output ? "output" : "token_embd";
            (output ? last : bytes).merge(part, size, Long::sum);
        });
        List<CacheLayout.Slot> slots =
                layout.slots().subList(0, transformer.shape().cacheSlots());
        for (int i = 0; i < slots.size(); i++) {
            for (String prefix : List.of("blk.", "dec.blk.")) {
                long cache = cacheBytes(slots.get(i), context, type);
                bytes.computeIfPresent(prefix + i, (name, size) -> size + cache);
            }
        }
        bytes.putAll(last);
        List<Placement.Part> parts = new ArrayList<>();
        bytes.entrySet().stream()
                .sorted((a, b) -> Integer.compare(order(a.getKey()), order(b.getKey())))
                .forEach(e -> parts.add(new Placement.Part(e.getKey(), e.getValue())));
        return parts;
    }

    /** Layers by number between what comes before and behind them; an encoder before a decoder. */
    private static int order(String part) {
        if (part.equals("token_embd")) {
            return -1;
        }
        if (part.equals("output")) {
            return Integer.MAX_VALUE;
        }
        int number = Integer.parseInt(part.substring(part.lastIndexOf('.') + 1));
        return part.startsWith("dec.") ? number + (1 << 20) : number;
    }

    @Override
    public void close() {
        arena.close();
        checkpoint.close();
    }
}
