package dev.keiryo.train.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a step has seen and done. */
public final class StepCounts {
    private static final int EXAMPLES = 5;
    private static final int EXCERPT = 160;

    /** Examples show nobody's personal data, whatever the pipeline. */
    private static final Edit MASK = new PersonalData();

    private final String step;
    private long documentsBefore;
    private long documentsAfter;
    private long charactersBefore;
    private long charactersAfter;
    private long changed;
    private final Map<String, Long> reasons = new TreeMap<>();
    private final List<Example> examples = new ArrayList<>();

    /**
     * A document that a step has dropped or changed.
     *
     * @param origin file and line
     * @param reason why it was dropped; empty where it was changed
     * @param before the text, or what of it was changed, shortened; personal data masked
     * @param after what that has become; empty where the document was dropped
     */
    public record Example(String origin, String reason, String before, String after) {}

    StepCounts(String step) {
        this.step = step;
    }

    void kept(String text) {
        seen(text, text);
    }

    void changed(Document document, String after) {
        seen(document.text(), after);
        changed++;
        if (examples.size() < EXAMPLES) {
            String old = MASK.edit(document.text());
            String now = MASK.edit(after);
            int from = 0;
            while (from < Math.min(old.length(), now.length()) && old.charAt(from) == now.charAt(from)) {
                from++;
            }
            int begin = Math.max(0, from - EXCERPT / 4);
            if (!old.equals(now)) {
                examples.add(new Example(document.origin(), "", excerpt(old, begin), excerpt(now, begin)));
            }
        }
    }

    void dropped(Document document, String reason) {
        documentsBefore++;
        charactersBefore += document.text().length();
        if (reasons.merge(reason, 1L, Long::sum) <= 2 && examples.size() < EXAMPLES) {
            examples.add(new Example(document.origin(), reason, excerpt(MASK.edit(document.text()), 0), ""));
        }
    }

    private void seen(String before, String after) {
        documentsBefore++;
        documentsAfter++;
        charactersBefore += before.length();
        charactersAfter += after.length();
    }

    /** On one line, shortened, halves of surrogate pairs left out. */
    private static String excerpt(String text, int from) {
        int begin = from > 0 && from < text.length() && Character.isLowSurrogate(text.charAt(from)) ? from - 1 : from;
        int end = Math.min(text.length(), begin + EXCERPT);
        if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
            end--;
        }
        StringBuilder out = new StringBuilder(begin > 0 ? "…" : "");
        text.substring(begin, end).codePoints().forEach(c -> {
            if (Character.isWhitespace(c) || Character.isISOControl(c)) {
                if (out.isEmpty() || out.charAt(out.length() - 1) != ' ') {
                    out.append(' ');
                }
            } else {
                out.appendCodePoint(c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
            }
        });
        return out.append(end < text.length() ? "…" : "").toString().strip();
    }

    /** The step as {@link Pipeline#parse} reads it. */
    public String step() {
        return step;
    }

    public long documentsBefore() {
        return documentsBefore;
    }

    public long documentsAfter() {
        return documentsAfter;
    }

    /** In UTF-16 units. */
    public long charactersBefore() {
        return charactersBefore;
    }

    /** In UTF-16 units. */
    public long charactersAfter() {
        return charactersAfter;
    }

    /** Documents whose text the step has changed. */
    public long changed() {
        return changed;
    }

    /** Documents dropped, by reason. */
    public Map<String, Long> reasons() {
        return Map.copyOf(reasons);
    }

    /** A few of the documents dropped or changed. */
    public List<Example> examples() {
        return List.copyOf(examples);
    }
}
