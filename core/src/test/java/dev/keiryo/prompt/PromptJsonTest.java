package dev.keiryo.prompt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.Hostile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptJsonTest {
    private static final String ALL = """
            {"system": "S", "instruction": ["Do", "it."], "constraints": ["a", "b"], "outputFormat": "F",
             "context": ["plain", {"title": "T", "text": "titled"}], "language": "ja",
             "examples": [{"input": "i", "rationale": "r", "output": "o"}],
             "selection": {"method": "diverse", "count": 2, "lambda": 0.25, "similarity": "overlap"},
             "reasoning": "hybrid", "input": "I"}""";

    static Stream<byte[]> samples() {
        return Stream.of(
                ALL.getBytes(StandardCharsets.UTF_8),
                "{\"instruction\":\"x\",\"selection\":{\"method\":\"random\",\"seed\":3}}"
                        .getBytes(StandardCharsets.UTF_8));
    }

    private static Prompt read(String json) throws IOException {
        return PromptJson.read("p.json", json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void allKeys() throws IOException {
        assertEquals(
                new Prompt(
                        "S",
                        "Do\nit.",
                        List.of("a", "b"),
                        "F",
                        List.of(new Passage("", "plain"), new Passage("T", "titled")),
                        List.of(new Example("i", "r", "o")),
                        new ExampleSelection.Diverse(2, 0.25, Similarity.OVERLAP),
                        Reasoning.HYBRID,
                        "I",
                        Language.JA),
                read(ALL));
        assertEquals(Prompt.of("翻訳して。"), read("{\"instruction\": \"翻訳して。\"}"));
        assertEquals(
                new ExampleSelection.Drawn(Integer.MAX_VALUE, 3),
                read("{\"instruction\":\"x\",\"selection\":{\"method\":\"random\",\"seed\":3}}")
                        .selection());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | has no instruction",
                "{\"instruction\": \"x\", \"tone\": \"y\"} | there is no key tone",
                "{\"instruction\": 3} | instruction should be a string",
                "{\"instruction\": \"x\", \"reasoning\": \"deep\"} | there is no reasoning deep; there are none, steps",
                "{\"instruction\": \"x\", \"reasoning\": \"rationales\"} | needs examples",
                "{\"instruction\": \"x\", \"examples\": [{\"input\": \"a\"}]} | needs an input and an output",
                "{\"instruction\": \"x\", \"selection\": {\"method\": \"diverse\", \"lambda\": 2}} | lambda should be",
                "{\"instruction\": \"x\", \"selection\": {\"lambda\": 1e999}} | out of range",
                "{\"instruction\": \"x\", \"instruction\": \"y\"} | given twice",
                "{\"instruction\": \"x\"} 1 | something follows",
                "[] | the prompt should be an object",
            })
    void faultsAreNamed(String json, String expected) {
        Hostile.refused(expected, () -> read(json));
    }

    @Test
    void damagedFilesAreRefused() throws IOException {
        Hostile hostile = new Hostile(file -> PromptJson.read("p.json", file), 4 << 20);
        byte[] whole = samples().findFirst().orElseThrow();
        hostile.everyPrefix(whole);
        hostile.byteFlips(whole, 500, 1);
    }
}
