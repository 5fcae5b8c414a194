package dev.keiryo.cli;

import dev.keiryo.LanguageModel;
import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.calibrate.ImportanceMatrix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keiryo imatrix}: how much each column of a model's matrices matters. */
@Command(
        name = "imatrix",
        description = {
            "Computes an importance matrix: the mean square of what each column of each matrix is multiplied by on a text.",
            "keiryo convert --imatrix and llama-quantize --imatrix weigh errors by it."
        })
final class Imatrix implements Callable<Integer> {
    @Mixin
    private ModelArgument model = new ModelArgument();

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description =
                    "The file to write: NAME.gguf as newer versions of llama.cpp have it, any other name as older ones do.")
    private Path out = Path.of("");

    @Option(names = "--file", paramLabel = "F", required = true, description = "A UTF-8 text.")
    private Path file = Path.of("");

    @Option(
            names = "--ctx",
            paramLabel = "N",
            description = "Tokens that the model reads at once. Default: 512, or what the model was made for")
    private int context;

    @Option(names = "--chunks", paramLabel = "N", description = "Reads the first N chunks only.")
    private int chunks = Integer.MAX_VALUE;

    @Option(names = "--process-output", description = "The output matrix too.")
    private boolean output;

    @Override
    public Integer call() throws IOException {
        try (LanguageModel loaded = model.loadExact();
                ProgressBar bar = ProgressBar.onStandardError()) {
            CalibrationTexts texts = CalibrationText.read(loaded, file, context, chunks);
            int count = texts.texts().size();
            try {
                ImportanceMatrix.measured(
                                loaded.engine(),
                                texts,
                                output,
                                file.toString(),
                                done -> bar.stage("chunks", done, count))
                        .write(out);
            } catch (IllegalArgumentException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
        System.out.println(out);
        return 0;
    }
}
