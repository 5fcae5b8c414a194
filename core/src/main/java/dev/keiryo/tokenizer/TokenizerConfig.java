package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code tokenizer_config.json}, {@code special_tokens_map.json} and {@code chat_template.jinja} say beside a
 * vocabulary. Keys that concern neither encoding nor templates are ignored.
 *
 * @param tokenizerClass Hugging Face's class, e.g. {@code LlamaTokenizerFast}, or null
 * @param specialTokens contents by role: {@code bos_token}, {@code eos_token}, {@code unk_token}, …
 * @param addBos whether BOS goes before a text; null where nothing is said
 * @param addEos whether EOS goes after a text; null where nothing is said
 * @param added tokens cut out of the text
 * @param chatTemplates Jinja templates by name; the only or main one is {@code default}
 */
public record TokenizerConfig(
        @Nullable String tokenizerClass,
        Map<String, String> specialTokens,
        @Nullable Boolean addBos,
        @Nullable Boolean addEos,
        List<AddedToken> added,
        Map<String, String> chatTemplates) {
    /** The files are silent. */
    public static final TokenizerConfig NONE = new TokenizerConfig(null, Map.of(), null, null, List.of(), Map.of());

    private static final List<String> ROLES =
            List.of("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token");

    public TokenizerConfig {
        specialTokens = Map.copyOf(specialTokens);
        added = List.copyOf(added);
        chatTemplates = Map.copyOf(chatTemplates);
    }

    /** The main chat template, or null. */
    public @Nullable String chatTemplate() {
        return chatTemplates.get("default");
    }

    /** Reads what is in a folder; missing files say nothing. */
    public static TokenizerConfig read(Path folder) throws IOException {
        Path map = folder.resolve("special_tokens_map.json");
        Path config = folder.resolve("tokenizer_config.json");
        Path template = folder.resolve("chat_template.jinja");
        Map<String, String> specialTokens = new LinkedHashMap<>();
        if (Files.exists(map)) {
            specialTokens.putAll(roles(TokenizerJson.tree(map)));
        }
        TokenizerConfig read = Files.exists(config) ? parse(TokenizerJson.tree(config)) : NONE;
        specialTokens.putAll(read.specialTokens);
        Map<String, String> templates = new LinkedHashMap<>(read.chatTemplates);
        if (Files.exists(template)) {
            templates.put("default", Files.readString(template));
        }
        return new TokenizerConfig(read.tokenizerClass, specialTokens, read.addBos, read.addEos, read.added, templates);
    }

    /**
     * Reads the content of {@code tokenizer_config.json}.
     *
     * @param source for messages
     */
    public static TokenizerConfig parse(String source, byte[] json) throws FormatException {
        return parse(TokenizerJson.tree(source, json));
    }

    private static TokenizerConfig parse(JsonValue json) throws FormatException {
        List<AddedToken> added = new ArrayList<>();
        JsonValue listed = json.find("added_tokens_decoder");
        if (listed != null) {
            for (Map.Entry<String, JsonValue> e : listed.entries()) {
                added.add(TokenizerJson.addedToken(e.getValue(), id(e)));
            }
        }
        Map<String, String> templates = new LinkedHashMap<>();
        JsonValue template = json.find("chat_template");
        if (template != null && template.node().isArray()) {
            for (JsonValue named : template.items()) {
                templates.put(named.string("name"), named.string("template"));
            }
        } else if (template != null) {
            templates.put("default", template.string());
        }
        return new TokenizerConfig(
                json.stringOrNull("tokenizer_class"),
                roles(json),
                json.find("add_bos_token") == null ? null : (Boolean) json.bool("add_bos_token", false),
                json.find("add_eos_token") == null ? null : (Boolean) json.bool("add_eos_token", false),
                added,
                templates);
    }

    private static int id(Map.Entry<String, JsonValue> entry) throws FormatException {
        try {
            int id = Integer.parseInt(entry.getKey());
            if (id >= 0 && id <= 1 << 24) {
                return id;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw entry.getValue().wrong("the key should be a token's id");
    }

    /** Tokens are strings, or objects with the string as {@code content}. */
    private static Map<String, String> roles(JsonValue json) throws FormatException {
        Map<String, String> roles = new LinkedHashMap<>();
        for (String role : ROLES) {
            JsonValue token = json.find(role);
            if (token != null) {
                roles.put(role, token.node().isObject() ? token.string("content") : token.string());
            }
        }
        return roles;
    }
}
