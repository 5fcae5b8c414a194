package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.train.data.TokenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo data}. */
class DataTest {
    @TempDir
    private Path folder = Path.of("");

    private String texts() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            lines.append("{\"data\":{\"body\":\"Once upon a time there was a cat that had ")
                    .append(i)
                    .append(" friends, and friend number ")
                    .append(i * i)
                    .append(" was the best of them all, a bird with wings as blue as day ")
                    .append(7 * i)
                    .append(".\"}}\n");
        }
        Path sources = Files.createDirectories(folder.resolve("sources"));
        Files.writeString(sources.resolve("a.jsonl"), lines);
        return sources.toString();
    }

    @Test
    void writesTokensAndACard() throws IOException {
        Path out = folder.resolve("out");
        String[] command = {
            "data",
            texts(),
            "--out",
            out.toString(),
            "--tokenizer",
            Models.tinyStories(),
            "--field",
            "data.body",
            "--validation",
            "0.3",
            "--filters",
            "nfkc,length=20..,exact,near=0.95,pii",
            "--licence",
            "*.jsonl=own work"
        };
        String text = done(command).out();
        assertTrue(text.startsWith("1 file, 40 documents, "), text);
        assertTrue(text.contains("exact") && text.contains("characters per token"), text);
        try (TokenFile train = TokenFile.open(out.resolve("train.tokens"));
                TokenFile validation = TokenFile.open(out.resolve("validation.tokens"))) {
            assertEquals(40, train.documents() + validation.documents());
            assertTrue(validation.documents() > 3 && validation.documents() < 25);
            String[] withJson = Arrays.copyOf(command, command.length + 1);
            withJson[command.length] = "--json";
            JsonNode card = JsonMapper.shared().readTree(done(withJson).out());
            assertEquals(train.tokens(), card.at("/train/tokens").asLong());
            assertEquals("own work", card.at("/sources/0/licence").asString());
            assertEquals(5, card.get("steps").size());
        }
        assertTrue(Files.readString(out.resolve("card.md")).contains("own work"));
    }

    @Test
    void mistakesAreOneLine() throws IOException {
        String out = folder.resolve("out").toString();
        String source = texts();
        for (String[] wrong : new String[][] {
            {"--filters", "htlm"},
            {"--documents", "paragraphs"},
            {"--validation", "1.5"},
            {"--piece", "3"},
            {"--field", "a..b"},
            {"--licence", "[=x"}
        }) {
            Output output =
                    keiryo("data", source, "--out", out, "--tokenizer", Models.tinyStories(), wrong[0], wrong[1]);
            assertEquals(2, output.exit(), output.err());
            assertEquals(1, output.err().lines().count(), output.err());
        }
        Output missing = keiryo("data", source, "--out", out, "--tokenizer", Models.tinyStories());
        assertEquals(1, missing.exit());
        assertTrue(missing.err().contains("a.jsonl, line 1: has no field text, but data"), missing.err());
        assertFalse(Files.exists(Path.of(out, "train.tokens")));
        Output absent = keiryo("data", source + "/absent", "--out", out, "--tokenizer", Models.tinyStories());
        assertEquals(1, absent.exit());
        assertTrue(absent.err().contains("no such file or folder"), absent.err());
    }

    @Test
    void anEmptyValidationSetIsSaid() throws IOException {
        String file = Files.writeString(folder.resolve("one.txt"), "Once upon a time there was a cat.")
                .toString();
        Output output = done(
                "data",
                file,
                "--out",
                folder.resolve("o").toString(),
                "--tokenizer",
                Models.tinyStories(),
                "--validation",
                "0.000001");
        assertTrue(output.err().contains("--documents paragraph"), output.err());
    }
}
