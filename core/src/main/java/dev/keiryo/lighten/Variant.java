package dev.keiryo.lighten;

import dev.keiryo.calibrate.QuantizationMethod;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import java.io.IOException;
import java.util.TreeMap;

/**
 * A way to make a model smaller.
 *
 * @param types the recipe's name, or {@code auto} and bits a weight for types that were searched for
 * @param options what becomes of which matrix
 * @param tensorBytes of all tensors then
 * @param fileBytes of the file
 */
record Variant(String types, QuantizationMethod method, ConvertOptions options, long tensorBytes, long fileBytes) {
    static Variant of(String types, QuantizationMethod method, ConvertOptions options, Checkpoint model)
            throws IOException {
        long bytes = GgufConverter.plan(model, options).values().stream()
                .mapToLong(GgufConverter.Planned::bytes)
                .sum();
        return new Variant(types, method, options, bytes, GgufConverter.fileBytes(model, options));
    }

    Variant with(QuantizationMethod other) {
        return new Variant(types, other, options, tensorBytes, fileBytes);
    }

    /** Tells variants of {@code model} apart: the name, and a number for what becomes of all tensors. */
    String key(Checkpoint model) throws IOException {
        int number =
                new TreeMap<>(GgufConverter.plan(model, options)).toString().hashCode();
        return name() + " " + Integer.toHexString(number);
    }

    /** {@code q4_k_m}, {@code q4_k_m gptq}. */
    String name() {
        return method == QuantizationMethod.NEAREST ? types : types + " " + method.label();
    }
}
