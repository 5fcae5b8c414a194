package dev.keiryo.prompt;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Which of a task's examples are shown. */
public sealed interface ExampleSelection {
    /** All, as they are. */
    static ExampleSelection all() {
        return new First(Integer.MAX_VALUE);
    }

    /** The chosen ones, in the order in which they are shown. */
    List<Example> select(List<Example> examples, String input);

    /** How many are chosen at most. */
    int count();

    /** By what examples are compared; also says which are dropped first where they do not all fit. */
    default Similarity similarity() {
        return Similarity.BM25;
    }

    /** Always the first {@code count}. */
    record First(int count) implements ExampleSelection {
        public First {
            requireCount(count);
        }

        @Override
        public List<Example> select(List<Example> examples, String input) {
            return examples.subList(0, Math.min(count, examples.size()));
        }
    }

    /** A draw without replacement; the same seed gives the same examples. */
    record Drawn(int count, long seed) implements ExampleSelection {
        public Drawn {
            requireCount(count);
        }

        @Override
        public List<Example> select(List<Example> examples, String input) {
            List<Example> shuffled = new ArrayList<>(examples);
            Collections.shuffle(shuffled, Random.from(new SplittableRandom(seed)));
            return List.copyOf(shuffled.subList(0, Math.min(count, shuffled.size())));
        }
    }

    /**
     * Those whose inputs are nearest to the prompt's, the nearest last, next to it (Liu et al., arXiv 2101.06804). Of
     * equals, the earlier.
     */
    record Nearest(int count, Similarity similarity) implements ExampleSelection {
        public Nearest {
            requireCount(count);
        }

        @Override
        public List<Example> select(List<Example> examples, String input) {
            double[] scores = similarity.scores(input, inputs(examples));
            return IntStream.range(0, examples.size())
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> -scores[i]))
                    .limit(count)
                    .map(examples::get)
                    .toList()
                    .reversed();
        }
    }

    /**
     * Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): one after the other, that which maximizes
     *
     * <pre>
     *   lambda·s(input, e) - (1 - lambda)·max s(chosen, e)
     * </pre>
     *
     * The one chosen first is shown last, next to the input.
     *
     * @param lambda 1: the nearest; 0: those that differ most
     */
    record Diverse(int count, double lambda, Similarity similarity) implements ExampleSelection {
        public Diverse {
            requireCount(count);
            if (!(lambda >= 0 && lambda <= 1)) {
                throw new IllegalArgumentException("lambda should be from 0 to 1, but is " + lambda);
            }
        }

        @Override
        public List<Example> select(List<Example> examples, String input) {
            List<String> inputs = inputs(examples);
            double[] near = similarity.scores(input, inputs);
            double[] taken = new double[near.length];
            List<Integer> left =
                    new ArrayList<>(IntStream.range(0, near.length).boxed().toList());
            List<Example> chosen = new ArrayList<>();
            while (chosen.size() < count && !left.isEmpty()) {
                // max() takes the last of equals.
                Integer best = Collections.max(
                        left.reversed(), Comparator.comparingDouble(i -> lambda * near[i] - (1 - lambda) * taken[i]));
                left.remove(best);
                chosen.add(examples.get(best));
                double[] like = similarity.scores(inputs.get(best), inputs);
                for (int i = 0; i < taken.length; i++) {
                    taken[i] = Math.max(taken[i], like[i]);
                }
            }
            return List.copyOf(chosen.reversed());
        }
    }

    private static List<String> inputs(List<Example> examples) {
        return examples.stream().map(Example::input).toList();
    }

    private static void requireCount(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("the number of examples should be at least 0, but is " + count);
        }
    }
}
