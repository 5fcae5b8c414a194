package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Finds and reads the tokenizer in a model's folder. */
public final class Tokenizers {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Tokenizers() {}

    /**
     * Reads {@code tokenizer.json}, else {@code vocab.json} and {@code merges.txt}, else {@code encoder.json} and
     * {@code vocab.bpe}, else {@code vocab.txt}; and {@link TokenizerConfig} from beside it.
     */
    public static Tokenizer fromFolder(Path folder) throws IOException {
        TokenizerConfig config = TokenizerConfig.read(folder);
        Path whole = folder.resolve("tokenizer.json");
        if (Files.exists(whole)) {
            return new Tokenizer(
                    configured(TokenizerJson.parts(whole.toString(), Files.readAllBytes(whole)), config, true));
        }
        for (String[] names : new String[][] {{"vocab.json", "merges.txt"}, {"encoder.json", "vocab.bpe"}}) {
            Path vocabulary = folder.resolve(names[0]);
            Path merges = folder.resolve(names[1]);
            if (Files.exists(vocabulary) && Files.exists(merges)) {
                return fromMerges(vocabulary, merges, config);
            }
        }
        JsonNode pieces = VocabularyFiles.asTokenizerJson(folder);
        if (pieces != null) {
            byte[] json = pieces.toString().getBytes(StandardCharsets.UTF_8);
            return new Tokenizer(configured(TokenizerJson.parts(folder.toString(), json), config, true));
        }
        throw new FormatException(
                folder.toString(), "no tokenizer is here: tokenizer.json, or vocab.json and merges.txt, was expected");
    }

    /**
     * Byte-level BPE from a vocabulary and a list of merges. A Qwen2 tokenizer class chooses its pattern and NFC, others
     * are split as GPT-2's.
     */
    public static Tokenizer fromMerges(Path vocabulary, Path merges, TokenizerConfig config) throws IOException {
        String tokenizerClass = config.tokenizerClass() == null ? "" : config.tokenizerClass();
        boolean qwen = tokenizerClass.startsWith("Qwen");
        Bpe bpe = Bpe.ofMerges(
                vocabulary.toString(),
                pieces(vocabulary.toString(), Files.readAllBytes(vocabulary)),
                merges(merges.toString(), Files.readAllBytes(merges)),
                Bpe.Options.BYTE_LEVEL);
        List<AddedToken> added = new ArrayList<>();
        for (String content : Set.copyOf(config.specialTokens().values())) {
            if (bpe.id(content) >= 0) {
                added.add(AddedToken.control(bpe.id(content), content));
            }
        }
        Tokenizer.Parts parts = new Tokenizer.Parts(
                bpe,
                added,
                qwen ? Normalizers.unicode(Form.NFC) : Normalizer.NONE,
                qwen ? PreTokenizers.named(vocabulary.toString(), "qwen2") : PreTokenizers.gpt2(),
                PostProcessor.NONE,
                Decoders.byteLevel(),
                -1,
                -1);
        return new Tokenizer(configured(parts, config, false));
    }

    /** Applies a configuration; {@code complete} parts have a post-processor that only some classes overrule. */
    private static Tokenizer.Parts configured(Tokenizer.Parts parts, TokenizerConfig config, boolean complete) {
        Map<Integer, AddedToken> added = new LinkedHashMap<>();
        config.added().forEach(token -> added.put(token.id(), token));
        parts.added().forEach(token -> added.put(token.id(), complete ? token : added.getOrDefault(token.id(), token)));
        List<AddedToken> tokens = List.copyOf(added.values());
        int bos = id(config.specialTokens().get("bos_token"), tokens, parts.model());
        int eos = id(config.specialTokens().get("eos_token"), tokens, parts.model());
        PostProcessor post = parts.postProcessor();
        if (!complete || buildsOwnTemplate(config)) {
            boolean llama = buildsOwnTemplate(config);
            boolean before = config.addBos() == null ? llama : config.addBos();
            boolean after = config.addEos() != null && config.addEos();
            post = new PostProcessor(
                    before && bos >= 0 ? new int[] {bos} : new int[0],
                    after && eos >= 0 ? new int[] {eos} : new int[0]);
        }
        return new Tokenizer.Parts(
                parts.model(), tokens, parts.normalizer(), parts.preTokenizer(), post, parts.decoder(), bos, eos);
    }

    /** These classes put BOS and EOS as configured, whatever the file's post-processor. */
    private static boolean buildsOwnTemplate(TokenizerConfig config) {
        String name =
                config.tokenizerClass() == null ? "" : config.tokenizerClass().toLowerCase(Locale.ROOT);
        return (config.addBos() != null || config.addEos() != null)
                && (name.startsWith("llamatokenizer")
                        || name.startsWith("codellamatokenizer")
                        || name.startsWith("gemmatokenizer")
                        || name.startsWith("coheretokenizer"));
    }

    private static int id(@Nullable String content, List<AddedToken> added, TokenModel model) {
        if (content == null) {
            return -1;
        }
        for (AddedToken token : added) {
            if (token.content().equals(content)) {
                return token.id();
            }
        }
        return model.id(content);
    }

    /** {@code {"piece": id, …}} as pieces by id. */
    static @Nullable String[] pieces(String source, byte[] json) throws FormatException {
        try (JsonParser parser = MAPPER.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new FormatException(source, "a JSON object was expected");
            }
            return TokenizerJsonModel.readVocabulary(source, parser).pieces();
        } catch (JacksonException e) {
            throw TokenizerJson.malformed(source, e);
        }
    }

    /** One merge a line; a first line {@code #version …} is left out. */
    static List<Bpe.Merge> merges(String source, byte[] text) throws FormatException {
        List<Bpe.Merge> merges = new ArrayList<>();
        int number = 0;
        for (String line : new String(text, StandardCharsets.UTF_8).split("\r?\n", -1)) {
            number++;
            if (!line.isEmpty() && !(number == 1 && line.startsWith("#version"))) {
                merges.add(TokenizerJsonModel.merge(source, "line " + number, line));
            }
        }
        return merges;
    }
}
