package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.MetadataValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The tokens with a role (BOS, EOS, …), whether they are put around a text, and the chat template: from
 * {@code tokenizer_config.json}, else {@code special_tokens_map.json}, {@code generation_config.json} and
 * {@code config.json}.
 */
final class SpecialTokens {
    private static final String KEY = "tokenizer.ggml.";
    /** Roles, and what GGUF calls them (one misspelled). */
    private static final Map<String, String> ROLES = Map.of(
            "bos",
            "bos",
            "eos",
            "eos",
            "unk",
            "unknown",
            "sep",
            "seperator",
            "pad",
            "padding",
            "cls",
            "cls",
            "mask",
            "mask");

    private final Path folder;
    private final @Nullable JsonNode postProcessor;
    private final Map<String, Integer> ids;
    private final int vocabulary;
    private final @Nullable Config settings;
    private final List<Config> named = new ArrayList<>();
    private final List<Config> numbered = new ArrayList<>();

    private SpecialTokens(Path folder, @Nullable JsonNode postProcessor, Map<String, Integer> ids, int vocabulary)
            throws IOException {
        this.folder = folder;
        this.postProcessor = postProcessor;
        this.ids = ids;
        this.vocabulary = vocabulary;
        settings = optional("tokenizer_config.json", named);
        optional("special_tokens_map.json", named);
        optional("config.json", numbered);
        optional("generation_config.json", numbered);
    }

    /**
     * @param postProcessor that of {@code tokenizer.json}, or null where there is no such file
     * @param ids of all tokens
     */
    static SpecialTokens of(Path folder, @Nullable JsonNode postProcessor, Map<String, Integer> ids, int vocabulary)
            throws IOException {
        return new SpecialTokens(folder, postProcessor, ids, vocabulary);
    }

    private @Nullable Config optional(String name, List<Config> list) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            return null;
        }
        Config c = Config.read(file);
        list.add(c);
        return c;
    }

    void write(Map<String, MetadataValue> keys) throws IOException {
        for (String role : ROLES.keySet().stream().sorted().toList()) {
            int id = id(role);
            if (id >= 0) {
                keys.put(KEY + ROLES.get(role) + "_token_id", MetadataValue.of((long) id));
            }
        }
        turnEnd(keys);
        around(keys, "bos", true);
        around(keys, "eos", false);
        chatTemplate(keys);
    }

    private int id(String role) {
        for (Config c : named) {
            JsonNode entry = c.json().path(role + "_token");
            String text = entry.isObject() ? entry.path("content").asString("") : entry.asString("");
            Integer id = ids.get(text);
            if (id != null && id < vocabulary) {
                return id;
            }
        }
        for (Config c : numbered) {
            List<Integer> all = numbers(c, role);
            if (!all.isEmpty()) {
                return all.getFirst();
            }
        }
        return -1;
    }

    private List<Integer> numbers(Config c, String role) {
        JsonNode n = c.json().path(role + "_token_id");
        List<Integer> out = new ArrayList<>();
        for (JsonNode v : n.isArray() ? n : List.of(n)) {
            if (v.isIntegralNumber() && v.asLong() >= 0 && v.asLong() < vocabulary) {
                out.add(v.asInt());
            }
        }
        return out;
    }

    /** A second end among the generation's: GGUF's end of turn. */
    private void turnEnd(Map<String, MetadataValue> keys) {
        int eos = id("eos");
        for (Config c : numbered) {
            for (int other : numbers(c, "eos")) {
                if (other != eos) {
                    keys.putIfAbsent(KEY + "eot_token_id", MetadataValue.of((long) other));
                }
            }
        }
    }

    /**
     * Whether the token is put before or after each text: as the settings say, else as the post-processor does, else as
     * is the custom of the tokenizer's class.
     */
    private void around(Map<String, MetadataValue> keys, String role, boolean before) throws FormatException {
        String key = "add_" + role + "_token";
        if (settings != null && settings.has(key)) {
            keys.put(KEY + key, MetadataValue.of(settings.flag(key, false)));
        } else if (postProcessor != null) {
            Boolean found = puts(postProcessor, before);
            String named = settings == null ? "" : settings.text("tokenizer_class", "");
            boolean custom = before && (named.startsWith("LlamaTokenizer") || named.startsWith("GemmaTokenizer"));
            keys.put(KEY + key, MetadataValue.of(found == null ? custom : (boolean) found));
        }
    }

    /** Whether the post-processor puts a special token before (or after) a text, or null where it has no template. */
    private static @Nullable Boolean puts(JsonNode postProcessor, boolean before) {
        switch (postProcessor.path("type").asString("")) {
            case "TemplateProcessing" -> {
                JsonNode single = postProcessor.path("single");
                return single.path(before ? 0 : Math.max(0, single.size() - 1)).has("SpecialToken");
            }
            case "BertProcessing", "RobertaProcessing" -> {
                return true;
            }
            default -> {
                for (JsonNode inner : postProcessor.path("processors")) {
                    Boolean found = puts(inner, before);
                    if (found != null) {
                        return found;
                    }
                }
                return null;
            }
        }
    }

    private void chatTemplate(Map<String, MetadataValue> keys) throws IOException {
        Path file = folder.resolve("chat_template.jinja");
        if (Files.exists(file)) {
            keys.put("tokenizer.chat_template", MetadataValue.of(Files.readString(file)));
            return;
        }
        JsonNode template = settings == null ? null : settings.json().get("chat_template");
        if (template == null) {
            return;
        }
        if (template.isString()) {
            keys.put("tokenizer.chat_template", MetadataValue.of(template.asString()));
        }
        List<String> others = new ArrayList<>();
        for (JsonNode named : template.isArray() ? template : List.<JsonNode>of()) {
            String name = named.path("name").asString("");
            MetadataValue text = MetadataValue.of(named.path("template").asString(""));
            if (name.equals("default")) {
                keys.put("tokenizer.chat_template", text);
            } else {
                keys.put("tokenizer.chat_template." + name, text);
                others.add(name);
            }
        }
        if (!others.isEmpty()) {
            keys.put("tokenizer.chat_templates", MetadataValue.of(others.toArray(String[]::new)));
        }
    }
}
