package dev.keiryo.quantize;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * For static quantization of activations: of each matrix, the d that its inputs {@code x ≈ d·q} share, whatever the text. In GGUF they
 * are metadata, which other programs ignore: {@code keiryo.activation_scale.tensors}, names of tensors; {@code .values}, d of each in
 * that order; {@code .range}, how they were found.
 *
 * @param byTensor d by GGUF's name of the tensor, above 0 and finite; of stacked experts and fused matrices, one for the whole
 * @param range how they were found, for people
 */
public record ActivationScales(Map<String, Float> byTensor, String range) {
    private static final String TENSORS = "keiryo.activation_scale.tensors";
    private static final String VALUES = "keiryo.activation_scale.values";
    private static final String RANGE = "keiryo.activation_scale.range";

    public ActivationScales {
        byTensor = Collections.unmodifiableMap(new LinkedHashMap<>(byTensor));
        byTensor.forEach((name, d) -> {
            if (!(d > 0 && d < Float.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "the scale of inputs of " + name + " should be above 0, but is " + d);
            }
        });
    }

    /**
     * Those of a model's file.
     *
     * @throws FormatException where there are none, or they make no sense
     */
    public static ActivationScales read(Metadata metadata) throws FormatException {
        if (!metadata.has(TENSORS)) {
            throw new FormatException(
                    metadata.source(),
                    "holds no scales for int8-static activations (key " + TENSORS
                            + "); keiryo convert --activation-range finds and writes them");
        }
        String[] tensors = metadata.strings(TENSORS);
        double[] values = metadata.realsOrNull(VALUES);
        if (values == null || values.length != tensors.length) {
            throw new FormatException(
                    metadata.source(),
                    "key " + VALUES + " should have as many values as " + TENSORS + " (" + tensors.length
                            + "), but has " + (values == null ? 0 : values.length));
        }
        Map<String, Float> scales = new LinkedHashMap<>();
        for (int i = 0; i < tensors.length; i++) {
            if (scales.put(tensors[i], (float) values[i]) != null) {
                throw new FormatException(metadata.source(), "key " + TENSORS + " names " + tensors[i] + " twice");
            }
        }
        try {
            return new ActivationScales(scales, metadata.string(RANGE, "?"));
        } catch (IllegalArgumentException e) {
            throw new FormatException(metadata.source(), "key " + VALUES + ": " + e.getMessage());
        }
    }

    /** As a model's file holds them. */
    public Map<String, MetadataValue> metadata() {
        return Map.of(
                TENSORS,
                MetadataValue.of(byTensor.keySet().toArray(String[]::new)),
                VALUES,
                MetadataValue.of(byTensor.values().stream()
                        .mapToDouble(Float::doubleValue)
                        .toArray()),
                RANGE,
                MetadataValue.of(range));
    }

    /**
     * Of a layer's weight, which may be a part of a tensor.
     *
     * @param weight the name of a {@link dev.keiryo.tensor.Weight}
     * @throws FormatException where there is none
     */
    public float of(String weight) throws FormatException {
        int part = weight.indexOf('[');
        Float d = byTensor.get(part < 0 ? weight : weight.substring(0, part));
        if (d == null) {
            throw new FormatException(
                    weight,
                    "has no scale for its inputs among those of int8-static activations; use int8-token, or convert the"
                            + " model again with --activation-range");
        }
        return d;
    }
}
