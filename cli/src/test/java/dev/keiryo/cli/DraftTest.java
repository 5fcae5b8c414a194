package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo run --draft}, and what stands before a chain's samplers. */
class DraftTest {
    private static Output run(String... options) {
        String model = TestData.path("models/TinyStories-656K").toString();
        List<String> args = new ArrayList<>(List.of("run", model, "-t", "1", "-p", "One day a cat saw a cat. One day"));
        args.addAll(List.of(options));
        return keiryo(args.toArray(String[]::new));
    }

    private static JsonNode json(String... options) {
        List<String> args = new ArrayList<>(List.of(options));
        args.addAll(List.of("--json", "-n", "40", "--seed", "7"));
        Output output = run(args.toArray(String[]::new));
        assertEquals(0, output.exit(), output.err());
        return JsonMapper.shared().readTree(output.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"lookup", "skip", "skip:1", "same", "stories260K/stories260K.bin"})
    void guessesChangeNothingAndAreCounted(String how) {
        String draft = how.equals("same")
                ? TestData.path("models/TinyStories-656K").toString()
                : how.contains("/") ? TestData.path("models/" + how).toString() : how;
        String plain = json().get("text").asString();
        JsonNode ahead = json("--draft", draft, "--draft-tokens", "3", "--draft-always");
        assertEquals(plain, ahead.get("text").asString());
        JsonNode drafts = ahead.get("drafts");
        assertTrue(drafts.get("guessed").asInt() > 0, ahead.toString());
        assertTrue(drafts.get("passes").asInt() + drafts.get("accepted").asInt() >= 39, ahead.toString());
        assertFalse(json().has("drafts"));
    }

    @Test
    void theSummarySaysHowManyWereRight() {
        String err = run("--draft", "lookup", "--draft-branches", "2", "-n", "20", "--greedy")
                .err();
        assertTrue(err.matches("(?s).*; guessed \\d+, accepted \\d+ \\([0-9.]+%\\), [0-9.]+ tokens a pass.*"), err);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--draft skip:5",
                "--draft skip:x",
                "--draft skip:0-1",
                "--draft skip --draft-branches 2",
                "--draft lookup --draft-tokens 65",
                "--draft lookup --best-of 2",
                "--draft lookup --chain contrastive:k=4",
                "--draft-tokens 3"
            })
    void wrongUseIsSaidInALine(String options) {
        Output output = run(options.split(" "));
        assertEquals(2, output.exit(), output.err());
        assertTrue(output.err().contains("draft"), output.err());
    }

    @Test
    void chainsBeginWithGuidanceDolaOrContrastiveSearch() {
        String plain = json("--greedy").get("text").asString();
        for (String source : List.of("cfg:scale=2,negative=\"A dog\"", "dola:0|1", "contrastive:k=4,alpha=0.8")) {
            String chain = source + (source.startsWith("contrastive") ? "" : ";greedy");
            JsonNode json = json("--chain", chain);
            assertEquals(chain, json.get("chain").asString());
            assertFalse(json.get("text").asString().equals(plain), source);
        }
    }

    @Test
    void sampleShowsWhatGuidanceMakes() {
        String model = TestData.path("models/TinyStories-656K").toString();
        String out = done("sample", model, "-p", "Once upon a", "--chain", "cfg:2;top_k:3", "--json")
                .out();
        JsonNode links = JsonMapper.shared().readTree(out).get("links");
        assertEquals("cfg:scale=2", links.get(0).get("link").asString());
        assertEquals(2048, links.get(0).get("count").asInt());
        assertEquals(3, links.get(1).get("count").asInt());
        String file = TestData.path("golden/samplers.jsonl").toString();
        assertEquals(
                2,
                keiryo("sample", "--logits", file, "--chain", "cfg:2;top_k:3").exit());
    }
}
