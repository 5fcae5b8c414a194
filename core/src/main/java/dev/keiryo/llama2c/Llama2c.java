package dev.keiryo.llama2c;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.file.Cursor;
import dev.keiryo.file.MappedFile;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint of llama2.c: version 0 without magic number, version 1 (float32) or version 2 (int8), seen as a GGUF file
 * of architecture {@code llama}. The tokenizer is read from {@code tokN.bin} (for a vocabulary of N) or
 * {@code tokenizer.bin} beside it; where there is neither, the metadata have no {@code tokenizer} keys.
 *
 * <p>Source: {@code export.py}, {@code run.c} and {@code runq.c} of the llama2.c project.
 */
public final class Llama2c implements Checkpoint {
    private static final double RMS_EPSILON = 1e-5;
    private static final double ROPE_BASE = 10_000;

    private final String source;
    private final Arena arena;
    private final Metadata metadata;
    private final Map<String, Weight> weights;
    private boolean closed;

    private Llama2c(String source, Arena arena, Metadata metadata, Map<String, Weight> weights) {
        this.source = source;
        this.arena = arena;
        this.metadata = metadata;
        this.weights = Collections.unmodifiableMap(weights);
    }

    /**
     * Opens the checkpoint at {@code path}.
     *
     * @throws FormatException where it, or the tokenizer beside it, is not as llama2.c writes it
     */
    public static Llama2c open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            Cursor in = new Cursor(path.toString(), MappedFile.map(path, arena));
            Llama2cHeader header = Llama2cHeader.read(in);
            Map<String, Weight> weights = Llama2cWeights.read(header, in, arena);
            Map<String, MetadataValue> keys = keys(header);
            Path tokenizer = Llama2cTokenizer.beside(path, header.vocabSize());
            if (tokenizer != null) {
                keys.putAll(Llama2cTokenizer.read(tokenizer, header.vocabSize()));
            }
            return new Llama2c(path.toString(), arena, new Metadata(path.toString(), keys), weights);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static Map<String, MetadataValue> keys(Llama2cHeader header) {
        Map<String, MetadataValue> keys = new LinkedHashMap<>();
        keys.put("general.architecture", MetadataValue.of("llama"));
        keys.put("llama.vocab_size", MetadataValue.of((long) header.vocabSize()));
        keys.put("llama.context_length", MetadataValue.of((long) header.contextLength()));
        keys.put("llama.embedding_length", MetadataValue.of((long) header.dim()));
        keys.put("llama.block_count", MetadataValue.of((long) header.layers()));
        keys.put("llama.feed_forward_length", MetadataValue.of((long) header.hiddenDim()));
        keys.put("llama.attention.head_count", MetadataValue.of((long) header.heads()));
        keys.put("llama.attention.head_count_kv", MetadataValue.of((long) header.kvHeads()));
        keys.put("llama.attention.layer_norm_rms_epsilon", MetadataValue.of(RMS_EPSILON));
        keys.put("llama.rope.dimension_count", MetadataValue.of((long) header.headDim()));
        keys.put("llama.rope.freq_base", MetadataValue.of(ROPE_BASE));
        return keys;
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
        return weights.values();
    }

    @Override
    public @Nullable Weight find(String name) {
        return weights.get(name);
    }

    @Override
    public RopeLayout ropeLayout() {
        return RopeLayout.INTERLEAVED;
    }

    /** Unmaps the file. No weight may be used from then on, and none be in use. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            arena.close();
        }
    }
}
