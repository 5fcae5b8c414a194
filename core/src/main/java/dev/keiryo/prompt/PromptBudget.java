package dev.keiryo.prompt;

import dev.keiryo.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * How many tokens a prompt may take, and what gives way where it takes more. Examples go from the least similar to the
 * input on; context is cut from its end, behind a sentence. Nothing else is ever touched.
 *
 * @param tokens of the rendered prompt at most; what remains of the model's context is for its answer
 * @param order what gives way first: {@link PartKind#EXAMPLES}, {@link PartKind#CONTEXT}, each once at most
 */
public record PromptBudget(int tokens, List<PartKind> order) {
    /** What stands where context has been cut. */
    static final String CUT = "[…]";

    /** Examples first, then context. */
    public static PromptBudget of(int tokens) {
        return new PromptBudget(tokens, List.of(PartKind.EXAMPLES, PartKind.CONTEXT));
    }

    public PromptBudget {
        order = List.copyOf(order);
        if (tokens < 1) {
            throw new IllegalArgumentException("the budget should be at least 1 token, but is " + tokens);
        }
        for (PartKind kind : order) {
            if (kind != PartKind.EXAMPLES && kind != PartKind.CONTEXT) {
                throw new IllegalArgumentException(kind + " never gives way; only examples and context do");
            }
        }
        if (EnumSet.copyOf(order.isEmpty() ? EnumSet.noneOf(PartKind.class) : order)
                        .size()
                < order.size()) {
            throw new IllegalArgumentException("a part gives way twice in " + order);
        }
    }

    /**
     * A prompt that fits.
     *
     * @param prompt as it is shown: examples selected, what did not fit left out
     * @param tokens that its rendering takes
     * @param droppedExamples selected ones that are left out
     * @param cutCharacters of the context that are left out
     */
    public record Fitted(Prompt prompt, Rendering rendering, int tokens, int droppedExamples, int cutCharacters) {}

    /** The prompt with its selected examples and all of its context, whatever that takes. */
    public static Fitted whole(Prompt prompt, PromptRenderer renderer, Tokenizer tokenizer) throws IOException {
        Prompt selected = prompt.selected();
        Rendering rendering = renderer.render(selected);
        return new Fitted(selected, rendering, rendering.tokens(tokenizer).length, 0, 0);
    }

    /**
     * The largest prompt that fits.
     *
     * @throws IllegalArgumentException where what must stay is too much already: it says how much, part by part
     * @throws IOException as {@link PromptRenderer#render}
     */
    public Fitted fit(Prompt prompt, PromptRenderer renderer, Tokenizer tokenizer) throws IOException {
        Fitted fitted = whole(prompt, renderer, tokenizer);
        for (PartKind kind : order) {
            if (fitted.tokens <= tokens) {
                return fitted;
            }
            fitted = kind == PartKind.EXAMPLES
                    ? withFewerExamples(fitted, prompt.selection().similarity(), renderer, tokenizer)
                    : withLessContext(fitted, renderer, tokenizer);
        }
        if (fitted.tokens > tokens) {
            throw tooLong(fitted, tokenizer);
        }
        return fitted;
    }

    private Fitted withFewerExamples(Fitted whole, Similarity similarity, PromptRenderer renderer, Tokenizer tokenizer)
            throws IOException {
        List<Example> examples = whole.prompt.examples();
        List<Integer> ranked = ranked(whole.prompt, similarity);
        int least = whole.prompt.reasoning() == Reasoning.RATIONALES ? Math.min(1, examples.size()) : 0;
        return largest(least, examples.size(), renderer, tokenizer, whole, kept -> {
            List<Example> left = new ArrayList<>();
            for (int i = 0; i < examples.size(); i++) {
                if (ranked.indexOf(i) < kept) {
                    left.add(examples.get(i));
                }
            }
            Prompt shorter = whole.prompt.withExamples(left, ExampleSelection.all());
            return new Shorter(shorter, examples.size() - kept, whole.cutCharacters);
        });
    }

    /** The examples' indices, the nearest to the input first; of equals, the earlier. */
    private static List<Integer> ranked(Prompt prompt, Similarity similarity) {
        double[] scores = similarity.scores(
                prompt.input(), prompt.examples().stream().map(Example::input).toList());
        List<Integer> ranked = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            ranked.add(i);
        }
        ranked.sort((a, b) -> Double.compare(scores[b], scores[a]));
        return ranked;
    }

    private Fitted withLessContext(Fitted whole, PromptRenderer renderer, Tokenizer tokenizer) throws IOException {
        List<List<String>> passages =
                whole.prompt.context().stream().map(p -> Sentences.of(p.text())).toList();
        int sentences = passages.stream().mapToInt(List::size).sum();
        return largest(0, sentences, renderer, tokenizer, whole, kept -> {
            List<Passage> left = new ArrayList<>();
            int room = kept;
            int cut = 0;
            for (int i = 0; i < passages.size(); i++) {
                List<String> all = passages.get(i);
                int n = Math.min(room, all.size());
                room -= n;
                cut += String.join("", all.subList(n, all.size())).length();
                if (n > 0) {
                    String text = String.join("", all.subList(0, n)).strip();
                    String title = whole.prompt.context().get(i).title();
                    left.add(new Passage(title, n < all.size() ? text + " " + CUT : text));
                }
            }
            return new Shorter(whole.prompt.withContext(left), whole.droppedExamples, cut);
        });
    }

    private record Shorter(Prompt prompt, int droppedExamples, int cutCharacters) {}

    /** The prompt for the largest n in {@code [least, most)} that fits; where none does, for {@code least}. */
    private Fitted largest(
            int least,
            int most,
            PromptRenderer renderer,
            Tokenizer tokenizer,
            Fitted whole,
            IntFunction<Shorter> shorter)
            throws IOException {
        if (least >= most) {
            return whole;
        }
        Fitted best = fitted(shorter.apply(least), renderer, tokenizer);
        int low = least;
        int high = best.tokens > tokens ? least + 1 : most;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            Fitted tried = fitted(shorter.apply(middle), renderer, tokenizer);
            if (tried.tokens <= tokens) {
                best = tried;
                low = middle;
            } else {
                high = middle;
            }
        }
        return best;
    }

    private static Fitted fitted(Shorter shorter, PromptRenderer renderer, Tokenizer tokenizer) throws IOException {
        Rendering rendering = renderer.render(shorter.prompt);
        int tokens = rendering.tokens(tokenizer).length;
        return new Fitted(shorter.prompt, rendering, tokens, shorter.droppedExamples, shorter.cutCharacters);
    }

    private IllegalArgumentException tooLong(Fitted fitted, Tokenizer tokenizer) {
        Map<PartKind, Integer> counts = fitted.rendering.counts(tokenizer);
        String parts = counts.entrySet().stream()
                .map(e -> e.getKey() + " " + e.getValue())
                .collect(Collectors.joining(", "));
        String longest = counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(e -> e.getKey().toString())
                .orElse("prompt");
        return new IllegalArgumentException("what must stay of the prompt takes " + fitted.tokens + " tokens (" + parts
                + "), but the budget is " + tokens + "; raise it by " + (fitted.tokens - tokens) + ", or shorten the "
                + longest);
    }
}
