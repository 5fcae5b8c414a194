package dev.keiryo.template;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Real chat templates, against what Python's Jinja2 made of them. */
class ChatTemplatesTest {
    @Test
    void rendersEveryTemplateAsJinja2Does() throws IOException {
        Stream<Executable> cases = Files.readAllLines(TestData.path("chat-templates/expected.jsonl")).stream()
                .map(line -> () -> check(JsonText.readObject("expected.jsonl", line)));
        assertAll(cases);
    }

    private static void check(Map<String, @Nullable Object> given) throws IOException {
        String name = given.get("template") + ", " + given.get("case");
        String text = Files.readString(TestData.path("chat-templates/" + given.get("template")));
        Template template = Template.parse(name, text);
        Map<String, @Nullable Object> context = JsonText.readObject(name, JsonText.write(given.get("context")));
        LocalDateTime now = LocalDateTime.parse(String.valueOf(given.get("now")));
        if (given.containsKey("error")) {
            RaisedException e = assertThrows(RaisedException.class, () -> template.render(context, now), name);
            assertEquals(given.get("error"), e.getMessage(), name);
        } else {
            assertEquals(given.get("expected"), template.render(context, now), name);
        }
    }
}
