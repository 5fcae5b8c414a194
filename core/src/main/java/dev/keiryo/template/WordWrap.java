package dev.keiryo.template;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code textwrap.wrap}: lines of at most a width, broken at white space and hyphens. */
final class WordWrap {
    private static final String SPACE = "[\\t\\n\\x0b\\f\\r ]";
    private static final String BLACK = "[^\\t\\n\\x0b\\f\\r ]";
    private static final String PUNCTUATED = "[\\w!\"'&.,?]";
    private static final String LETTER = "[^\\d\\W]";

    /** Words, white space and dashes; words may end behind a hyphen between letters. */
    private static final Pattern WITH_HYPHENS = Pattern.compile(
            SPACE + "+"
                    + "|(?<=" + PUNCTUATED + ")-{2,}(?=\\w)"
                    + "|" + BLACK + "+?(?:"
                    + "-(?:(?<=" + LETTER + "{2}-)|(?<=" + LETTER + "-" + LETTER + "-))(?=" + LETTER + "-?" + LETTER
                    + ")"
                    + "|(?=" + SPACE + "|\\z)"
                    + "|(?<=" + PUNCTUATED + ")(?=-{2,}\\w))",
            Pattern.UNICODE_CHARACTER_CLASS);

    private static final Pattern AT_SPACE = Pattern.compile(SPACE + "+|" + BLACK + "+");

    private WordWrap() {}

    static List<String> wrap(String text, int width, boolean breakLong, boolean hyphens, Budget budget) {
        if (width <= 0) {
            throw TemplateFailure.value("invalid width " + width + " (must be > 0)");
        }
        List<String> chunks = new ArrayList<>();
        Matcher matcher = (hyphens ? WITH_HYPHENS : AT_SPACE).matcher(text);
        while (matcher.find()) {
            budget.steps(1 + matcher.group().length());
            chunks.add(matcher.group());
        }
        List<String> stack = new ArrayList<>(chunks.reversed());
        List<String> lines = new ArrayList<>();
        while (!stack.isEmpty()) {
            budget.step();
            if (!lines.isEmpty() && stack.getLast().isBlank()) {
                stack.removeLast();
            }
            List<String> line = new ArrayList<>();
            int length = 0;
            while (!stack.isEmpty() && length + Text.length(stack.getLast()) <= width) {
                length += Text.length(stack.getLast());
                line.add(stack.removeLast());
            }
            if (!stack.isEmpty() && Text.length(stack.getLast()) > width) {
                breakLong(stack, line, width - length, breakLong, hyphens);
            }
            if (!line.isEmpty() && line.getLast().isBlank()) {
                line.removeLast();
            }
            if (!line.isEmpty()) {
                lines.add(String.join("", line));
            }
        }
        return lines;
    }

    /** A chunk that no line holds: cut, or put on a line of its own. */
    private static void breakLong(List<String> stack, List<String> line, int room, boolean breakLong, boolean hyphens) {
        if (breakLong) {
            String chunk = stack.getLast();
            int end = Math.max(1, room);
            if (hyphens && Text.length(chunk) > end) {
                String head = Text.slice(chunk, 0, end);
                int hyphen = head.lastIndexOf('-');
                if (hyphen > 0 && !head.substring(0, hyphen).chars().allMatch(c -> c == '-')) {
                    end = head.codePointCount(0, hyphen + 1);
                }
            }
            int cut = chunk.offsetByCodePoints(0, end);
            line.add(chunk.substring(0, cut));
            stack.set(stack.size() - 1, chunk.substring(cut));
        } else if (line.isEmpty()) {
            line.add(stack.removeLast());
        }
    }
}
