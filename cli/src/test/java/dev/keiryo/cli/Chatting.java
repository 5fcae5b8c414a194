package dev.keiryo.cli;

import static dev.keiryo.cli.Output.piped;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A conversation on the command line, by pipe. */
abstract class Chatting {
    static final String CHATML = """
            {%- for m in messages -%}
            {{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' -}}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
            {{- '<|im_start|>assistant\\n' -}}
            {%- endif -%}
            """;

    @TempDir
    Path folder = Path.of("");

    Path template = Path.of("");

    @BeforeEach
    void writeTemplate() throws IOException {
        template = Files.writeString(folder.resolve("chatml.jinja"), CHATML);
    }

    static String model() {
        return TestData.path("models/TinyStories-656K").toString();
    }

    Output chat(String input, String... options) {
        List<String> args = new ArrayList<>(List.of("chat", model(), "--chat-template", template.toString()));
        args.addAll(List.of(options));
        Output output = piped(input, args.toArray(String[]::new));
        assertEquals(0, output.exit(), output.err());
        return output;
    }

    static String turn(String role, String content) {
        return "<|im_start|>" + role + "\n" + content + "<|im_end|>\n";
    }

    JsonNode saved(String name) throws IOException {
        return JsonMapper.shared().readTree(folder.resolve(name));
    }
}
