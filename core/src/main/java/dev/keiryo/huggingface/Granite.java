package dev.keiryo.huggingface;

import dev.keiryo.FormatException;

/** Granite 3: Llama with four factors. */
final class Granite extends Llama {
    @Override
    public String architecture() {
        return "granite";
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        super.describe(c, d);
        d.real("attention.scale", c.real("attention_multiplier", 1));
        d.real("embedding_scale", c.real("embedding_multiplier", 1));
        d.real("residual_scale", c.real("residual_multiplier", 1));
        d.real("logit_scale", c.real("logits_scaling", 1));
    }
}
