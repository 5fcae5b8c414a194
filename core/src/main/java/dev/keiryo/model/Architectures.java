package dev.keiryo.model;

import dev.keiryo.FormatException;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The table of architectures, by GGUF's {@code general.architecture}: a new one is a file and a line here. */
public final class Architectures {
    private static final Map<String, Reader> ALL = new TreeMap<>();

    static {
        ALL.put("bert", Bert::read);
        ALL.put("falcon", Falcon::read);
        ALL.put("gemma", Gemma::read);
        ALL.put("gemma2", Gemma2::read);
        ALL.put("gemma3", Gemma3::read);
        ALL.put("gpt2", Gpt2::read);
        ALL.put("granite", Granite::read);
        ALL.put("llama", w -> w.integer("expert_count", 0) > 0 ? Mixtral.read(w) : Llama.read(w));
        ALL.put("mpt", Mpt::read);
        ALL.put("olmoe", Olmoe::read);
        ALL.put("phi3", Phi3::read);
        ALL.put("qwen2", Qwen2::read);
        ALL.put("qwen2moe", Qwen2Moe::read);
        ALL.put("qwen3", Qwen3::read);
        ALL.put("qwen3moe", Qwen3Moe::read);
        ALL.put("starcoder2", StarCoder2::read);
        ALL.put("t5", T5::read);
    }

    private Architectures() {}

    /** The known architectures. */
    public static Set<String> names() {
        return Collections.unmodifiableSet(ALL.keySet());
    }

    /** Reads the model in {@code weights}; an unknown architecture is an error that names the known ones. */
    public static Transformer read(Weights weights) throws FormatException {
        String name = weights.metadata().architecture();
        Reader reader = ALL.get(name);
        if (reader == null) {
            throw new FormatException(
                    weights.checkpoint().source(),
                    "architecture " + name + " is not known; known are " + String.join(", ", ALL.keySet()));
        }
        return reader.read(weights);
    }

    private interface Reader {
        Transformer read(Weights weights) throws FormatException;
    }
}
