package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.safetensors.Safetensors;
import dev.keiryo.safetensors.SafetensorsTensor;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A Hugging Face model folder, seen under GGUF's keys and tensor names. Weights are memory-mapped as they are stored;
 * only where GGUF's layout differs (GPT-2's transposed matrices, Falcon's fused projections, Gemma's norms) a tensor is
 * copied, when it is first asked for. Of the tokenizer the metadata has only the tokens that end a generated text,
 * {@code tokenizer.ggml.eos_token_ids}.
 *
 * <p>Thread-safe; weights live until {@link #close()}.
 */
public final class HuggingFace implements Checkpoint {
    private static final String EMBEDDING = "token_embd.weight";
    private static final String OUTPUT = "output.weight";

    private record Stored(Weight weight, Arrangement arrangement) {}

    private final Path folder;
    private final Safetensors file;
    private final Arena arena;
    private final Metadata metadata;
    private final Map<String, Stored> stored;
    private final Map<String, Weight> arranged = new LinkedHashMap<>();
    private boolean closed;

    private HuggingFace(Path folder, Safetensors file, Arena arena, Metadata metadata, Map<String, Stored> stored) {
        this.folder = folder;
        this.file = file;
        this.arena = arena;
        this.metadata = metadata;
        this.stored = stored;
    }

    /**
     * Opens a folder with {@code config.json} and {@code model.safetensors}, or several files and their index.
     *
     * @param path the folder, or the safetensors file or index in it
     * @throws FormatException where the architecture, or something in its configuration that changes the result, is not
     *     known, or a tensor is missing or unknown
     */
    public static HuggingFace open(Path path) throws IOException {
        Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().resolveSibling("");
        Config root = Config.read(folder.resolve("config.json"));
        Family family = Families.of(root);
        Config config = family.text(root);
        root.expectNone("quantization_config");
        config.expectNone("quantization_config");
        Description d = new Description(family.architecture());
        family.describe(config, d);
        GenerationTokens.describe(folder, List.of(root, config), d);
        TensorNames names = family.names(config);
        Arena arena = Arena.ofShared();
        Safetensors file = Safetensors.open(path);
        try {
            Map<String, Stored> stored = stored(file, names);
            d.vectors()
                    .forEach((name, values) -> stored.put(name + ".weight", vector(arena, name + ".weight", values)));
            if (family.hasOutput()) {
                tie(config, config.flag("tie_word_embeddings", family.tiedByDefault()), stored);
            }
            return new HuggingFace(folder, file, arena, new Metadata(folder.toString(), d.keys()), stored);
        } catch (IOException | RuntimeException e) {
            file.close();
            arena.close();
            throw e;
        }
    }

    private static Stored vector(Arena arena, String name, float[] values) {
        Weight w = new Weight(
                name,
                TensorType.F32,
                new long[] {values.length},
                Matrix.row(arena, values).data());
        return new Stored(w, new Arrangement.AsStored());
    }

    private static Map<String, Stored> stored(Safetensors file, TensorNames names) throws FormatException {
        Map<String, Stored> all = new LinkedHashMap<>();
        Map<String, Stored> copies = new LinkedHashMap<>();
        TreeSet<String> unknown = new TreeSet<>();
        for (SafetensorsTensor t : file.tensors()) {
            if (names.ignores(t.name())) {
                continue;
            }
            TensorNames.Target target = names.target(t.name());
            if (target == null) {
                unknown.add(t.name());
                continue;
            }
            Stored s = new Stored(t.weight(target.name()), target.arrangement());
            s.arrangement.check(s.weight);
            if (target.copy()) {
                copies.putIfAbsent(target.name(), s);
            } else if (all.put(target.name(), s) != null) {
                throw new FormatException(file.source(), "tensor " + t.name() + " is stored under another name too");
            }
        }
        if (!unknown.isEmpty()) {
            throw new FormatException(
                    file.source(),
                    unknown.size() + " tensors are not known in this architecture, the first being " + unknown.first());
        }
        copies.forEach(all::putIfAbsent);
        return all;
    }

    /** One matrix for embedding and output, whichever of the two names it is stored under. */
    private static void tie(Config config, boolean tied, Map<String, Stored> stored) throws FormatException {
        Stored output = stored.get(OUTPUT);
        if (tied) {
            stored.remove(OUTPUT);
            if (!stored.containsKey(EMBEDDING) && output != null) {
                Weight w = output.weight;
                stored.put(
                        EMBEDDING,
                        new Stored(new Weight(EMBEDDING, w.type(), w.shape(), w.data()), output.arrangement));
            }
        } else if (output == null && config.has("tie_word_embeddings")) {
            throw config.fault("tie_word_embeddings", "is false, but no output matrix (lm_head.weight) is stored");
        }
    }

    /** The folder, where the tokenizer's files are too. */
    public Path folder() {
        return folder;
    }

    /**
     * The folder's tokenizer and chat template under GGUF's {@code tokenizer.*} keys, padded to as many tokens as the
     * embedding has rows.
     *
     * @throws FormatException where GGUF cannot express the tokenizer
     */
    public Map<String, MetadataValue> tokenizerMetadata() throws IOException {
        return tokenizerMetadata(folder, weight(EMBEDDING).rows());
    }

    /**
     * The tokenizer and chat template of {@code folder}, which need not hold a model, under GGUF's {@code tokenizer.*}
     * keys.
     *
     * @param tokens to pad the vocabulary to
     * @throws FormatException where GGUF cannot express the tokenizer, or it has more tokens
     */
    public static Map<String, MetadataValue> tokenizerMetadata(Path folder, int tokens) throws IOException {
        return TokenizerMetadata.read(folder, tokens);
    }

    @Override
    public String source() {
        return folder.toString();
    }

    @Override
    public Metadata metadata() {
        return metadata;
    }

    @Override
    public Collection<Weight> weights() {
        List<Weight> all = new ArrayList<>(stored.size());
        for (String name : stored.keySet()) {
            Weight w = find(name);
            if (w != null) {
                all.add(w);
            }
        }
        return all;
    }

    @Override
    public synchronized @Nullable Weight find(String name) {
        Stored s = stored.get(name);
        return s == null ? null : arranged.computeIfAbsent(name, n -> s.arrangement.apply(s.weight, arena));
    }

    /** Hugging Face's order; no row is moved. */
    @Override
    public RopeLayout ropeLayout() {
        return RopeLayout.HALVES;
    }

    /** Unmaps the files. No weight may be used from then on, and none be in use. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            file.close();
            arena.close();
        }
    }
}
