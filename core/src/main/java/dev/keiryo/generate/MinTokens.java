package dev.keiryo.generate;

import java.util.List;

/**
 * Until {@code n} tokens have been generated, removes those that end a text. In a chain: {@code min_tokens:20}, or
 * {@code min_tokens:n=20,end=2|7}.
 *
 * @param n 0 or more
 * @param end the tokens that end a text; empty for the model's own
 */
public record MinTokens(int n, List<Integer> end) implements SamplerLink {
    public MinTokens {
        Ranges.atLeast(0, "min_tokens", "n", n);
        end = List.copyOf(end);
        Ranges.ids("min_tokens", end);
    }

    static MinTokens of(LinkArguments arguments) {
        return new MinTokens(arguments.integer("n"), arguments.ids("end", List.of()));
    }

    @Override
    public Stage start(SamplerRequest request) {
        int[] banned = (end.isEmpty() ? request.endOfText() : end)
                .stream().mapToInt(Integer::intValue).sorted().toArray();
        if (banned.length == 0 && n > 0) {
            throw new IllegalArgumentException(
                    this + " needs to know the tokens that end a text, as in min_tokens:n=" + n + ",end=2");
        }
        return candidates -> {
            if (request.history().generated() < n) {
                candidates.ban(banned);
            }
        };
    }

    @Override
    public String toString() {
        LinkText text = new LinkText("min_tokens").main("n", n);
        return (end.isEmpty() ? text : text.with("end", LinkText.ids(end))).toString();
    }
}
