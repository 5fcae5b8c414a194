package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** What all commands share: help, exit codes and errors, styles. */
class CommandLineTest {
    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(
            strings = {"run", "tokenize", "logits", "inspect", "convert", "pull", "synth", "bench", "tokenizer-train"})
    void everyCommandHasHelp(String command) {
        Output output = done(command, "--help");
        assertTrue(output.out().startsWith("Usage: keiryo " + command), output.out());
    }

    @Test
    void wrongUsageExitsWithTwo() {
        for (String[] args : List.of(
                new String[] {},
                new String[] {"dance"},
                new String[] {"run", "--nonsense"},
                new String[] {"run", Models.stories260K()},
                new String[] {"run", Models.stories260K(), "-p", "x", "--temp", "-1"},
                new String[] {"run", Models.stories260K(), "-p", "x", "--temp", "NaN"},
                new String[] {"run", Models.stories260K(), "-p", "x", "--ctx", "-1"},
                new String[] {"run", Models.stories260K(), "-p", "x", "--stop", ""},
                new String[] {"inspect", Models.stories260K(), "--ctx", "-5"},
                new String[] {"logits", Models.stories260K(), "--tokens", "1", "--top", "-1"},
                new String[] {"tokenize", Models.stories260K(), "-", "--text", "x"},
                new String[] {"run", Models.stories260K(), "-p", "x", "--threads", "0"},
                new String[] {"logits", Models.stories260K(), "--tokens", "1,99999"},
                new String[] {"logits", Models.stories260K(), "--tokens", "1", "--decoder-tokens", "1"},
                new String[] {"synth", "tiny", folder + "/x.gguf"},
                new String[] {"synth", "tiny", folder + "/x.gguf", "--type", "q8_0", "--heads", "3"},
                new String[] {"synth", "tiny", folder + "/x.gguf", "--type", "q8_0", "--layers", "-3"},
                new String[] {"synth", "tiny", folder + "/x.gguf", "--type", "q8_0", "--threads", "0"},
                new String[] {"bench", "--shape", "tiny"},
                new String[] {"bench", Models.stories260K(), "--type", "q8_0"},
                new String[] {"bench", Models.stories260K(), "--shape", "tiny", "--type", "q8_0"})) {
            Output output = keiryo(args);
            assertEquals(2, output.exit(), Arrays.toString(args) + output.err());
            assertTrue(output.err().startsWith("keiryo: "), output.err());
        }
    }

    @Test
    void failuresExitWithOneAndOneLine() throws IOException {
        Path broken = folder.resolve("broken.gguf");
        Files.write(
                broken, Arrays.copyOf(Files.readAllBytes(TestData.path("golden/architectures/llama-gqa.gguf")), 5000));
        Path unknown = folder.resolve("unknown.bin");
        Files.writeString(unknown, "not a model at all");
        for (String model : List.of("/no/such/file.gguf", broken.toString(), unknown.toString(), folder.toString())) {
            Output output = keiryo("run", model, "-p", "x");
            assertEquals(1, output.exit(), output.err());
            assertEquals(1, output.err().lines().count(), output.err());
            assertTrue(output.err().startsWith("keiryo: "), output.err());
            assertEquals("", output.out());
        }
        String[] tooLong = {"run", Models.stories260K(), "-p", "a long story", "--ctx", "3"};
        String[] noVocabulary = {
            "run", TestData.path("golden/architectures/bert.gguf").toString(), "-p", "x"
        };
        String[] vocabularyOnly = {
            "tokenize", TestData.path("models/stories260K/tok512.bin").toString(), "--text", "x"
        };
        String[] noTokenizer = {"tokenize", TestData.path("corpora").toString(), "--text", "x"};
        String[] noFolder = {"convert", Models.stories260K(), "/no/such/folder/model.gguf"};
        Output cut = keiryo("inspect", broken.toString());
        assertTrue(cut.err().contains("cut or corrupted"), cut.err());
        for (String[] args : List.of(tooLong, noVocabulary, vocabularyOnly, noTokenizer, noFolder)) {
            Output output = keiryo(args);
            assertEquals(1, output.exit(), output.err());
            assertEquals("keiryo: ", output.err().lines().toList().getLast().substring(0, 8), output.err());
            assertEquals("", output.out());
        }
        assertTrue(
                keiryo("run", "/no/such/file.gguf", "-p", "x", "--debug").err().contains("\tat "));
    }

    @Test
    void onlyATerminalThatCanGetsStyles() {
        assertTrue(Style.wanted(true, Map.of("TERM", "xterm")));
        assertFalse(Style.wanted(false, Map.of("TERM", "xterm")));
        assertFalse(Style.wanted(true, Map.of("TERM", "xterm", "NO_COLOR", "1")));
        assertFalse(Style.wanted(true, Map.of("TERM", "dumb")));
        assertEquals("text", Style.DIM.of("text", false));
        assertEquals("\u001b[2mtext\u001b[0m", Style.DIM.of("text", true));
    }

    @Test
    void japaneseTextSurvives() {
        assertTrue(done("run", Models.stories260K(), "-p", "日本語のテキスト", "-n", "1", "--greedy", "--quiet")
                .out()
                .startsWith("日本語のテキスト"));
        assertArrayEquals(
                new int[] {1},
                JsonMapper.shared()
                        .readTree(done("tokenize", Models.stories260K(), "--text", "語", "--json")
                                .out())
                        .get("tokens")
                        .valueStream()
                        .limit(1)
                        .mapToInt(t -> t.get("id").asInt())
                        .toArray());
    }
}
