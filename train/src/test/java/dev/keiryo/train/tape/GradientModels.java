package dev.keiryo.train.tape;

import java.util.List;

/** The golden models whose gradients are checked whole: eleven architectures. */
final class GradientModels {
    private GradientModels() {}

    static List<String> names() {
        return List.of(
                "bert",
                "gemma2",
                "gemma3",
                "gpt2",
                "llama-gqa",
                "llama-rope-yarn",
                "llama-tied",
                "llama3-ropefreqs",
                "mixtral",
                "mpt",
                "olmoe",
                "qwen2",
                "qwen3",
                "t5");
    }
}
