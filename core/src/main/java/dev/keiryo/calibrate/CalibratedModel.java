package dev.keiryo.calibrate;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.huggingface.HuggingFace;
import dev.keiryo.quantize.Importances;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model some of whose tensors a calibrated method has replaced, to be written by {@link dev.keiryo.convert.GgufConverter}. What it is
 * made of stays its owners' and must stay open.
 */
public final class CalibratedModel implements Checkpoint {
    private static final String TOKENIZER = "tokenizer.ggml.model";

    private final Checkpoint source;
    private final Metadata metadata;
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final Set<String> finished;
    private final Importances importances;

    /**
     * @param replaced in place of the source's tensors of the same names
     * @param finished which of them are to be copied as they are
     * @param importances for the others
     */
    CalibratedModel(Checkpoint source, Collection<Weight> replaced, Set<String> finished, Importances importances)
            throws IOException {
        this.source = source;
        Map<String, MetadataValue> keys = new LinkedHashMap<>(source.metadata().values());
        if (!keys.containsKey(TOKENIZER) && source instanceof HuggingFace folder) {
            keys.putAll(folder.tokenizerMetadata());
        }
        this.metadata = new Metadata(source.source(), keys);
        for (Weight w : source.weights()) {
            weights.put(w.name(), w);
        }
        for (Weight w : replaced) {
            weights.put(w.name(), w);
        }
        this.finished = Set.copyOf(finished);
        this.importances = importances;
    }

    /** Names of tensors that are quantized already. */
    public Set<String> finished() {
        return finished;
    }

    /** By which errors of the others are to be weighed. */
    public Importances importances() {
        return importances;
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
