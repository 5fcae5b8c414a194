package dev.keiryo.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Estimation and pruning of a unigram model over counted words. Counts are summed in fixed point, so that sums are the
 * same in any order and with any number of threads.
 *
 * <p>Source: T. Kudo, Subword Regularization, ACL 2018, section 3.2; the Bayesian M step as SentencePiece has it.
 */
final class UnigramEstimation {
    private static final double FIXED_POINT = 1 << 20;
    private static final double SMALLEST_EXPECTED_COUNT = 0.5;
    private static final int BATCH = 256;

    /** A model in the making: pieces in lexicographic order and their log-probabilities. */
    record Model(List<String> pieces, double[] scores) {}

    /** What a worker thread sums up. */
    private record Sums(long[] pieces, UnigramLattice lattice) {}

    private final String[] words;
    private final long[] counts;
    private final long total;
    private final ForkJoinPool pool;

    UnigramEstimation(Map<String, Long> words, ForkJoinPool pool) {
        this.words = words.keySet().toArray(String[]::new);
        counts = words.values().stream().mapToLong(Long::longValue).toArray();
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        total = sum;
        this.pool = pool;
    }

    /**
     * One round of expectation maximization: each piece's expected count over all segmentations, weighted by their
     * probability, gives its new score {@code ψ(count) - ψ(Σ count)}. Pieces expected less than half a time go.
     */
    Model maximize(Model model) {
        long[] expected = sum(model, (sums, word, count) -> {
            sums.lattice().set(word);
            sums.lattice().expect((piece, p) -> sums.pieces()[piece] += Math.round(count * p * FIXED_POINT));
        });
        List<String> pieces = new ArrayList<>();
        List<Double> frequencies = new ArrayList<>();
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            double frequency = expected[i] / FIXED_POINT;
            if (frequency >= SMALLEST_EXPECTED_COUNT) {
                pieces.add(model.pieces().get(i));
                frequencies.add(frequency);
                sum += frequency;
            }
        }
        double[] scores = new double[pieces.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = digamma(frequencies.get(i)) - digamma(sum);
        }
        return new Model(pieces, scores);
    }

    /**
     * Drops the pieces whose loss costs the corpus the least likelihood, if words were then segmented into the next best
     * pieces, until {@code size} are left. Pieces that have no alternative stay, those in no best segmentation go.
     */
    Model prune(Model model, int size) {
        PieceTrie trie = new PieceTrie(model.pieces(), i -> true);
        UnigramLattice lattice = new UnigramLattice(trie, model.scores());
        long[] frequencies = sum(model, (sums, word, count) -> {
            sums.lattice().set(word);
            for (int piece : sums.lattice().best(true)) {
                if (piece != UnigramLattice.UNKNOWN) {
                    sums.pieces()[piece] += count;
                }
            }
        });
        double sum = 0;
        for (long f : frequencies) {
            sum += f;
        }
        record Loss(int piece, double loss) {}
        List<Integer> kept = new ArrayList<>();
        List<Loss> losses = new ArrayList<>();
        for (int i = 0; i < frequencies.length; i++) {
            lattice.set(model.pieces().get(i));
            if (frequencies[i] == 0 || lattice.best(true).length > 1) {
                continue;
            }
            int[] alternative = lattice.best(false);
            if (alternative.length == 0 || contains(alternative, UnigramLattice.UNKNOWN)) {
                kept.add(i);
            } else {
                losses.add(new Loss(i, loss(frequencies, sum, i, alternative)));
            }
        }
        losses.sort(Comparator.comparingDouble(Loss::loss).reversed().thenComparing(Loss::piece));
        for (Loss l : losses) {
            if (kept.size() >= size) {
                break;
            }
            kept.add(l.piece());
        }
        kept.sort(Comparator.naturalOrder());
        return new Model(
                kept.stream().map(model.pieces()::get).toList(),
                kept.stream().mapToDouble(i -> model.scores()[i]).toArray());
    }

    private static boolean contains(int[] items, int wanted) {
        for (int item : items) {
            if (item == wanted) {
                return true;
            }
        }
        return false;
    }

    /** Likelihood that the corpus loses where {@code alternative} takes over all of the piece's occurrences. */
    private double loss(long[] frequencies, double sum, int piece, int[] alternative) {
        double frequency = frequencies[piece];
        double with = Math.log(frequency) - Math.log(sum);
        double sumWithout = Math.log(sum + frequency * (alternative.length - 1));
        double without = 0;
        for (int other : alternative) {
            without += Math.log(frequencies[other] + frequency) - sumWithout;
        }
        return frequency / total * (with - without);
    }

    /** What is done with each word. */
    @FunctionalInterface
    private interface Step {
        void accept(Sums sums, String word, long count);
    }

    private long[] sum(Model model, Step step) {
        PieceTrie trie = new PieceTrie(model.pieces(), i -> true);
        int size = model.scores().length;
        AtomicInteger nextBatch = new AtomicInteger();
        Supplier<Callable<long[]>> worker = () -> () -> {
            Sums sums = new Sums(new long[size], new UnigramLattice(trie, model.scores()));
            for (int from = nextBatch.getAndAdd(BATCH); from < words.length; from = nextBatch.getAndAdd(BATCH)) {
                for (int w = from; w < Math.min(words.length, from + BATCH); w++) {
                    step.accept(sums, words[w], counts[w]);
                }
            }
            return sums.pieces();
        };
        List<Callable<long[]>> workers = new ArrayList<>();
        for (int t = 0; t < pool.getParallelism(); t++) {
            workers.add(worker.get());
        }
        long[] result = new long[size];
        pool.invokeAllUninterruptibly(workers).forEach(done -> {
            long[] part = done.resultNow();
            for (int i = 0; i < size; i++) {
                result[i] += part[i];
            }
        });
        return result;
    }

    /** ψ, the derivative of log Γ, for positive arguments: recurrence up to 7, then the asymptotic series. */
    static double digamma(double x) {
        double result = 0;
        double y = x;
        for (; y < 7; y++) {
            result -= 1 / y;
        }
        double z = 1 / (y * y);
        return result + Math.log(y) - 0.5 / y - z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z / 240)));
    }
}
