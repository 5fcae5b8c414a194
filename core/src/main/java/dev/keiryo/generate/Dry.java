package dev.keiryo.generate;

import java.util.List;

/**
 * Don't repeat yourself: punishes the token that would lengthen a repetition. Where the last L tokens of the history
 * occurred before and were followed by a token, and L is the longest such match for it, {@code L ≥ allowedLength} gives
 * {@code l' = l - multiplier · base^(L - allowedLength)}. No match reaches over a sequence breaker, and no token that holds
 * a whole breaker is punished. In a chain:
 * {@code dry:multiplier=0.8,base=1.75,allowed_length=2,last_n=-1,breakers="\n"|":"|"\""|"*"}.
 *
 * <p>Source: P. E. Weidmann 2024, text-generation-webui pull request 5677; breakers over token borders as in KoboldCpp.
 *
 * @param multiplier 0 or more; 0 changes nothing
 * @param base 1 or more
 * @param allowedLength length of repetitions that go unpunished, 0 or more
 * @param lastN tokens of the history that count, prompt included; -1 for all, 0 changes nothing
 * @param breakers strings; they have effect where the texts of tokens are known
 */
public record Dry(double multiplier, double base, int allowedLength, int lastN, List<String> breakers)
        implements SamplerLink {
    /** The usual breakers. */
    public static final List<String> BREAKERS = List.of("\n", ":", "\"", "*");

    public Dry {
        Ranges.atLeast(0, "dry", "multiplier", multiplier);
        Ranges.atLeast(1, "dry", "base", base);
        Ranges.atLeast(0, "dry", "allowed_length", allowedLength);
        Ranges.atLeast(-1, "dry", "last_n", lastN);
        breakers = List.copyOf(breakers);
        if (breakers.contains("")) {
            throw new IllegalArgumentException("dry: a breaker is empty, and would break everywhere");
        }
    }

    static Dry of(LinkArguments arguments) {
        return new Dry(
                arguments.number("multiplier"),
                arguments.number("base", 1.75),
                arguments.integer("allowed_length", 2),
                arguments.integer("last_n", -1),
                arguments.strings("breakers", BREAKERS));
    }

    @Override
    public Stage start(SamplerRequest request) {
        TokenTexts texts = request.texts();
        return new DryStage(
                this,
                request.history(),
                texts == null || multiplier == 0
                        ? DryBreakers.NONE
                        : texts.derive(breakers, t -> new DryBreakers(t, breakers)));
    }

    @Override
    public String toString() {
        LinkText text = new LinkText("dry")
                .with("multiplier", multiplier)
                .with("base", base)
                .with("allowed_length", allowedLength)
                .with("last_n", lastN);
        return (breakers.equals(BREAKERS) ? text : text.with("breakers", LinkText.strings(breakers))).toString();
    }
}
