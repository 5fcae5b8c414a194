package dev.keiryo.cli;

import dev.keiryo.chat.Tool;
import dev.keiryo.chat.ToolChoice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Tools that a model may call. */
final class ToolOptions {
    @Option(
            names = "--tools",
            paramLabel = "FILE",
            description =
                    "Tools that the model may call, as JSON of the OpenAI API; its calls are held to their schemas.")
    private @Nullable Path file;

    @Option(
            names = "--tool-choice",
            paramLabel = "CHOICE",
            description = {
                "auto: the model may call a tool; required: it does; function:NAME: it calls that one; none: it does not.",
                "Default: auto"
            })
    private @Nullable String choice;

    /** The tools of the file; none where there is none. */
    List<Tool> tools() throws IOException {
        return file == null ? List.of() : ToolsFile.read(file);
    }

    ToolChoice choice() {
        if (choice == null) {
            return ToolChoice.AUTO;
        }
        if (file == null) {
            throw new UsageException("--tool-choice needs --tools FILE");
        }
        try {
            return ToolChoice.parse(choice);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }
}
