package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code keiryo convert}. */
class ConvertTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aConvertedModelTellsTheSameStory() {
        Path gguf = folder.resolve("model.gguf");
        for (String model : List.of(Models.tinyStories(), Models.stories260K())) {
            done("convert", model, gguf.toString());
            String[] story = {"-p", "Once upon a time", "-n", "40", "--greedy", "--quiet"};
            assertEquals(
                    done(with(model, story)).out(),
                    done(with(gguf.toString(), story)).out());
        }
    }

    private static String[] with(String model, String... story) {
        String[] args = new String[story.length + 2];
        args[0] = "run";
        args[1] = model;
        System.arraycopy(story, 0, args, 2, story.length);
        return args;
    }
}
