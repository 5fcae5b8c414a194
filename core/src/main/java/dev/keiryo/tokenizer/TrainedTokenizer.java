package dev.keiryo.tokenizer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a training learned, ready to be written as a Hugging Face folder's {@code tokenizer.json} and
 * {@code tokenizer_config.json}. Immutable.
 */
public final class TrainedTokenizer {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String MARK = "▁";

    private final List<String> pieces;
    private final List<Bpe.Merge> merges;
    private final double[] scores;
    private final ObjectNode definition;
    private final ObjectNode config;

    private TrainedTokenizer(
            List<String> pieces, List<Bpe.Merge> merges, double[] scores, ObjectNode definition, ObjectNode config) {
        this.pieces = List.copyOf(pieces);
        this.merges = List.copyOf(merges);
        this.scores = scores;
        this.definition = definition;
        this.config = config;
    }

    /** @param pieces special tokens first */
    static TrainedTokenizer byteLevelBpe(
            List<String> pieces,
            List<Bpe.Merge> merges,
            boolean singleDigits,
            List<String> special,
            @Nullable String bos,
            @Nullable String eos) {
        ObjectNode vocab = JSON.objectNode();
        for (int id = 0; id < pieces.size(); id++) {
            vocab.put(pieces.get(id), id);
        }
        ArrayNode list = JSON.arrayNode();
        for (Bpe.Merge merge : merges) {
            list.add(merge.left() + " " + merge.right());
        }
        ObjectNode model = JSON.objectNode().put("type", "BPE");
        model.putNull("dropout")
                .putNull("unk_token")
                .putNull("continuing_subword_prefix")
                .putNull("end_of_word_suffix");
        model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
        model.set("vocab", vocab);
        model.set("merges", list);
        ObjectNode definition = definition(special, 0);
        definition.putNull("normalizer");
        definition.set("pre_tokenizer", singleDigits ? digitByDigit() : byteLevel());
        definition.set("post_processor", byteLevel());
        definition.set("decoder", byteLevel());
        definition.set("model", model);
        return new TrainedTokenizer(pieces, merges, new double[0], definition, config(special, bos, eos, null));
    }

    private static ObjectNode digitByDigit() {
        ArrayNode steps = JSON.arrayNode();
        steps.add(JSON.objectNode().put("type", "Digits").put("individual_digits", true));
        steps.add(byteLevel());
        return sequence("pretokenizers", steps);
    }

    private static ObjectNode byteLevel() {
        return JSON.objectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", false)
                .put("use_regex", true);
    }

    /**
     * @param pieces the unknown piece first, special tokens next
     * @param nfkc whether text is brought into the form NFKC first
     */
    static TrainedTokenizer unigram(
            List<String> pieces,
            double[] scores,
            List<String> special,
            boolean byteFallback,
            boolean nfkc,
            @Nullable String bos,
            @Nullable String eos) {
        ArrayNode vocab = JSON.arrayNode();
        for (int id = 0; id < scores.length; id++) {
            vocab.add(JSON.arrayNode().add(pieces.get(id)).add(scores[id]));
        }
        ObjectNode model = JSON.objectNode().put("type", "Unigram").put("unk_id", 0);
        model.set("vocab", vocab);
        model.put("byte_fallback", byteFallback);
        ArrayNode normalizers = JSON.arrayNode();
        if (nfkc) {
            normalizers.add(JSON.objectNode().put("type", "NFKC"));
        }
        normalizers.add(JSON.objectNode().put("type", "Prepend").put("prepend", MARK));
        normalizers.add(replace(" ", MARK));
        ArrayNode decoders = JSON.arrayNode();
        decoders.add(replace(MARK, " "));
        decoders.add(JSON.objectNode().put("type", "ByteFallback"));
        decoders.add(JSON.objectNode().put("type", "Fuse"));
        decoders.add(JSON.objectNode()
                .put("type", "Strip")
                .put("content", " ")
                .put("start", 1)
                .put("stop", 0));
        List<String> control = new java.util.ArrayList<>(special);
        control.addFirst(pieces.getFirst());
        ObjectNode definition = definition(control, 0);
        definition.set("normalizer", sequence("normalizers", normalizers));
        ObjectNode split = JSON.objectNode().put("type", "Split");
        split.set("pattern", JSON.objectNode().put("String", MARK));
        definition.set("pre_tokenizer", split.put("behavior", "MergedWithNext").put("invert", false));
        definition.putNull("post_processor");
        definition.set("decoder", sequence("decoders", decoders));
        definition.set("model", model);
        return new TrainedTokenizer(
                pieces, List.of(), scores.clone(), definition, config(control, bos, eos, pieces.getFirst()));
    }

    private static ObjectNode replace(String pattern, String content) {
        ObjectNode node = JSON.objectNode().put("type", "Replace");
        node.set("pattern", JSON.objectNode().put("String", pattern));
        return node.put("content", content);
    }

    private static ObjectNode sequence(String name, ArrayNode steps) {
        ObjectNode node = JSON.objectNode().put("type", "Sequence");
        node.set(name, steps);
        return node;
    }

    private static ObjectNode definition(List<String> special, int firstId) {
        ObjectNode node = JSON.objectNode().put("version", "1.0");
        node.putNull("truncation").putNull("padding");
        ArrayNode added = JSON.arrayNode();
        for (int i = 0; i < special.size(); i++) {
            ObjectNode token = JSON.objectNode().put("id", firstId + i);
            token.setAll(added(special.get(i)));
            added.add(token);
        }
        node.set("added_tokens", added);
        return node;
    }

    private static ObjectNode added(String content) {
        return JSON.objectNode()
                .put("content", content)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
    }

    private static ObjectNode config(
            List<String> special, @Nullable String bos, @Nullable String eos, @Nullable String unknown) {
        ObjectNode node = JSON.objectNode().put("tokenizer_class", "PreTrainedTokenizerFast");
        node.put("clean_up_tokenization_spaces", false);
        if (bos != null) {
            node.put("bos_token", bos);
        }
        if (eos != null) {
            node.put("eos_token", eos);
        }
        if (unknown != null) {
            node.put("unk_token", unknown);
        }
        ObjectNode decoder = JSON.objectNode();
        for (int id = 0; id < special.size(); id++) {
            decoder.set(String.valueOf(id), added(special.get(id)));
        }
        node.set("added_tokens_decoder", decoder);
        return node;
    }

    /** The vocabulary by id, as {@code tokenizer.json} spells it. */
    public List<String> pieces() {
        return pieces;
    }

    /** BPE's merges in order; empty for unigram. */
    public List<Bpe.Merge> merges() {
        return merges;
    }

    /** Unigram's log-probabilities by id; empty for BPE. */
    public double[] scores() {
        return scores.clone();
    }

    /** The content of {@code tokenizer.json}. */
    public String json() {
        return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(definition);
    }

    /** Writes {@code tokenizer.json} and {@code tokenizer_config.json} into {@code directory}, made where missing. */
    public void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        replaceFile(directory.resolve("tokenizer.json"), json());
        replaceFile(
                directory.resolve("tokenizer_config.json"),
                new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(config));
    }

    private static void replaceFile(Path file, String content) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".partial");
        try (FileChannel out = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap((content + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
