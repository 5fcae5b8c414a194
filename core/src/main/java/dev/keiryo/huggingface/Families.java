package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The table of architectures, by the class that {@code config.json} names: a new one is a class and a line here. */
final class Families {
    private static final Map<String, Family> ALL = new TreeMap<>();

    static {
        put(new Llama(), "LlamaForCausalLM", "LLaMAForCausalLM", "MistralForCausalLM");
        put(new Mixtral(), "MixtralForCausalLM");
        put(new Qwen(Qwen.Generation.QWEN2), "Qwen2ForCausalLM");
        put(new Qwen(Qwen.Generation.QWEN3), "Qwen3ForCausalLM");
        put(new QwenMoe(Qwen.Generation.QWEN2), "Qwen2MoeForCausalLM");
        put(new QwenMoe(Qwen.Generation.QWEN3), "Qwen3MoeForCausalLM");
        put(new Olmoe(), "OlmoeForCausalLM");
        put(new Gemma(), "GemmaForCausalLM");
        put(new Gemma2(), "Gemma2ForCausalLM");
        put(new Gemma3(), "Gemma3ForCausalLM", "Gemma3ForConditionalGeneration");
        put(new Phi3(), "Phi3ForCausalLM");
        put(new Granite(), "GraniteForCausalLM");
        put(new Gpt2(), "GPT2LMHeadModel", "GPT2Model");
        put(new StarCoder2(), "Starcoder2ForCausalLM");
        put(new Falcon(), "FalconForCausalLM", "RWForCausalLM");
        put(new Mpt(), "MPTForCausalLM", "MptForCausalLM");
        put(new Bert(), "BertModel", "BertForMaskedLM", "BertForPreTraining");
        put(new T5(), "T5ForConditionalGeneration", "T5WithLMHeadModel", "MT5ForConditionalGeneration");
    }

    private Families() {}

    private static void put(Family family, String... names) {
        for (String name : names) {
            ALL.put(name, family);
        }
    }

    /** The family that {@code architectures} in {@code config} names. */
    static Family of(Config config) throws FormatException {
        List<String> names = config.texts("architectures");
        for (String name : names) {
            Family family = ALL.get(name);
            if (family != null) {
                return family;
            }
        }
        throw config.fault(
                "architectures",
                (names.isEmpty() ? "is missing" : "is " + names) + "; known are " + String.join(", ", ALL.keySet()));
    }
}
