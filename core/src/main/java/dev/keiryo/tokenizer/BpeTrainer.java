package dev.keiryo.tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Learns byte-level BPE: starting from the 256 bytes, the pair of neighbouring tokens that is most frequent within the
 * words of a corpus becomes a new token, until the vocabulary is full. Words are GPT-2's (a letter run with its space,
 * a digit run, …), special tokens are cut out first. Of equally frequent pairs the one that is greater wins, compared
 * by the bytes of its left token, then of its right. The result is the same for any number of threads.
 *
 * <p>Source: R. Sennrich et al., Neural Machine Translation of Rare Words with Subword Units, ACL 2016; A. Radford et
 * al., Language Models are Unsupervised Multitask Learners, 2019, for bytes and words.
 */
public final class BpeTrainer {
    private static final int BYTES = 256;

    private BpeTrainer() {}

    /**
     * @param vocabularySize tokens to end with, special tokens and the 256 bytes among them
     * @param specialTokens get the first ids; never merged with anything
     * @param bos which of them begins a sequence, or null
     * @param eos which of them ends a sequence, or null
     * @param minFrequency pairs that occur less often are not merged, even if the vocabulary stays smaller
     * @param singleDigits whether each digit is a token, so that none hides in another
     * @param threads that count words; does not change the result
     */
    public record Config(
            int vocabularySize,
            List<String> specialTokens,
            @Nullable String bos,
            @Nullable String eos,
            long minFrequency,
            boolean singleDigits,
            int threads,
            TrainingProgress progress) {
        public Config {
            specialTokens = checkSpecialTokens(specialTokens, bos, eos);
            if (vocabularySize < BYTES + specialTokens.size()) {
                throw new IllegalArgumentException("a vocabulary of " + vocabularySize + " cannot hold 256 bytes and "
                        + specialTokens.size() + " special tokens");
            }
            if (minFrequency < 1 || threads < 1) {
                throw new IllegalArgumentException("minFrequency and threads must be positive");
            }
        }

        static List<String> checkSpecialTokens(List<String> tokens, @Nullable String bos, @Nullable String eos) {
            if (new HashSet<>(tokens).size() != tokens.size()) {
                throw new IllegalArgumentException("special tokens are named twice: " + tokens);
            }
            for (String token : tokens) {
                if (token.isEmpty() || token.indexOf('\n') >= 0) {
                    throw new IllegalArgumentException("a special token may not be empty or hold a line break");
                }
            }
            if ((bos != null && !tokens.contains(bos)) || (eos != null && !tokens.contains(eos))) {
                throw new IllegalArgumentException(
                        "bos " + bos + " and eos " + eos + " must be special tokens " + tokens);
            }
            return List.copyOf(tokens);
        }

        /** Every pair that occurs at all may be merged; all processors; no progress. */
        public static Config of(int vocabularySize, List<String> specialTokens) {
            return new Config(
                    vocabularySize,
                    specialTokens,
                    null,
                    null,
                    1,
                    false,
                    Runtime.getRuntime().availableProcessors(),
                    TrainingProgress.SILENT);
        }
    }

    /** Learns from UTF-8 text files; bytes that are not UTF-8 count as U+FFFD. */
    public static TrainedTokenizer train(List<Path> corpus, Config config) throws IOException {
        return learn(counts(config).ofFiles(corpus), config);
    }

    /** Learns from a text. */
    public static TrainedTokenizer train(String corpus, Config config) {
        return learn(counts(config).of(corpus), config);
    }

    private static WordCounts counts(Config config) {
        return new WordCounts(
                (chunk, out) ->
                        WordCounts.between(chunk, config.specialTokens(), text -> words(text, splitter(config), out)),
                config.threads(),
                config.progress());
    }

    private static PreTokenizer splitter(Config config) {
        PreTokenizer gpt2 = PreTokenizers.gpt2();
        return config.singleDigits() ? PreTokenizers.sequence(List.of(PreTokenizers.digits(true), gpt2)) : gpt2;
    }

    private static void words(String text, PreTokenizer splitter, Consumer<String> out) {
        splitter.split(text, 0, text.length(), true, (word, from, to) -> out.accept(word.substring(from, to)));
    }

    private static TrainedTokenizer learn(Map<String, Long> words, Config config) {
        List<String> pieces = new ArrayList<>(config.specialTokens());
        int firstByte = pieces.size();
        // the bytes in the order of GPT-2's alphabet, as its vocabulary has them
        int[] idOfByte = new int[BYTES];
        int id = 0;
        for (char c = 0; c < 2 * BYTES && id < BYTES; c++) {
            int b = ByteAlphabet.byteOf(c);
            if (b >= 0) {
                idOfByte[b] = id++;
                pieces.add(String.valueOf(c));
            }
        }
        byte[][] byteTokens = new byte[BYTES][];
        for (int b = 0; b < BYTES; b++) {
            byteTokens[idOfByte[b]] = new byte[] {(byte) b};
        }
        PairMerger merger = new PairMerger(byteTokens);
        words.forEach((word, count) -> {
            byte[] utf8 = word.getBytes(StandardCharsets.UTF_8);
            int[] symbols = new int[utf8.length];
            for (int i = 0; i < utf8.length; i++) {
                symbols[i] = idOfByte[utf8[i] & 0xFF];
            }
            merger.add(symbols, count);
        });
        int wanted = config.vocabularySize() - firstByte;
        List<Bpe.Merge> merges = new ArrayList<>();
        while (merger.size() < wanted) {
            int before = merger.size();
            PairMerger.Pair pair = merger.mergeBest(config.minFrequency());
            if (pair == null) {
                break;
            }
            String left = pieces.get(firstByte + pair.left());
            String right = pieces.get(firstByte + pair.right());
            merges.add(new Bpe.Merge(left, right));
            if (merger.size() > before) {
                pieces.add(left + right);
            }
            config.progress().update("tokens", merger.size() + firstByte, config.vocabularySize());
        }
        return TrainedTokenizer.byteLevelBpe(
                pieces, merges, config.singleDigits(), config.specialTokens(), config.bos(), config.eos());
    }
}
