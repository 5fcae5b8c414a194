package dev.keiryo.generate;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;

/** How a model's tokens are drawn where nobody says otherwise: a chain that its file may carry under {@value #KEY}. */
public final class SamplerDefaults {
    /** A chain as {@link SamplerChain#parse} reads it. */
    public static final String KEY = "keiryo.sampler_chain";

    private SamplerDefaults() {}

    /**
     * The model's own chain, or {@code usual} where it carries none.
     *
     * @throws FormatException where it carries something else than a chain
     */
    public static SamplerChain of(Metadata metadata, SamplerChain usual) throws FormatException {
        String text = metadata.stringOrNull(KEY);
        if (text == null) {
            return usual;
        }
        try {
            return SamplerChain.parse(text);
        } catch (IllegalArgumentException e) {
            throw new FormatException(metadata.source(), "key " + KEY + ": " + e.getMessage(), e);
        }
    }
}
