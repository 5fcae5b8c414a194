package dev.keiryo.tokenizer;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as SentencePiece models, rank files and the vocabularies in GGUF: read, or refused with FormatException. */
final class VocabularyFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void readsOrRefuses(byte[] data) {
        try {
            TokenizerJsonFuzzTest.encodeAndDecode(
                    SentencePiece.assemble("fuzz", SentencePieceModel.parse("fuzz", data)));
        } catch (FormatException e) {
            assert e.getMessage() != null;
        }
        try {
            TokenizerJsonFuzzTest.encodeAndDecode(Tiktoken.parse("fuzz", data, Tiktoken.Encoding.PLAIN));
        } catch (FormatException e) {
            assert e.getMessage() != null;
        }
        try {
            Tokenizer tokenizer = GgufTokenizer.from(metadata(data));
            if (tokenizer != null) {
                TokenizerJsonFuzzTest.encodeAndDecode(tokenizer);
            }
        } catch (FormatException e) {
            assert e.getMessage() != null;
        }
    }

    /** Lines: the kind of model, that of splitting, then entries, and merges of two words. */
    private static Metadata metadata(byte[] data) {
        String[] lines = new String(data, StandardCharsets.UTF_8).split("\n", -1);
        String[] tokens =
                Stream.of(lines).skip(2).filter(line -> !line.contains(" ")).toArray(String[]::new);
        String[] merges =
                Stream.of(lines).skip(2).filter(line -> line.contains(" ")).toArray(String[]::new);
        double[] scores = new double[tokens.length];
        long[] types = new long[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            int last = tokens[i].isEmpty() ? 0 : tokens[i].charAt(tokens[i].length() - 1);
            scores[i] = -last;
            types[i] = last == 'ÿ' ? 9 : 1 + last % 6;
        }
        Map<String, MetadataValue> values = new LinkedHashMap<>();
        values.put("tokenizer.ggml.model", MetadataValue.of(lines[0]));
        values.put("tokenizer.ggml.pre", MetadataValue.of(lines.length > 1 ? lines[1] : ""));
        values.put("tokenizer.ggml.tokens", MetadataValue.of(tokens));
        values.put("tokenizer.ggml.merges", MetadataValue.of(merges));
        values.put("tokenizer.ggml.scores", MetadataValue.of(scores));
        values.put("tokenizer.ggml.token_type", MetadataValue.of(types));
        values.put("tokenizer.ggml.eos_token_id", MetadataValue.of(data.length > 3 ? data[3] & 0xFF : 0));
        values.put("tokenizer.ggml.add_space_prefix", MetadataValue.of(data.length % 2 == 0));
        return new Metadata("fuzz", values);
    }

    static Stream<byte[]> seeds() throws IOException {
        return Stream.of(
                resource("rules.model"),
                resource("word.model"),
                bytes("AA== 0\nAQ== 1\nSGU= 2\n"),
                bytes("gpt2\nllama-bpe\nH\ne\nHe\nl\nll\nH e\nl l\n"),
                bytes("llama\ndefault\n<unk>\n▁\nH\ne\nHe\n<0x0A>\n"),
                bytes("bert\ndefault\n[UNK]\n[CLS]\n[SEP]\n▁hello\nw\n"),
                bytes("t5\ndefault\n<pad>\n</s>\n<unk>\n▁\na\n"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = VocabularyFuzzTest.class.getResourceAsStream("sentencepiece/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }
}
