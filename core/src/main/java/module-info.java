/** Keiryo's engine: formats, tokenizers, architectures, kernels and generation. */
@org.jspecify.annotations.NullMarked
module dev.keiryo.core {
    requires static transitive org.jspecify;
    requires java.net.http;
    requires jdk.incubator.vector;
    requires tools.jackson.databind;

    exports dev.keiryo.cache;
    exports dev.keiryo.calibrate;
    exports dev.keiryo.chat;
    exports dev.keiryo.checkpoint;
    exports dev.keiryo.convert;
    exports dev.keiryo.cost;
    exports dev.keiryo.engine;
    exports dev.keiryo.file;
    exports dev.keiryo.generate;
    exports dev.keiryo.gguf;
    exports dev.keiryo.grammar.schema;
    exports dev.keiryo.grammar;
    exports dev.keiryo.hub;
    exports dev.keiryo.huggingface;
    exports dev.keiryo.kernel;
    exports dev.keiryo.lighten;
    exports dev.keiryo.llama2c;
    exports dev.keiryo.measure;
    exports dev.keiryo.measure.report;
    exports dev.keiryo.model;
    exports dev.keiryo.onnx;
    exports dev.keiryo.plan;
    exports dev.keiryo.prompt;
    exports dev.keiryo.prune;
    exports dev.keiryo.quantize;
    exports dev.keiryo.safetensors;
    exports dev.keiryo.synth;
    exports dev.keiryo.template;
    exports dev.keiryo.tensor;
    exports dev.keiryo.tokenizer;
    exports dev.keiryo;
}
