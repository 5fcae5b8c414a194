package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import java.util.List;

/** Gemma 2. */
final class Gemma2 implements Family {
    @Override
    public String architecture() {
        return "gemma2";
    }

    @Override
    public boolean tiedByDefault() {
        return true;
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        Llama.shape(c, d);
        c.oneOf("hidden_activation", "gelu_pytorch_tanh");
        c.expect("use_bidirectional_attention", false);
        RopeKeys.describe(c, d, Llama.headDim(c), 10_000);
        d.real("attention.scale", 1 / Math.sqrt(c.real("query_pre_attn_scalar")));
        d.real("attn_logit_softcapping", c.real("attn_logit_softcapping", 0));
        d.real("final_logit_softcapping", c.real("final_logit_softcapping", 0));
        d.count("attention.sliding_window", c.count("sliding_window"));
        List<String> types = c.texts("layer_types");
        for (int i = 0; i < types.size(); i++) {
            if (!types.get(i).equals(i % 2 == 0 ? "sliding_attention" : "full_attention")) {
                throw c.fault("layer_types", "should alternate, sliding_attention first; layer " + i + " does not");
            }
        }
    }

    @Override
    public TensorNames names(Config c) {
        return Gemma.sandwich(TensorNames.gatedDecoder());
    }
}
