package dev.keiryo.llama2c;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.file.Cursor;
import dev.keiryo.file.MappedFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * llama2.c's tokenizer file, {@code int32 longest; vocab_size * { float32 score, int32 length, bytes }}, as GGUF's
 * {@code tokenizer.ggml} keys. It is a SentencePiece vocabulary whose "▁" was replaced by spaces, and whose ids 0, 1 and 2
 * are unknown, begin and end.
 */
final class Llama2cTokenizer {
    private static final int MAX_PIECE_BYTES = 1 << 16;
    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-F]{2}>");
    private static final String[] SPECIAL = {"<unk>", "<s>", "</s>"};

    // GGUF's token types
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int BYTES = 6;

    private Llama2cTokenizer() {}

    /** {@code tokN.bin} for a vocabulary of N, or else {@code tokenizer.bin}, beside the checkpoint; or null. */
    static @Nullable Path beside(Path checkpoint, int vocabSize) {
        for (String name : List.of("tok" + vocabSize + ".bin", "tokenizer.bin")) {
            Path file = checkpoint.resolveSibling(name);
            if (Files.isRegularFile(file)) {
                return file;
            }
        }
        return null;
    }

    static Map<String, MetadataValue> read(Path file, int vocabSize) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return read(new Cursor(file.toString(), MappedFile.map(file, arena)), vocabSize);
        }
    }

    /** Reads exactly {@code vocabSize} pieces; a file of more or fewer is another model's. */
    static Map<String, MetadataValue> read(Cursor in, int vocabSize) throws FormatException {
        in.int32("the longest piece's length");
        if (vocabSize > in.remaining() / 8) {
            throw in.fault(
                    in.position(),
                    "the file cannot hold the model's " + vocabSize + " pieces; it is cut or another model's");
        }
        String[] pieces = new String[vocabSize];
        double[] scores = new double[vocabSize];
        long[] types = new long[vocabSize];
        for (int i = 0; i < vocabSize; i++) {
            String what = "piece " + i;
            scores[i] = Float.intBitsToFloat(in.int32(what));
            long at = in.position();
            int length = in.int32(what);
            if (length < 0 || length > MAX_PIECE_BYTES) {
                throw in.fault(at, what + " is " + length + " bytes long; 0 to " + MAX_PIECE_BYTES + " are possible");
            }
            String piece = in.utf8(length, what);
            pieces[i] = i < SPECIAL.length ? SPECIAL[i] : piece.replace(' ', '▁');
            types[i] = i == 0
                    ? UNKNOWN
                    : i < SPECIAL.length ? CONTROL : BYTE.matcher(piece).matches() ? BYTES : NORMAL;
        }
        if (in.remaining() > 0) {
            throw in.fault(
                    in.position(),
                    "more follows the model's " + vocabSize + " pieces; the file is another model's; put this one's "
                            + "beside it as tok" + vocabSize + ".bin");
        }
        Map<String, MetadataValue> keys = new LinkedHashMap<>();
        keys.put("tokenizer.ggml.model", MetadataValue.of("llama"));
        keys.put("tokenizer.ggml.tokens", MetadataValue.of(pieces));
        keys.put("tokenizer.ggml.scores", MetadataValue.of(scores));
        keys.put("tokenizer.ggml.token_type", MetadataValue.of(types));
        keys.put("tokenizer.ggml.unknown_token_id", MetadataValue.of(0L));
        keys.put("tokenizer.ggml.bos_token_id", MetadataValue.of(1L));
        keys.put("tokenizer.ggml.eos_token_id", MetadataValue.of(2L));
        keys.put("tokenizer.ggml.add_bos_token", MetadataValue.of(true));
        keys.put("tokenizer.ggml.add_eos_token", MetadataValue.of(false));
        keys.put("tokenizer.ggml.add_space_prefix", MetadataValue.of(true));
        return keys;
    }
}
