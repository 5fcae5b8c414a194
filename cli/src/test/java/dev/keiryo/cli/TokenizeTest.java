package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo tokenize} and {@code tokenizer-train}. */
class TokenizeTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void tokenizeGivesIdsPiecesAndJson() throws IOException {
        String ids = Models.tinyStoriesGolden()
                .get("prompt_tokens")
                .valueStream()
                .map(JsonNode::asString)
                .collect(Collectors.joining(" "));
        assertEquals(
                ids,
                done("tokenize", Models.tinyStories(), "--text", "Once upon a time", "--ids")
                        .out()
                        .strip());
        JsonNode json = JsonMapper.shared()
                .readTree(done("tokenize", Models.tinyStories(), "--text", "Once upon a time", "--json", "--no-special")
                        .out());
        assertEquals(5, json.get("count").asInt());
        assertEquals(16, json.get("characters").asInt());
        assertTrue(done("tokenize", Models.tinyStories(), "--text", "Once upon a time")
                .out()
                .endsWith("6 tokens, 16 characters, 2.67 characters per token\n"));
    }

    @Test
    void tokenizeReadsStandardInput() {
        InputStream in = System.in;
        System.setIn(new ByteArrayInputStream("Once upon a time".getBytes(StandardCharsets.UTF_8)));
        try {
            assertEquals(
                    done("tokenize", Models.tinyStories(), "--text", "Once upon a time", "--ids")
                            .out(),
                    done("tokenize", Models.tinyStories(), "-", "--ids").out());
        } finally {
            System.setIn(in);
        }
    }

    @Test
    void aTrainedTokenizerCanBeUsed() throws IOException {
        Path corpus = folder.resolve("corpus.txt");
        Files.writeString(corpus, "the cat sat on the mat. the rat sat on the cat. 猫がいる。猫が鳴く。\n".repeat(20));
        for (String type : List.of("bpe", "unigram")) {
            Path out = folder.resolve(type);
            done("tokenizer-train", corpus.toString(), "--type", type, "--vocab", "300", "--out", out.toString());
            JsonNode json = JsonMapper.shared()
                    .readTree(done("tokenize", out.toString(), "--text", "the cat 猫", "--json", "--no-special")
                            .out());
            assertTrue(json.get("count").asInt() < 9, json.toString());
        }
    }
}
