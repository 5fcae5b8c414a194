package dev.keiryo.prompt;

import dev.keiryo.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * A prompt as text for a model.
 *
 * @param parts where in the text they are; what lies between belongs to {@link PartKind#TEMPLATE}
 * @param encoding the text's tokens, with what the model expects around them
 */
public record Rendering(String text, List<Part> parts, BiFunction<Tokenizer, String, int[]> encoding) {
    /**
     * A stretch of text.
     *
     * @param from its first character
     * @param to behind its last character
     */
    public record Part(PartKind kind, int from, int to) {}

    public Rendering {
        parts = parts.stream().sorted(Comparator.comparingInt(Part::from)).toList();
        int end = 0;
        for (Part part : parts) {
            if (part.from < end || part.to < part.from || part.to > text.length()) {
                throw new IllegalArgumentException(part + " overlaps another, or the text's end");
            }
            end = part.to;
        }
    }

    /** The tokens to be processed. */
    public int[] tokens(Tokenizer tokenizer) {
        return encoding.apply(tokenizer, text);
    }

    /**
     * How many tokens each kind of part takes; together, as many as {@link #tokens}. A token across a border counts for the
     * part in which it ends.
     */
    public Map<PartKind, Integer> counts(Tokenizer tokenizer) {
        Map<PartKind, Integer> counts = new EnumMap<>(PartKind.class);
        int before = 0;
        int at = 0;
        List<Part> all = new ArrayList<>(parts);
        all.add(new Part(PartKind.TEMPLATE, text.length(), text.length()));
        for (Part part : all) {
            if (part.from > at || at == 0) {
                int tokens = count(tokenizer, part.from);
                counts.merge(PartKind.TEMPLATE, tokens - before, Integer::sum);
                before = tokens;
            }
            int tokens = count(tokenizer, part.to);
            counts.merge(part.kind, tokens - before, Integer::sum);
            before = tokens;
            at = part.to;
        }
        counts.remove(PartKind.TEMPLATE, 0);
        return counts;
    }

    private int count(Tokenizer tokenizer, int end) {
        return encoding.apply(tokenizer, text.substring(0, end)).length;
    }
}
