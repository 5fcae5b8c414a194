package dev.keiryo;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Where to start.
 *
 * <pre>{@code
 * try (var model = Keiryo.load(Path.of("model.gguf"))) {
 *     model.generate("Once upon a time", GenerateOptions.DEFAULT, text -> {
 *         System.out.print(text);
 *         return true;
 *     });
 * }
 * }</pre>
 */
public final class Keiryo {
    private Keiryo() {}

    /** Loads a model to compute with one thread for each core. */
    public static LanguageModel load(Path path) throws IOException {
        return load(path, EngineOptions.defaults());
    }

    /**
     * Loads a model: a GGUF file, a Hugging Face folder or a llama2.c checkpoint. Its weights are memory-mapped.
     *
     * @param options how to compute
     * @throws FormatException where the file is not what its format demands, or holds what Keiryo does not know
     */
    public static LanguageModel load(Path path, EngineOptions options) throws IOException {
        Checkpoint checkpoint = Checkpoints.open(path);
        Engine engine = Engine.open(checkpoint, options);
        try {
            return new LanguageModel(engine, TokenizerFiles.of(path, checkpoint.metadata()));
        } catch (IOException | RuntimeException e) {
            engine.close();
            throw e;
        }
    }
}
