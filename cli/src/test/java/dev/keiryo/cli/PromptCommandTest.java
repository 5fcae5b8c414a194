package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PromptCommandTest {
    @TempDir
    private Path folder = Path.of("");

    private String file = "";

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("p.json"), """
                        {"instruction": "Name the colour.", "context": ["The ball is red. The car is blue."],
                         "examples": [{"input": "the sky", "output": "blue"}, {"input": "a lemon", "output": "yellow"}],
                         "input": "the ball"}
                        """).toString();
    }

    private static String model() {
        return TestData.path("models/TinyStories-656K").toString();
    }

    @Test
    void theTokensOfEachPartAreCounted() {
        JsonNode whole = JsonMapper.shared()
                .readTree(done("prompt", file, model(), "--json").out());
        int sum = 0;
        for (JsonNode part : whole.get("parts")) {
            sum += part.asInt();
        }
        assertEquals(whole.get("tokens").asInt(), sum);
        String text = whole.get("text").asString();
        assertEquals(text + "\n", done("prompt", file, model(), "--text").out());
        int tokens = done("tokenize", model(), "--text", text, "--literal", "--ids")
                .out()
                .split(" ", -1)
                .length;
        assertEquals(tokens, whole.get("tokens").asInt());
        assertTrue(done("prompt", file, model()).out().endsWith(tokens + " tokens\n"));
    }

    @Test
    void aBudgetIsKeptOrRefused() {
        String out = done("prompt", file, model(), "--budget", "70").out();
        assertTrue(out.matches("(?s).*together +\\d+ tokens of 70; \\d examples? left out.*"), out);
        String context = done("prompt", file, model(), "--budget", "80", "--shrink", "context,examples")
                .out();
        assertTrue(context.contains("characters of context left out"), context);
        Output refused = keiryo("prompt", file, model(), "--budget", "10");
        assertEquals(1, refused.exit());
        assertTrue(refused.err().contains("but the budget is 10; raise it by "), refused.err());
        assertEquals(2, keiryo("prompt", file, model(), "--shrink", "input").exit());
        assertEquals(2, keiryo("prompt", file, model(), "--budget", "0").exit());
        assertEquals(
                1,
                keiryo("prompt", folder.resolve("none.json").toString(), model())
                        .exit());
    }

    @Test
    void aTemplateMakesTurnsOfTheExamples() {
        String template =
                TestData.path("chat-templates/Qwen-Qwen2.5-7B-Instruct.jinja").toString();
        JsonNode json = JsonMapper.shared()
                .readTree(done("prompt", file, model(), "--chat-template", template, "--json")
                        .out());
        String text = json.get("text").asString();
        assertTrue(text.contains("<|im_start|>assistant\nblue<|im_end|>\n<|im_start|>user\n"), text);
        assertTrue(text.endsWith("<|im_start|>assistant\n"), text);
        assertEquals(
                2,
                keiryo("prompt", file, model(), "--chat-template", template, "--plain")
                        .exit());
        assertEquals(
                done("prompt", file, model(), "--plain").out(),
                done("prompt", file, model()).out());
    }
}
