package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.onnx.Onnx;
import dev.keiryo.safetensors.Safetensors;
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
 * A Hugging Face model folder, or an ONNX file exported from one, seen under GGUF's keys and tensor names. Weights are memory-mapped as they are stored;
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
    private final String source;
    private final Source file;
    private final Arena arena;
    private final Metadata metadata;
    private final Map<String, Stored> stored;
    private final Map<String, Weight> arranged = new LinkedHashMap<>();
    private boolean closed;

    private HuggingFace(
            Path folder, String source, Source file, Arena arena, Metadata metadata, Map<String, Stored> stored) {
        this.folder = folder;
        this.source = source;
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
        Config config = Config.read(folder.resolve("config.json"));
        Safetensors file = Safetensors.open(path);
        List<Named> tensors = file.tensors().stream()
                .map(t -> new Named(t.name(), t::weight, false))
                .toList();
        return of(folder, folder.toString(), config, file::close, tensors);
    }

    /**
     * Opens an ONNX export of BERT or what embeds sentences with it. Without a {@code config.json} beside it, its numbers are read off
     * the weights and the program.
     *
     * @throws FormatException where it is another model's, or quantized in a way that is not known
     */
    public static HuggingFace openOnnx(Path path) throws IOException {
        Path folder = path.toAbsolutePath().resolveSibling("");
        Onnx file = Onnx.open(path);
        Config config;
        List<Named> tensors;
        try {
            List<Onnx.Parameter> parameters = file.parameters();
            Path beside = folder.resolve("config.json");
            config = Files.exists(beside) ? Config.read(beside) : OnnxBert.config(file, parameters);
            tensors = parameters.stream()
                    .map(p -> new Named(p.weight().name(), as -> renamed(p.weight(), as), p.isTransposed()))
                    .toList();
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        return of(folder, path.toString(), config, file::close, tensors);
    }

    private static Weight renamed(Weight w, String as) {
        return new Weight(as, w.type(), w.shape(), w.data());
    }

    /**
     * A tensor under its name in the file, which gives it any other.
     *
     * @param isTransposed whether the file holds it otherwise than Hugging Face does
     */
    private record Named(String name, Renaming weight, boolean isTransposed) {
        private interface Renaming {
            Weight as(String name) throws FormatException;
        }
    }

    /** Closed without an exception that must be caught. */
    private interface Source extends AutoCloseable {
        @Override
        void close();
    }

    /** Takes over {@code file}, also where this fails. */
    private static HuggingFace of(Path folder, String source, Config root, Source file, List<Named> tensors)
            throws IOException {
        Arena arena = Arena.ofShared();
        try {
            Family family = Families.of(root);
            Config config = family.text(root);
            root.expectNone("quantization_config");
            config.expectNone("quantization_config");
            Description d = new Description(family.architecture());
            family.describe(config, d);
            GenerationTokens.describe(folder, List.of(root, config), d);
            Map<String, Stored> stored = stored(source, tensors, family.names(config));
            d.vectors()
                    .forEach((name, values) -> stored.put(name + ".weight", vector(arena, name + ".weight", values)));
            if (family.hasOutput()) {
                tie(config, config.flag("tie_word_embeddings", family.tiedByDefault()), stored);
            }
            return new HuggingFace(folder, source, file, arena, new Metadata(source, d.keys()), stored);
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

    private static Map<String, Stored> stored(String source, List<Named> tensors, TensorNames names)
            throws FormatException {
        Map<String, Stored> all = new LinkedHashMap<>();
        Map<String, Stored> copies = new LinkedHashMap<>();
        TreeSet<String> unknown = new TreeSet<>();
        for (Named t : tensors) {
            if (names.ignores(t.name)) {
                continue;
            }
            TensorNames.Target target = names.target(t.name);
            if (target == null) {
                unknown.add(t.name);
                continue;
            }
            Stored s = new Stored(
                    t.weight.as(target.name()), t.isTransposed ? new Arrangement.Transposed() : target.arrangement());
            s.arrangement.check(s.weight);
            if (target.copy()) {
                copies.putIfAbsent(target.name(), s);
            } else if (all.put(target.name(), s) != null) {
                throw new FormatException(source, "tensor " + t.name + " is stored under another name too");
            }
        }
        if (!unknown.isEmpty()) {
            throw new FormatException(
                    source,
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
                stored.put(EMBEDDING, new Stored(renamed(w, EMBEDDING), output.arrangement));
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
        return source;
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
