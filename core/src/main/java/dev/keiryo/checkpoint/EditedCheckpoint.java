package dev.keiryo.checkpoint;

import dev.keiryo.huggingface.HuggingFace;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model as stored but for what was changed of it. What it is made from stays its owners', and must stay open. */
public final class EditedCheckpoint implements Checkpoint {
    private static final String TOKENIZER = "tokenizer.ggml.model";

    private final Checkpoint source;
    private final Metadata metadata;
    private final Map<String, Weight> weights;

    private EditedCheckpoint(Checkpoint source, Map<String, MetadataValue> metadata, Map<String, Weight> weights) {
        this.source = source;
        this.metadata = new Metadata(source.source(), metadata);
        this.weights = weights;
    }

    /** The same model. Its metadata holds the tokenizer, wherever that came from. */
    public static EditedCheckpoint of(Checkpoint source) throws IOException {
        Map<String, MetadataValue> keys = new LinkedHashMap<>(source.metadata().values());
        if (!keys.containsKey(TOKENIZER) && source instanceof HuggingFace folder) {
            keys.putAll(folder.tokenizerMetadata());
        }
        Map<String, Weight> weights = new LinkedHashMap<>();
        for (Weight w : source.weights()) {
            weights.put(w.name(), w);
        }
        return new EditedCheckpoint(source, keys, weights);
    }

    /** With other keys and tensors. */
    public EditedCheckpoint with(Map<String, MetadataValue> newMetadata, Map<String, Weight> newWeights) {
        return new EditedCheckpoint(source, newMetadata, newWeights);
    }

    /** With a tensor in place of that of its name. */
    public void replace(Weight w) {
        weights.put(w.name(), w);
    }

    /** With a key's value. */
    public EditedCheckpoint with(String key, MetadataValue value) {
        Map<String, MetadataValue> keys = new LinkedHashMap<>(metadata.values());
        keys.put(key, value);
        return new EditedCheckpoint(source, keys, weights);
    }

    @Override
    public String source() {
        return source.source();
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
    public @Nullable RopeLayout ropeLayout() {
        return source.ropeLayout();
    }

    @Override
    public void close() {}
}
