package dev.keiryo.template;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * Snippets of the language, against what Python's Jinja2 made of them; {@code jinja2-vectors.md} says how the vectors were
 * obtained.
 */
class Jinja2VectorsTest {
    @Test
    void rendersEverySnippetAsJinja2Does() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(Jinja2VectorsTest.class.getResourceAsStream("jinja2-vectors.jsonl"))) {
            String[] lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n");
            Map<String, @Nullable Object> context = JsonText.readObject("context", lines[0]);
            Stream<Executable> cases =
                    Stream.of(lines).skip(1).map(line -> () -> check(JsonText.readObject("vectors", line), context));
            assertAll(cases);
        }
    }

    private static void check(Map<String, @Nullable Object> vector, Map<String, @Nullable Object> context) {
        String text = String.valueOf(vector.get("template"));
        String found;
        try {
            Template template = Template.parse("snippet", text);
            found = template.render(context, LocalDateTime.of(2026, 1, 15, 12, 0));
        } catch (RaisedException e) {
            found = "raised: " + e.getMessage();
        } catch (FormatException e) {
            found = vector.containsKey("error") ? "error" : "error: " + e.getMessage();
        }
        Object expected = vector.containsKey("raised")
                ? "raised: " + vector.get("raised")
                : vector.containsKey("error") ? "error" : vector.get("text");
        assertEquals(expected, found, text);
    }
}
