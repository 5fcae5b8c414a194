package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code keiryo chat-template}. */
class ChatTemplateCommandTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void chatTemplatePrintsTheRenderingAndNothingElse() throws IOException {
        String qwen =
                TestData.path("chat-templates/Qwen-Qwen2.5-7B-Instruct.jinja").toString();
        Path context = Files.writeString(
                folder.resolve("context.json"),
                "{\"messages\": [{\"role\": \"system\", \"content\": \"S\"}, {\"role\": \"user\", \"content\": \"日本\"}]}");
        String rendered = "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\n日本<|im_end|>\n";
        assertEquals(
                rendered,
                done("chat-template", qwen, "--context", context.toString()).out());
        String gemma =
                TestData.path("chat-templates/google-gemma-2-2b-it.jinja").toString();
        assertEquals(
                new Output(1, "", "System role not supported\n"),
                keiryo("chat-template", gemma, "--context", context.toString()));
        Path clock = Files.writeString(folder.resolve("clock.jinja"), "{{ strftime_now('%d %b %Y') }}\n");
        assertEquals(
                "15 Jan 2026",
                done("chat-template", clock.toString(), "--context", context.toString(), "--now", "2026-01-15T12:00:00")
                        .out());
        Output wrong = keiryo("chat-template", clock.toString(), "--context", context.toString(), "--now", "noon");
        assertEquals(2, wrong.exit());
        Path faulty = Files.writeString(folder.resolve("faulty.jinja"), "a\n{% if %}");
        Output failed = keiryo("chat-template", faulty.toString(), "--context", context.toString());
        assertEquals(1, failed.exit());
        assertTrue(failed.err().contains("line 2: Expected an expression"), failed.err());
    }
}
