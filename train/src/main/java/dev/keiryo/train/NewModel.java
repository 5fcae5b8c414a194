package dev.keiryo.train;

import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ShapeCheckpoint;
import dev.keiryo.train.tape.Parameters;
import java.util.LinkedHashMap;
import java.util.Map;

/** A model of a shape that knows nothing yet. */
public final class NewModel {
    /** The model's, in spite of its name: llama.cpp reads by it how many rows {@code token_types} has. */
    private static final String SEGMENTS = "tokenizer.ggml.token_type_count";

    private NewModel() {}

    /**
     * @param tokenizer metadata that has a tokenizer's keys, which the model takes over; its size is the shape's vocabulary
     */
    public static Parameters of(ModelShape shape, String name, Metadata tokenizer, Initialization start) {
        return of(shape, name, tokenizer, start, Map.of());
    }

    /**
     * As {@link #of(ModelShape, String, Metadata, Initialization)}, with tensors that the shape does not have.
     *
     * @param further by name: a head's, {@link dev.keiryo.model.MaskedLm#tensors}
     */
    public static Parameters of(
            ModelShape shape, String name, Metadata tokenizer, Initialization start, Map<String, long[]> further) {
        ShapeCheckpoint plan = new ShapeCheckpoint(shape, Recipe.F32);
        Map<String, MetadataValue> keys = new LinkedHashMap<>(plan.metadata().values());
        keys.keySet().removeIf(key -> key.startsWith("tokenizer.") && !key.equals(SEGMENTS));
        tokenizer.values().forEach((key, value) -> {
            if (key.startsWith("tokenizer.")) {
                keys.put(key, value);
            }
        });
        keys.put("general.name", MetadataValue.of(name));
        keys.remove("general.description");
        Parameters parameters = Parameters.blank(plan, new Metadata(name, keys), further);
        start.fill(parameters, shape.layers());
        return parameters;
    }
}
