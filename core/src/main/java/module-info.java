/** Keiryo's engine: formats, tokenizers, architectures, kernels and generation. */
@org.jspecify.annotations.NullMarked
module dev.keiryo.core {
    requires static transitive org.jspecify;
    requires java.net.http;
    requires jdk.incubator.vector;
    requires tools.jackson.databind;

    exports dev.keiryo;
    exports dev.keiryo.checkpoint;
    exports dev.keiryo.gguf;
    exports dev.keiryo.llama2c;
    exports dev.keiryo.safetensors;
    exports dev.keiryo.tensor;
    exports dev.keiryo.tokenizer;
}
