package dev.keiryo.bench;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.generate.SkippedLayers;
import dev.keiryo.generate.Speculation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What guessing ahead costs where it does not pay: the same texts with guesses and without, in turn, so that whatever else
 * slows the machine slows both. Prints medians and quartiles of time with guesses by time without.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp bench/target/keiryo-bench.jar
 *     dev.keiryo.bench.SpeculationPairs model=FILE draft=lookup|skip|FILE [chain=temp:2] [tokens=120] [threads=1] [seconds=30]
 * </pre>
 */
public final class SpeculationPairs {
    private static final String PROMPT =
            "Once upon a time, there was a cat. The cat was big. The cat was black. The cat was";

    private SpeculationPairs() {}

    private record Pair(Generation plain, Generation ahead) {}

    public static void main(String[] arguments) throws IOException {
        Map<String, String> given = new HashMap<>(Map.of(
                "chain", "temp:2", "tokens", "120", "threads", "1", "seconds", "30", "prompt", PROMPT, "most", "5"));
        for (String argument : arguments) {
            String[] parts = argument.split("=", 2);
            given.put(parts[0], parts[parts.length - 1]);
        }
        EngineOptions engine = EngineOptions.defaults().withThreads(number(given, "threads"));
        String draft = given.getOrDefault("draft", "lookup");
        boolean file = !draft.equals("lookup") && !draft.equals("skip");
        try (LanguageModel model = Keiryo.load(Path.of(given.getOrDefault("model", "")), engine);
                LanguageModel small = Keiryo.load(Path.of(file ? draft : given.getOrDefault("model", "")), engine)) {
            GenerateOptions plain = GenerateOptions.DEFAULT
                    .withChain(SamplerChain.parse(given.getOrDefault("chain", "")))
                    .withMaxTokens(number(given, "tokens"));
            Speculation speculation = file
                    ? Speculation.byModel(model.engine(), model.tokenizer(), small.engine(), small.tokenizer())
                    : draft.equals("lookup") ? Speculation.LOOKUP : skip(model);
            GenerateOptions ahead = plain.withSpeculation(speculation);
            String prompt = given.getOrDefault("prompt", PROMPT);
            double seconds = number(given, "seconds");
            run(model, prompt, plain, ahead, seconds / 4); // what is not yet compiled
            report(run(model, prompt, plain, ahead, seconds));
        }
    }

    private static int number(Map<String, String> given, String key) {
        return Integer.parseInt(given.getOrDefault(key, "0"));
    }

    private static Speculation skip(LanguageModel model) {
        int layers = model.engine().transformer().shape().layers();
        SkippedLayers skipped = new SkippedLayers(model.engine(), SkippedLayers.middle(layers));
        return new Speculation(capacity -> skipped, 5);
    }

    private static List<Pair> run(
            LanguageModel model, String prompt, GenerateOptions plain, GenerateOptions ahead, double seconds) {
        List<Pair> pairs = new ArrayList<>();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        for (int seed = 0; System.nanoTime() < end; seed++) {
            boolean first = seed % 2 == 0;
            Generation one = model.generate(prompt, (first ? plain : ahead).withSeed(seed), text -> true);
            Generation other = model.generate(prompt, (first ? ahead : plain).withSeed(seed), text -> true);
            pairs.add(first ? new Pair(one, other) : new Pair(other, one));
        }
        return pairs;
    }

    private static void report(List<Pair> pairs) {
        long guessed = 0;
        long right = 0;
        long tokens = 0;
        for (Pair pair : pairs) {
            guessed += pair.ahead.drafts().guessed();
            right += pair.ahead.drafts().right();
            tokens += pair.ahead.tokens().length;
        }
        System.out.printf(
                Locale.ROOT, "%d pairs, %d tokens, %d guesses, %d right%n", pairs.size(), tokens, guessed, right);
        print("text", pairs, Generation::generationNanos);
        print("prompt", pairs, Generation::promptNanos);
        print("both", pairs, text -> (double) text.promptNanos() + text.generationNanos());
    }

    private static void print(String what, List<Pair> pairs, ToDoubleFunction<Generation> time) {
        double[] ratios =
                sorted(pairs.stream().map(p -> time.applyAsDouble(p.ahead) / Math.max(1, time.applyAsDouble(p.plain))));
        double[] plain = sorted(pairs.stream().map(p -> time.applyAsDouble(p.plain) / 1e6));
        double[] ahead = sorted(pairs.stream().map(p -> time.applyAsDouble(p.ahead) / 1e6));
        System.out.printf(
                Locale.ROOT,
                "%-7s %8.3f ms without, %8.3f ms with; by pairs %+.1f %% (quartiles %+.1f, %+.1f)%n",
                what,
                at(plain, 0.5),
                at(ahead, 0.5),
                100 * (at(ratios, 0.5) - 1),
                100 * (at(ratios, 0.25) - 1),
                100 * (at(ratios, 0.75) - 1));
    }

    private static double[] sorted(Stream<Double> values) {
        return values.mapToDouble(Double::doubleValue).sorted().toArray();
    }

    private static double at(double[] sorted, double share) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) (share * (sorted.length - 1))];
    }
}
