package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/** Parts of {@code tokenizer.json} that no shared vocabulary has, put into trained ones, against the library. */
final class RustComponentsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** The table nmt_nfkc, of which a SentencePiece model's field 3, subfield 2 has a copy. */
    private static byte[] charsmap() throws IOException {
        Protobuf model = new Protobuf("m.model", Files.readAllBytes(TestData.path("tokenizers/small/m.model")));
        while (model.next()) {
            if (model.field() != 3) {
                model.skip();
                continue;
            }
            Protobuf normalizer = model.message();
            while (normalizer.next()) {
                if (normalizer.field() == 2) {
                    return normalizer.bytes();
                }
                normalizer.skip();
            }
        }
        throw new IOException("m.model has no charsmap");
    }

    private static ObjectNode unigram(boolean byteFallback) throws IOException {
        UnigramTrainer.Config config = new UnigramTrainer.Config(
                3000,
                List.of("<s>", "</s>"),
                "<s>",
                "</s>",
                0.9995,
                byteFallback,
                false,
                16,
                2,
                TrainingProgress.SILENT);
        TrainedTokenizer trained = UnigramTrainer.train(
                List.of(
                        TestData.path("corpora/ja/serohiki.txt"),
                        TestData.path("tokenizers/bpe-training-reference/corpus.en")),
                config);
        return (ObjectNode) MAPPER.readTree(trained.json());
    }

    private static void agrees(ObjectNode definition, List<String> texts, boolean addSpecial) throws IOException {
        String json = definition.toString();
        Tokenizer ours = TokenizerJson.parse("test", json.getBytes(StandardCharsets.UTF_8));
        try (RustTokenizer theirs = RustTokenizer.parse(json)) {
            int[][] expected = theirs.encode(texts, addSpecial);
            for (int i = 0; i < texts.size(); i++) {
                String text = texts.get(i);
                int[] ids = ours.encode(text, Tokenizer.SpecialTokens.PARSED, addSpecial);
                assertArrayEquals(expected[i], ids, () -> RandomUnicode.visible(text));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void precompiledCharsmap(boolean byteFallback) throws IOException {
        ObjectNode definition = unigram(byteFallback);
        ObjectNode precompiled = MAPPER.createObjectNode();
        precompiled.put("type", "Precompiled");
        precompiled.put("precompiled_charsmap", Base64.getEncoder().encodeToString(charsmap()));
        definition.set("normalizer", precompiled);
        ObjectNode metaspace = MAPPER.createObjectNode();
        metaspace
                .put("type", "Metaspace")
                .put("replacement", "▁")
                .put("prepend_scheme", "always")
                .put("split", true);
        definition.set("pre_tokenizer", metaspace);
        LinkedHashSet<String> texts = new LinkedHashSet<>(Vocabularies.lines("en"));
        texts.addAll(Vocabularies.lines("ja"));
        agrees(definition, List.copyOf(texts), false);
        Tokenizer ours = TokenizerJson.parse("test", definition.toString().getBytes(StandardCharsets.UTF_8));
        List<String> random = RandomUnicode.texts(new Random(17), 1000, ours);
        random.removeIf(text -> !RandomUnicode.settled(text));
        assertTrue(random.size() > 150);
        random.add("ｶﾞﾗｽＡＢＣ ㌔①ﬁ");
        agrees(definition, random, false);
        // the table is in use
        assertArrayEquals(
                ours.encode("ラスABC", Tokenizer.SpecialTokens.PARSED, false),
                ours.encode("ﾗｽＡＢＣ", Tokenizer.SpecialTokens.PARSED, false));
    }

    @ParameterizedTest
    @CsvSource({"BertProcessing,''", "RobertaProcessing,'\"trim_offsets\":true,\"add_prefix_space\":true,'"})
    void classAndSeparator(String type, String more) throws IOException {
        ObjectNode definition = unigram(true);
        String processor = "{\"type\":\"" + type + "\"," + more + "\"cls\":[\"<s>\",1],\"sep\":[\"</s>\",2]}";
        definition.set("post_processor", MAPPER.readTree(processor));
        List<String> texts = new ArrayList<>(Vocabularies.lines("en").subList(0, 200));
        texts.addAll(Vocabularies.lines("ja").subList(0, 200));
        texts.add("");
        agrees(definition, texts, true);
        agrees(definition, texts, false);
    }

    @Test
    void unigramWithoutChanges() throws IOException {
        for (boolean byteFallback : new boolean[] {true, false}) {
            List<String> lines = List.copyOf(new LinkedHashSet<>(Vocabularies.lines("ja")));
            agrees(unigram(byteFallback), lines, false);
        }
    }
}
