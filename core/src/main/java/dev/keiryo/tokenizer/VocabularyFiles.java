package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The {@code tokenizer.json} that a folder's older files amount to: {@code vocab.json} with {@code merges.txt}
 * (byte-level BPE), or {@code vocab.txt} (WordPiece); and the tokens added to a vocabulary beside it.
 *
 * <p>Source: the tokenizer classes of the {@code transformers} library and their defaults.
 */
public final class VocabularyFiles {
    private static final long LARGEST_FILE = 256L << 20;

    /** What BERT's special tokens are called where the folder does not say. */
    private static final Map<String, String> BERT = Map.of(
            "unk_token",
            "[UNK]",
            "cls_token",
            "[CLS]",
            "sep_token",
            "[SEP]",
            "pad_token",
            "[PAD]",
            "mask_token",
            "[MASK]");

    private VocabularyFiles() {}

    /** The equivalent {@code tokenizer.json}, or null where the folder has none of these files. */
    public static @Nullable JsonNode asTokenizerJson(Path folder) throws IOException {
        for (String[] names : new String[][] {{"vocab.json", "merges.txt"}, {"encoder.json", "vocab.bpe"}}) {
            if (Files.exists(folder.resolve(names[0])) && Files.exists(folder.resolve(names[1]))) {
                return byteLevelBpe(folder, folder.resolve(names[0]), folder.resolve(names[1]));
            }
        }
        Path pieces = folder.resolve("vocab.txt");
        return Files.exists(pieces) ? wordPiece(folder, pieces) : null;
    }

    /**
     * Tokens that {@code added_tokens.json} and {@code tokenizer_config.json} (and, where they are in the vocabulary,
     * {@code special_tokens_map.json}) add to a vocabulary, in the order of their ids.
     *
     * @param ids the vocabulary's ids by token, -1 for others
     */
    public static List<AddedToken> added(Path folder, ToIntFunction<String> ids) throws IOException {
        TokenizerConfig config = TokenizerConfig.read(folder);
        return added(folder, config, config.specialTokens().values(), ids);
    }

    private static List<AddedToken> added(
            Path folder, TokenizerConfig config, Collection<String> special, ToIntFunction<String> ids)
            throws IOException {
        Map<Integer, AddedToken> added = new LinkedHashMap<>();
        for (String content : special) {
            int id = ids.applyAsInt(content);
            if (id >= 0) {
                added.put(id, AddedToken.control(id, content));
            }
        }
        Path file = folder.resolve("added_tokens.json");
        if (Files.exists(file)) {
            for (Map.Entry<String, JsonValue> e : TokenizerJson.tree(file).entries()) {
                int id = e.getValue().integer();
                boolean control = special.contains(e.getKey());
                added.put(id, new AddedToken(id, e.getKey(), false, false, false, !control, control));
            }
        }
        config.added().forEach(token -> added.put(token.id(), token));
        List<AddedToken> sorted = new ArrayList<>(added.values());
        sorted.sort((a, b) -> Integer.compare(a.id(), b.id()));
        return sorted;
    }

    private static ObjectNode byteLevelBpe(Path folder, Path vocabulary, Path merges) throws IOException {
        ObjectNode vocab = object();
        @Nullable String[] pieces = Tokenizers.pieces(vocabulary.toString(), content(vocabulary));
        for (int id = 0; id < pieces.length; id++) {
            if (pieces[id] != null) {
                vocab.put(pieces[id], id);
            }
        }
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (Bpe.Merge merge : Tokenizers.merges(merges.toString(), content(merges))) {
            list.addArray().add(merge.left()).add(merge.right());
        }
        ObjectNode root = object();
        TokenizerConfig config = TokenizerConfig.read(folder);
        root.set("added_tokens", added(folder, config, config.specialTokens().values(), vocab));
        String tokenizerClass = config.tokenizerClass();
        ObjectNode split = object().put("type", "ByteLevel").put("add_prefix_space", false);
        if (tokenizerClass != null && tokenizerClass.startsWith("Qwen")) {
            root.set("normalizer", object().put("type", "NFC"));
            ObjectNode qwen = object().put("type", "Split").put("behavior", "Isolated");
            qwen.putObject("pattern").put("Regex", PreTokenizerPatterns.QWEN2);
            ObjectNode sequence = object().put("type", "Sequence");
            sequence.putArray("pretokenizers").add(qwen).add(split.put("use_regex", false));
            root.set("pre_tokenizer", sequence);
        } else {
            root.set("pre_tokenizer", split.put("use_regex", true));
        }
        root.set("decoder", object().put("type", "ByteLevel"));
        ObjectNode model = object().put("type", "BPE");
        model.set("vocab", vocab);
        model.set("merges", list);
        root.set("model", model);
        return root;
    }

    private static ObjectNode wordPiece(Path folder, Path file) throws IOException {
        TokenizerConfig config = TokenizerConfig.read(folder);
        String tokenizerClass = config.tokenizerClass() == null ? "BertTokenizer" : config.tokenizerClass();
        if (!List.of("BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "MPNetTokenizer")
                .contains(tokenizerClass)) {
            throw new FormatException(
                    file.toString(),
                    tokenizerClass + " is not known to split words as BERT; a tokenizer.json is needed");
        }
        ObjectNode vocab = object();
        int id = 0;
        for (String line : new String(content(file), StandardCharsets.UTF_8).split("\n", -1)) {
            String piece = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
            if (!piece.isEmpty()) {
                vocab.put(piece, id);
            }
            id++;
        }
        ObjectNode root = object();
        Map<String, String> special = new HashMap<>(BERT);
        special.putAll(config.specialTokens());
        root.set("added_tokens", added(folder, config, special.values(), vocab));
        Path settings = folder.resolve("tokenizer_config.json");
        JsonValue json = Files.exists(settings) ? TokenizerJson.tree(settings) : null;
        boolean lowercase = json == null || json.bool("do_lower_case", true);
        ObjectNode normalizer = object().put("type", "BertNormalizer");
        normalizer.put("clean_text", true).put("lowercase", lowercase);
        normalizer.put("handle_chinese_chars", json == null || json.bool("tokenize_chinese_chars", true));
        normalizer.put("strip_accents", json == null ? lowercase : json.bool("strip_accents", lowercase));
        root.set("normalizer", normalizer);
        root.set("pre_tokenizer", object().put("type", "BertPreTokenizer"));
        root.set("post_processor", around(special, vocab));
        root.set(
                "decoder", object().put("type", "WordPiece").put("prefix", "##").put("cleanup", true));
        ObjectNode model = object().put("type", "WordPiece");
        model.put("unk_token", special.get("unk_token"));
        model.put("continuing_subword_prefix", "##").put("max_input_chars_per_word", 100);
        model.set("vocab", vocab);
        root.set("model", model);
        return root;
    }

    /** {@code [CLS] … [SEP]}. */
    private static ObjectNode around(Map<String, String> roles, ObjectNode vocab) {
        ObjectNode template = object().put("type", "TemplateProcessing");
        ObjectNode special = object();
        ArrayNode single = JsonNodeFactory.instance.arrayNode();
        String cls = roles.getOrDefault("cls_token", "");
        String sep = roles.getOrDefault("sep_token", "");
        for (String token : List.of(cls, "", sep)) {
            ObjectNode part = object();
            part.putObject(token.isEmpty() ? "Sequence" : "SpecialToken")
                    .put("id", token.isEmpty() ? "A" : token)
                    .put("type_id", 0);
            single.add(part);
            if (!token.isEmpty()) {
                ObjectNode ids = object().put("id", token);
                ids.putArray("ids").add(vocab.path(token).asInt(0));
                ids.putArray("tokens").add(token);
                special.set(token, ids);
            }
        }
        template.set("single", single);
        template.set("pair", single.deepCopy());
        template.set("special_tokens", special);
        return template;
    }

    private static ArrayNode added(Path folder, TokenizerConfig config, Collection<String> special, ObjectNode vocab)
            throws IOException {
        ArrayNode out = JsonNodeFactory.instance.arrayNode();
        for (AddedToken t : added(
                folder, config, special, (String token) -> vocab.path(token).asInt(-1))) {
            out.addObject()
                    .put("id", t.id())
                    .put("content", t.content())
                    .put("single_word", t.singleWord())
                    .put("lstrip", t.leftStrip())
                    .put("rstrip", t.rightStrip())
                    .put("normalized", t.normalized())
                    .put("special", t.special());
        }
        return out;
    }

    private static byte[] content(Path file) throws IOException {
        if (Files.size(file) > LARGEST_FILE) {
            throw new FormatException(file.toString(), Files.size(file) + " bytes are too many for a vocabulary");
        }
        return Files.readAllBytes(file);
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
