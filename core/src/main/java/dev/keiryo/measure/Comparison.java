package dev.keiryo.measure;

import dev.keiryo.engine.ActivationType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Models measured side by side on one text.
 *
 * @param text its name
 * @param definition how it was cut; null for encoders, which read it line by line
 * @param activations what inputs of quantized weights were rounded to, in all models
 * @param prompt that samples continue; empty for encoders
 * @param models at least one, the reference first
 */
public record Comparison(
        String text,
        @Nullable PerplexityDefinition definition,
        ActivationType activations,
        String prompt,
        List<ComparedModel> models) {
    public Comparison {
        models = List.copyOf(models);
        if (models.isEmpty()) {
            throw new IllegalArgumentException("there are no models to compare");
        }
    }

    public ComparedModel reference() {
        return models.getFirst();
    }
}
