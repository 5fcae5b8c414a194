package dev.keiryo.cli;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.quantize.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keiryo convert}: any model to GGUF. */
@Command(name = "convert", description = "Writes a model as GGUF, which llama.cpp loads too.")
final class Convert implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "A Hugging Face folder, a llama2.c checkpoint, a GGUF file, or ORG/NAME on the hub.")
    private String in;

    @Parameters(index = "1", paramLabel = "OUT.gguf", description = "The file to write.")
    private Path out;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            converter = RecipeType.class,
            completionCandidates = RecipeType.class,
            description = "Type of the matrices: ${COMPLETION-CANDIDATES}. Default: as the source stores them")
    private @Nullable Recipe recipe;

    @Override
    public Integer call() throws IOException {
        try (Checkpoint checkpoint = Checkpoints.open(ModelArgument.resolve(in));
                ProgressBar bar = ProgressBar.onStandardError()) {
            boolean[] begun = {false};
            GgufConverter.convert(checkpoint, out, recipe, (tensor, done, total) -> {
                if (!begun[0]) {
                    bar.begin(1, total);
                    begun[0] = true;
                }
                bar.update(out.toString(), done, total);
            });
        }
        System.out.println(out);
        return 0;
    }
}
