package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads tiktoken rank files: one token a line, its bytes in base64, a space, and its rank, which is its id and its
 * priority in merging. Pattern and special tokens are not in the file; they come from its {@link Encoding}.
 */
public final class Tiktoken {
    private static final long LARGEST_FILE = 256L << 20;
    private static final int MOST_HOLES = 4096;

    private Tiktoken() {}

    /**
     * What belongs to a rank file but is not in it.
     *
     * @param pattern the name of its pre-tokenizer in GGUF files
     * @param special special tokens and their ids
     * @param bos the one that begins a sequence, or null
     * @param eos the one that ends a sequence, or null
     */
    public record Encoding(
            String pattern,
            Map<String, Integer> special,
            @Nullable String bos,
            @Nullable String eos) {
        private static final String END = "<|endoftext|>";

        /** GPT-2 and GPT-3. */
        public static final Encoding R50K_BASE = new Encoding("gpt-2", Map.of(END, 50256), null, END);

        /** Codex. */
        public static final Encoding P50K_BASE = R50K_BASE;

        /** GPT-3.5 and GPT-4. */
        public static final Encoding CL100K_BASE = new Encoding(
                "llama-bpe",
                Map.of(
                        END,
                        100257,
                        "<|fim_prefix|>",
                        100258,
                        "<|fim_middle|>",
                        100259,
                        "<|fim_suffix|>",
                        100260,
                        "<|endofprompt|>",
                        100276),
                null,
                END);

        /** GPT-4o. */
        public static final Encoding O200K_BASE =
                new Encoding("gpt-4o", Map.of(END, 199999, "<|endofprompt|>", 200018), null, END);

        /** Llama 3.1 and later; Llama 3.0 names some of the reserved ones differently. */
        public static final Encoding LLAMA3 =
                new Encoding("llama-bpe", llama3(), "<|begin_of_text|>", "<|end_of_text|>");

        /** Qwen. */
        public static final Encoding QWEN = new Encoding("qwen2", qwen(), null, END);

        /** No special tokens, and the pattern of GPT-4 and Llama 3. */
        public static final Encoding PLAIN = new Encoding("llama-bpe", Map.of(), null, null);

        public Encoding {
            special = Map.copyOf(special);
            if ((bos != null && !special.containsKey(bos)) || (eos != null && !special.containsKey(eos))) {
                throw new IllegalArgumentException("bos and eos must be special tokens");
            }
        }

        /** The encoding whose vocabulary has that many ranks; {@link #PLAIN} where none is known to. */
        public static Encoding ofRanks(int count) {
            return switch (count) {
                case 50256 -> R50K_BASE;
                case 50280 -> P50K_BASE;
                case 100256 -> CL100K_BASE;
                case 128000 -> LLAMA3;
                case 151643 -> QWEN;
                case 199998 -> O200K_BASE;
                default -> PLAIN;
            };
        }

        private int id(@Nullable String token) {
            return token == null ? -1 : special.getOrDefault(token, -1);
        }

        private static Map<String, Integer> llama3() {
            List<String> names = new ArrayList<>(List.of(
                    "<|begin_of_text|>",
                    "<|end_of_text|>",
                    "<|reserved_special_token_0|>",
                    "<|reserved_special_token_1|>",
                    "<|finetune_right_pad_id|>",
                    "<|reserved_special_token_2|>",
                    "<|start_header_id|>",
                    "<|end_header_id|>",
                    "<|eom_id|>",
                    "<|eot_id|>",
                    "<|python_tag|>"));
            for (int i = 3; names.size() < 256; i++) {
                names.add("<|reserved_special_token_" + i + "|>");
            }
            return numbered(names, 128000);
        }

        private static Map<String, Integer> qwen() {
            List<String> names = new ArrayList<>(List.of(END, "<|im_start|>", "<|im_end|>"));
            for (int i = 0; i < 205; i++) {
                names.add("<|extra_" + i + "|>");
            }
            return numbered(names, 151643);
        }

        private static Map<String, Integer> numbered(List<String> names, int first) {
            Map<String, Integer> ids = new LinkedHashMap<>();
            for (String name : names) {
                ids.put(name, first + ids.size());
            }
            return ids;
        }
    }

    /** Reads {@code file}; its encoding is told by its number of ranks. */
    public static Tokenizer read(Path file) throws IOException {
        return parse(file.toString(), content(file), null);
    }

    /** Reads {@code file} with the pattern and special tokens of {@code encoding}. */
    public static Tokenizer read(Path file, Encoding encoding) throws IOException {
        return parse(file.toString(), content(file), encoding);
    }

    private static byte[] content(Path file) throws IOException {
        if (Files.size(file) > LARGEST_FILE) {
            throw new FormatException(file.toString(), Files.size(file) + " bytes are too many for a tokenizer");
        }
        return Files.readAllBytes(file);
    }

    /** Whether {@code data} begins with a line of base64, a space and a number. */
    static boolean isRankFile(byte[] data) {
        int end = 0;
        while (end < data.length && end < 4096 && data[end] != '\n' && data[end] != '\r') {
            end++;
        }
        return new String(data, 0, end, StandardCharsets.ISO_8859_1).matches("[A-Za-z0-9+/]+={0,2} [0-9]{1,9}");
    }

    static Tokenizer parse(String source, byte[] data, @Nullable Encoding known) throws FormatException {
        List<byte[]> tokens = new ArrayList<>();
        IntSequence ranks = new IntSequence();
        int largest = -1;
        for (int from = 0; from < data.length; ) {
            int to = from;
            while (to < data.length && data[to] != '\n') {
                to++;
            }
            int end = to > from && data[to - 1] == '\r' ? to - 1 : to;
            if (end > from) {
                tokens.add(token(source, data, from, end));
                int rank = rank(source, data, from, end);
                ranks.add(rank);
                largest = Math.max(largest, rank);
            }
            from = to + 1;
        }
        if (largest >= tokens.size() + MOST_HOLES) {
            throw new FormatException(
                    source, "the largest rank is " + largest + ", but there are only " + tokens.size() + " tokens");
        }
        byte[][] byRank = new byte[largest + 1][];
        for (int i = 0; i < tokens.size(); i++) {
            if (byRank[ranks.get(i)] != null) {
                throw new FormatException(source, "rank " + ranks.get(i) + " is given twice");
            }
            byRank[ranks.get(i)] = tokens.get(i);
        }
        Encoding encoding = known == null ? Encoding.ofRanks(tokens.size()) : known;
        return assemble(source, byRank, encoding);
    }

    private static byte[] token(String source, byte[] data, int from, int end) throws FormatException {
        byte[] token;
        try {
            token = Base64.getDecoder().decode(Arrays.copyOfRange(data, from, space(source, data, from, end)));
        } catch (IllegalArgumentException e) {
            throw new FormatException(source, from, "a token in base64 was expected: " + e.getMessage());
        }
        if (token.length == 0) {
            throw new FormatException(source, from, "a token is empty");
        }
        return token;
    }

    private static int rank(String source, byte[] data, int from, int end) throws FormatException {
        int at = space(source, data, from, end) + 1;
        String text = new String(data, at, end - at, StandardCharsets.ISO_8859_1);
        if (!text.matches("[0-9]{1,9}")) {
            throw new FormatException(source, at, "a rank was expected after the token");
        }
        return Integer.parseInt(text);
    }

    private static int space(String source, byte[] data, int from, int end) throws FormatException {
        for (int i = from; i < end; i++) {
            if (data[i] == ' ') {
                return i;
            }
        }
        throw new FormatException(source, from, "a line should be a token in base64, a space and a rank");
    }

    private static Tokenizer assemble(String source, byte[][] byRank, Encoding encoding) throws FormatException {
        List<AddedToken> added = new ArrayList<>();
        encoding.special().entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .forEach(entry -> added.add(AddedToken.control(entry.getValue(), entry.getKey())));
        for (AddedToken token : added) {
            if (token.id() < byRank.length && byRank[token.id()] != null) {
                throw new FormatException(source, "rank " + token.id() + " should be free for " + token.content());
            }
        }
        int bos = encoding.id(encoding.bos());
        int eos = encoding.id(encoding.eos());
        return new Tokenizer(new Tokenizer.Parts(
                Bpe.ofRanks(source, byRank),
                added,
                Normalizer.NONE,
                PreTokenizers.named(source, encoding.pattern()),
                bos < 0 ? PostProcessor.NONE : new PostProcessor(new int[] {bos}, new int[0]),
                Decoders.byteLevel(),
                bos,
                eos));
    }
}
