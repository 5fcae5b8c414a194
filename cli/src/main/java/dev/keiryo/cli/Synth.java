package dev.keiryo.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code keiryo synth}: a model of a real shape with random weights. */
@Command(
        name = "synth",
        description = "Writes a model of a known shape with random weights as GGUF, to measure speed with.")
final class Synth implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "SHAPE",
            description = "The model to take after: ${COMPLETION-CANDIDATES}",
            completionCandidates = ShapeOptions.ShapeNames.class)
    private String shape;

    @Parameters(index = "1", paramLabel = "OUT.gguf", description = "The file to write.")
    private Path out;

    @Mixin
    private SyntheticModel model = new SyntheticModel();

    @Mixin
    private Threads threads = new Threads();

    @Override
    public Integer call() throws IOException {
        model.write(shape, out, threads.count());
        System.out.println(out);
        return 0;
    }
}
