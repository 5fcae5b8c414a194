package dev.keiryo.generate;

/**
 * Classifier-free guidance: moves away from what the model would say after another prompt. With p after the prompt and q
 * after the negative prompt, both followed by the text so far,
 *
 * <pre>
 *   l' = log q + scale · (log p - log q)
 * </pre>
 *
 * Costs a second sequence. In a chain: {@code cfg:scale=1.5,negative="A dull text."}.
 *
 * <p>Source: Sanchez et al. 2023, arXiv:2306.17806, equation 7.
 *
 * @param scale γ: 1 changes nothing, above 1 follows the prompt more
 * @param negative the other prompt; where it is empty, the prompt's last token alone (unconditional)
 */
public record Guidance(double scale, String negative) implements LogitSource {
    public Guidance {
        Ranges.finite("cfg", "scale", scale);
    }

    static Guidance of(LinkArguments arguments) {
        return new Guidance(arguments.number("scale"), arguments.string("negative", ""));
    }

    /** Puts what guidance makes of {@code logits} and {@code others} into {@code logits}, all {@code [vocab]}. */
    void mix(float[] logits, float[] others) {
        double p = LogProbabilities.normalizer(logits);
        double q = LogProbabilities.normalizer(others);
        for (int i = 0; i < logits.length; i++) {
            double other = others[i] - q;
            double mixed = other + scale * (logits[i] - p - other);
            // impossible for both: no number, and no candidate
            logits[i] = Double.isNaN(mixed) ? Float.NEGATIVE_INFINITY : (float) mixed;
        }
    }

    @Override
    public String toString() {
        LinkText text = new LinkText("cfg").with("scale", scale);
        return (negative.isEmpty() ? text : text.with("negative", ChainText.quote(negative))).toString();
    }
}
