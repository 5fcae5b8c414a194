package dev.keiryo.synth;

import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.Family.Trait;
import java.util.LinkedHashMap;
import java.util.Map;

/** The GGUF keys of a shape, under which Keiryo and llama.cpp read it. */
final class ModelKeys {
    private static final long MEAN_POOLING = 1;

    private final Map<String, MetadataValue> keys = new LinkedHashMap<>();
    private final String prefix;

    private ModelKeys(ModelShape shape) {
        prefix = shape.family().architecture() + ".";
    }

    static Metadata of(ModelShape shape, Recipe recipe, long seed) {
        ModelKeys k = new ModelKeys(shape);
        k.keys.put("general.architecture", MetadataValue.of(shape.family().architecture()));
        // llama.cpp takes a model named phi-3 to have Phi-3's control tokens, so the shape's name is no part of it
        k.keys.put("general.name", MetadataValue.of("synthetic"));
        k.keys.put(
                "general.description",
                MetadataValue.of("random weights of seed " + seed + " in the shape of " + shape.name()));
        k.keys.put("general.file_type", MetadataValue.of((long) recipe.fileType()));
        k.keys.put("general.quantization_version", MetadataValue.of(2L));
        k.hyperparameters(shape);
        SyntheticVocabulary.describe(shape.vocabulary(), shape.has(Trait.ENCODER), k.keys);
        return new Metadata(shape.name(), k.keys);
    }

    private void hyperparameters(ModelShape s) {
        count("context_length", s.context());
        count("embedding_length", s.hidden());
        count("block_count", s.layers());
        count("feed_forward_length", s.ffn());
        count("vocab_size", s.vocabulary());
        count("attention.head_count", s.heads());
        count("attention.head_count_kv", s.kvHeads());
        count("attention.key_length", s.headDim());
        count("attention.value_length", s.headDim());
        real(
                s.has(Trait.LAYER_NORMS) ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon",
                s.epsilon());
        if (s.has(Trait.ENCODER_DECODER)) {
            count("decoder_block_count", s.layers());
            count("decoder_start_token_id", 0);
            count("attention.relative_buckets_count", TensorPlan.BUCKETS);
        } else if (!s.has(Trait.POSITIONS)) {
            count("rope.dimension_count", s.headDim());
            real("rope.freq_base", s.ropeBase());
        }
        if (s.experts() > 0) {
            count("expert_count", s.experts());
            count("expert_used_count", s.expertsUsed());
        }
        if (s.window() > 0) {
            count("attention.sliding_window", s.window());
        }
        if (s.has(Trait.SOFTCAPS)) {
            real("attn_logit_softcapping", 50);
            real("final_logit_softcapping", 30);
        }
        if (s.has(Trait.ENCODER)) {
            keys.put(prefix + "attention.causal", MetadataValue.of(false));
            count("pooling_type", MEAN_POOLING);
        }
    }

    private void count(String key, long n) {
        keys.put(prefix + key, MetadataValue.of(n));
    }

    private void real(String key, double x) {
        keys.put(prefix + key, MetadataValue.of(x));
    }
}
