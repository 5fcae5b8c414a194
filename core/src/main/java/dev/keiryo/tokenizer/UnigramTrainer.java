package dev.keiryo.tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Learns a unigram language model as SentencePiece does: from a large set of substrings, estimate each piece's
 * probability by expectation maximization, drop the quarter whose loss costs the least likelihood, and repeat until the
 * vocabulary has the wanted size. Each line is a text of its own; words are parted by spaces, which become ▁; special
 * tokens are cut out first. The result is the same for any number of threads.
 *
 * <p>Source: T. Kudo, Subword Regularization, ACL 2018.
 */
public final class UnigramTrainer {
    private static final int SEEDS = 1_000_000;
    private static final int ROUNDS_BETWEEN_PRUNINGS = 2;
    private static final double SHRINKING = 0.75;
    private static final double SPARE = 1.1;
    private static final String UNKNOWN = "<unk>";
    private static final int BYTES = 256;

    private UnigramTrainer() {}

    /**
     * @param vocabularySize ids to end with: {@code <unk>}, special tokens, byte pieces and learned pieces. Fewer where
     *     the corpus does not hold that many; an error where not even its characters fit.
     * @param specialTokens get the ids after {@code <unk>}
     * @param bos which of them begins a sequence, or null
     * @param eos which of them ends a sequence, or null
     * @param characterCoverage share of the corpus's characters that must be pieces, 0.9995 for rich scripts, else 1
     * @param byteFallback adds pieces for the 256 bytes, so that nothing is unknown
     * @param nfkc brings text into the form NFKC first; decoding cannot undo that
     * @param maxPieceLength in code points
     * @param threads do not change the result
     */
    public record Config(
            int vocabularySize,
            List<String> specialTokens,
            @Nullable String bos,
            @Nullable String eos,
            double characterCoverage,
            boolean byteFallback,
            boolean nfkc,
            int maxPieceLength,
            int threads,
            TrainingProgress progress) {
        public Config {
            specialTokens = BpeTrainer.Config.checkSpecialTokens(specialTokens, bos, eos);
            if (specialTokens.contains(UNKNOWN)) {
                throw new IllegalArgumentException(UNKNOWN + " is added by itself");
            }
            if (!(characterCoverage > 0 && characterCoverage <= 1)) {
                throw new IllegalArgumentException("the coverage should be in (0, 1], but is " + characterCoverage);
            }
            if (maxPieceLength < 1 || threads < 1) {
                throw new IllegalArgumentException("maxPieceLength and threads must be positive");
            }
        }

        /** As SentencePiece's defaults, with byte fallback: {@code <s>}, {@code </s>}, coverage 0.9995, length 16. */
        public static Config of(int vocabularySize) {
            return new Config(
                    vocabularySize,
                    List.of("<s>", "</s>"),
                    "<s>",
                    "</s>",
                    0.9995,
                    true,
                    false,
                    16,
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
                (chunk, out) -> WordCounts.between(
                        chunk, config.specialTokens(), text -> text.lines().forEach(line -> words(line, config, out))),
                config.threads(),
                config.progress());
    }

    private static void words(String line, Config config, Consumer<String> out) {
        if (line.isBlank()) {
            return;
        }
        String normal = config.nfkc() ? java.text.Normalizer.normalize(line, Form.NFKC) : line;
        String marked = SentencePieceNormalizer.MARK + normal.replace(' ', SentencePieceNormalizer.MARK);
        int from = 0;
        for (int to = marked.indexOf(SentencePieceNormalizer.MARK, 1);
                to >= 0;
                to = marked.indexOf(SentencePieceNormalizer.MARK, from + 1)) {
            out.accept(marked.substring(from, to));
            from = to;
        }
        out.accept(marked.substring(from));
    }

    private static TrainedTokenizer learn(Map<String, Long> words, Config config) {
        List<String> ids = new ArrayList<>();
        ids.add(UNKNOWN);
        ids.addAll(config.specialTokens());
        for (int b = 0; config.byteFallback() && b < BYTES; b++) {
            ids.add(String.format(Locale.ROOT, "<0x%02X>", b));
        }
        int wanted = config.vocabularySize() - ids.size();
        Map<Integer, Long> characters = required(words, config.characterCoverage());
        if (wanted < Math.max(1, characters.size())) {
            throw new IllegalArgumentException(
                    "a vocabulary of " + config.vocabularySize() + " cannot hold the corpus's "
                            + characters.size() + " characters besides " + ids.size()
                            + " others; ask for more, or for a smaller coverage");
        }
        try (ForkJoinPool pool = new ForkJoinPool(config.threads())) {
            UnigramEstimation estimation = new UnigramEstimation(words, pool);
            UnigramEstimation.Model model = seeds(words, characters, config, pool);
            int target = (int) (wanted * SPARE);
            int seeds = model.pieces().size();
            while (true) {
                for (int i = 0; i < ROUNDS_BETWEEN_PRUNINGS; i++) {
                    model = estimation.maximize(model);
                }
                int size = model.pieces().size();
                config.progress().update("pieces pruned", seeds - size, Math.max(0, seeds - target));
                if (size <= target) {
                    break;
                }
                model = estimation.prune(model, Math.max(target, (int) (SHRINKING * size)));
                if (model.pieces().size() == size) {
                    break; // every piece left is without alternative
                }
            }
            return finish(model, characters, ids, wanted, config);
        }
    }

    /** The most frequent characters that together make up the wanted share, with their counts, in order. */
    private static Map<Integer, Long> required(Map<String, Long> words, double coverage) {
        Map<Integer, Long> counts = new HashMap<>();
        words.forEach((word, n) -> word.codePoints().forEach(c -> counts.merge(c, n, Long::sum)));
        double all = 0;
        for (long n : counts.values()) {
            all += n;
        }
        List<Map.Entry<Integer, Long>> byCount = new ArrayList<>(counts.entrySet());
        byCount.sort(Map.Entry.<Integer, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()));
        Map<Integer, Long> required = new LinkedHashMap<>();
        long covered = 0;
        for (Map.Entry<Integer, Long> entry : byCount) {
            if (coverage < 1 && covered / all >= coverage) {
                break;
            }
            covered += entry.getValue();
            // pieces may not hold a NUL, which other implementations read as an end
            if (entry.getKey() != 0) {
                required.put(entry.getKey(), entry.getValue());
            }
        }
        return required;
    }

    private static UnigramEstimation.Model seeds(
            Map<String, Long> words, Map<Integer, Long> characters, Config config, ForkJoinPool pool) {
        Map<String, Double> weights = new TreeMap<>();
        double sum = 0;
        for (Map.Entry<Integer, Long> entry : characters.entrySet()) {
            weights.put(Character.toString(entry.getKey()), (double) entry.getValue());
            sum += entry.getValue();
        }
        UnigramSeeds seeds = new UnigramSeeds(words, characters.keySet(), config.maxPieceLength());
        for (UnigramSeeds.Seed seed : seeds.find(SEEDS, pool)) {
            double weight = (double) seed.count()
                    * seed.text().codePointCount(0, seed.text().length());
            weights.put(seed.text(), weight);
            sum += weight;
        }
        double logSum = Math.log(sum);
        return new UnigramEstimation.Model(
                List.copyOf(weights.keySet()),
                weights.values().stream().mapToDouble(w -> Math.log(w) - logSum).toArray());
    }

    /** All required characters, then the most probable pieces; ids by falling score. */
    private static TrainedTokenizer finish(
            UnigramEstimation.Model model,
            Map<Integer, Long> characters,
            List<String> reserved,
            int wanted,
            Config config) {
        Map<String, Double> learned = new HashMap<>();
        double smallest = 0;
        for (int i = 0; i < model.scores().length; i++) {
            learned.put(model.pieces().get(i), model.scores()[i]);
            smallest = Math.min(smallest, model.scores()[i]);
        }
        Map<String, Double> chosen = new HashMap<>();
        for (int c : characters.keySet()) {
            String piece = Character.toString(c);
            Double score = learned.remove(piece);
            // never part of a best segmentation: the rarer, the less likely
            smallest = score == null ? smallest - 1e-4 : smallest;
            chosen.put(piece, score == null ? smallest : score);
        }
        Comparator<Map.Entry<String, Double>> byScore =
                Map.Entry.<String, Double>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey());
        learned.entrySet().stream()
                .sorted(byScore)
                .filter(entry -> !reserved.contains(entry.getKey()))
                .limit(wanted - chosen.size())
                .forEach(entry -> chosen.put(entry.getKey(), entry.getValue()));
        List<String> pieces = new ArrayList<>(reserved);
        List<Double> scores = new ArrayList<>();
        reserved.forEach(piece -> scores.add(0.0));
        chosen.entrySet().stream().sorted(byScore).forEach(entry -> {
            pieces.add(entry.getKey());
            scores.add(entry.getValue());
        });
        return TrainedTokenizer.unigram(
                pieces,
                scores.stream().mapToDouble(Double::doubleValue).toArray(),
                config.specialTokens(),
                config.byteFallback(),
                config.nfkc(),
                config.bos(),
                config.eos());
    }
}
