package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.template.JsonText;
import dev.keiryo.tokenizer.GgufTokenizer;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The chat templates that a model or a file holds.
 *
 * @param name where they are from, for messages
 * @param templates Jinja by name; the only or main one is {@link #DEFAULT}
 * @param bos the text of the beginning-of-sequence token, or empty
 * @param eos the text of the end-of-sequence token, or empty
 */
public record ChatTemplateSource(String name, Map<String, String> templates, String bos, String eos) {
    /** The name of the template that is used where none is named. */
    public static final String DEFAULT = "default";

    private static final String KEY = "tokenizer.chat_template";

    public ChatTemplateSource {
        templates = Map.copyOf(templates);
    }

    /** Those under GGUF's keys {@code tokenizer.chat_template} and {@code tokenizer.chat_template.NAME}. */
    public static ChatTemplateSource of(Metadata metadata, @Nullable Tokenizer tokenizer) throws FormatException {
        Map<String, String> templates = new LinkedHashMap<>();
        for (String key : metadata.values().keySet()) {
            if (key.equals(KEY)) {
                templates.put(DEFAULT, metadata.string(key));
            } else if (key.startsWith(KEY + ".")) {
                templates.put(key.substring(KEY.length() + 1), metadata.string(key));
            }
        }
        return new ChatTemplateSource(
                metadata.source(),
                templates,
                tokenizer == null ? "" : piece(tokenizer, tokenizer.bos()),
                tokenizer == null ? "" : piece(tokenizer, tokenizer.eos()));
    }

    private static String piece(Tokenizer tokenizer, int id) {
        return id < 0 ? "" : tokenizer.piece(id);
    }

    /**
     * Those of a file {@code *.jinja}, a {@code tokenizer_config.json}, a Hugging Face folder or a GGUF file.
     *
     * @throws FormatException where the file is not what its format demands
     */
    public static ChatTemplateSource open(Path path) throws IOException {
        String name = String.valueOf(path.getFileName());
        ChatTemplateSource found;
        if (name.endsWith(".jinja")) {
            found = new ChatTemplateSource(path.toString(), Map.of(DEFAULT, Files.readString(path)), "", "");
        } else if (name.endsWith(".json")) {
            found = of(path, TokenizerConfig.parse(path.toString(), Files.readAllBytes(path)), Map.of());
        } else if (Files.isDirectory(path)) {
            found = of(path, TokenizerConfig.read(path), beside(path));
        } else {
            try (Checkpoint checkpoint = Checkpoints.open(path)) {
                found = of(checkpoint.metadata(), GgufTokenizer.from(checkpoint.metadata()));
            }
        }
        return found;
    }

    private static ChatTemplateSource of(Path path, TokenizerConfig config, Map<String, String> more) {
        Map<String, String> templates = new LinkedHashMap<>(config.chatTemplates());
        more.forEach(templates::putIfAbsent);
        return new ChatTemplateSource(
                path.toString(),
                templates,
                config.specialTokens().getOrDefault("bos_token", ""),
                config.specialTokens().getOrDefault("eos_token", ""));
    }

    /** Further places that Hugging Face's folders keep templates in. */
    private static Map<String, String> beside(Path folder) throws IOException {
        Map<String, String> templates = new LinkedHashMap<>();
        Path processor = folder.resolve("chat_template.json");
        if (Files.exists(processor)
                && JsonText.readObject(processor.toString(), Files.readString(processor))
                                .get("chat_template")
                        instanceof String text) {
            templates.put(DEFAULT, text);
        }
        Path named = folder.resolve("additional_chat_templates");
        if (Files.isDirectory(named)) {
            try (var files = Files.newDirectoryStream(named, "*.jinja")) {
                for (Path file : files) {
                    String name = String.valueOf(file.getFileName());
                    templates.put(name.substring(0, name.length() - ".jinja".length()), Files.readString(file));
                }
            }
        }
        return templates;
    }

    /**
     * The text of the template of that name: of those that are held, else of the well-known ones ({@code chatml},
     * {@code llama3}, {@code gemma}, {@code phi3}, {@code mistral}).
     *
     * @throws FormatException where there is none, with the names that there are
     */
    public String text(String template) throws FormatException {
        Map<String, String> known = KnownTemplates.all();
        String text = templates.getOrDefault(template, known.get(template));
        if (text == null) {
            String held = templates.isEmpty()
                    ? "holds no chat template"
                    : "holds no chat template \"" + template + "\", but "
                            + String.join(
                                    ", ", templates.keySet().stream().sorted().toList());
            throw new FormatException(
                    name, held + "; well-known ones can be named instead: " + String.join(", ", known.keySet()));
        }
        return text;
    }
}
