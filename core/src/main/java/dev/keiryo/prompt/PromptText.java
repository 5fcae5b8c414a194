package dev.keiryo.prompt;

import dev.keiryo.prompt.Rendering.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Text put together from parts that know where they are. */
final class PromptText {
    private static final String GAP = "\n\n";

    private final Language language;
    private final StringBuilder text = new StringBuilder();
    private final List<Part> parts = new ArrayList<>();

    PromptText(Language language) {
        this.language = language;
    }

    /** Appends a part, apart from what is before it; one without text is left out. */
    PromptText add(PartKind kind, String part) {
        if (!part.isBlank()) {
            text.append(text.isEmpty() ? "" : GAP);
            put(kind, part.strip());
        }
        return this;
    }

    /** Appends a part at once behind what is before it. */
    PromptText put(PartKind kind, String part) {
        parts.add(new Part(kind, text.length(), text.length() + part.length()));
        text.append(part);
        return this;
    }

    /** Appends instruction, constraints and output format. */
    PromptText addTask(Prompt prompt, boolean titled) {
        add(PartKind.INSTRUCTION, titled ? block(PartKind.INSTRUCTION, prompt.instruction()) : prompt.instruction());
        if (!prompt.constraints().isEmpty()) {
            String lines =
                    prompt.constraints().stream().map(c -> "- " + c.strip()).collect(Collectors.joining("\n"));
            add(PartKind.CONSTRAINTS, block(PartKind.CONSTRAINTS, lines));
        }
        if (!prompt.outputFormat().isBlank()) {
            add(PartKind.OUTPUT_FORMAT, block(PartKind.OUTPUT_FORMAT, prompt.outputFormat()));
        }
        return this;
    }

    /** Appends all passages. */
    PromptText addContext(Prompt prompt) {
        String passages = prompt.context().stream()
                .filter(p -> !p.text().isBlank())
                .map(p -> p.title().isBlank()
                        ? p.text().strip()
                        : "[" + p.title().strip() + "]\n" + p.text().strip())
                .collect(Collectors.joining(GAP));
        return passages.isEmpty() ? this : add(PartKind.CONTEXT, block(PartKind.CONTEXT, passages));
    }

    /** {@code Title: text} on one line. */
    String line(PartKind kind, String value) {
        return language.title(kind) + language.colon() + value.strip();
    }

    /** A title's line and the text below it. */
    private String block(PartKind kind, String value) {
        return (language.title(kind) + language.colon()).strip() + "\n" + value.strip();
    }

    /** What an answer follows at once: a title without the space behind it. */
    String opening(PartKind kind) {
        return (language.title(kind) + language.colon()).strip();
    }

    String text() {
        return text.toString();
    }

    List<Part> parts() {
        return List.copyOf(parts);
    }
}
