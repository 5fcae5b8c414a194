package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
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

    /** A model's name, and the samplers that are used where nobody names any. */
    @Test
    void aModelMayAskForSamplers() {
        String gguf = folder.resolve("model.gguf").toString();
        done("convert", Models.stories260K(), gguf, "--name", "bard", "--chain", "min_p:0.1;temp:0.5");
        assertTrue(done("inspect", gguf, "--json").out().contains("bard"));
        String[] run = {"run", gguf, "-p", "Once", "-n", "3", "--show-chain", "--seed", "1"};
        assertTrue(
                done(run).err().startsWith("sampler chain: min_p:0.1;temp:0.5; seed 1\n"),
                done(run).err());
        assertTrue(done(with(run, "--temp", "0.3")).err().startsWith("sampler chain: min_p:0.1;temp:0.3; seed 1\n"));
        assertTrue(done(with(run, "--preset", "chat")).err().startsWith("sampler chain: penalties"));
        Output chat = Output.piped("/params\n", "chat", gguf);
        assertTrue((chat.out() + chat.err()).contains("min_p:0.1;temp:0.5"), chat.out() + chat.err());
        assertEquals(
                2,
                Output.keiryo("convert", Models.stories260K(), gguf, "--chain", "dice")
                        .exit());
    }

    private static String[] with(String model, String... story) {
        String[] args = new String[story.length + 2];
        args[0] = "run";
        args[1] = model;
        System.arraycopy(story, 0, args, 2, story.length);
        return args;
    }

    /** Types that were searched for fill the size that was asked for; what was measured on the way is gone. */
    @Test
    void choosesTypesBySize() throws IOException {
        Path text = folder.resolve("text");
        Files.writeString(
                text,
                Files.readString(TestData.path("corpora/en/sherlock-holmes.txt"))
                        .substring(0, 9000));
        Path gguf = folder.resolve("model.gguf");
        done(
                "convert",
                Models.stories260K(),
                gguf.toString(),
                "--type",
                "auto",
                "--budget",
                "275kB",
                "--corpus",
                text.toString(),
                "--ctx",
                "128",
                "--method",
                "gptq");
        long size = Files.size(gguf);
        assertTrue(size <= 275_000 && size > 270_000, size + " bytes");
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(2, files.count());
        }
    }

    @Test
    void saysWhatAutoNeeds() {
        String[] line = {
            "convert", Models.stories260K(), folder.resolve("o.gguf").toString(), "--type", "auto"
        };
        assertEquals(2, Output.keiryo(line).exit());
        assertEquals(2, Output.keiryo(with(line, "--bits", "5")).exit());
        assertEquals(
                2,
                Output.keiryo(with(line, "--bits", "5", "--budget", "1MB", "--corpus", "f"))
                        .exit());
        assertEquals(2, Output.keiryo("convert", "m", "o.gguf", "--bits", "5").exit());
        assertEquals(
                2, Output.keiryo("convert", "m", "o.gguf", "--type", "q9_k").exit());
    }

    private static String[] with(String[] line, String... more) {
        return Stream.concat(Stream.of(line), Stream.of(more)).toArray(String[]::new);
    }
}
