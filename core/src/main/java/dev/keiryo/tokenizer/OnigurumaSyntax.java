package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Regular expressions as {@code tokenizer.json} writes them (Oniguruma, Ruby's dialect) compiled to Java's: classes are
 * Unicode's, {@code ^} and {@code $} are line ends, {@code \h} is a hexadecimal digit, {@code \p{Han}} is a script.
 *
 * <p>Source: Oniguruma's {@code doc/RE}, and {@link Pattern}.
 */
final class OnigurumaSyntax {
    private static final int FLAGS = Pattern.UNICODE_CHARACTER_CLASS | Pattern.MULTILINE | Pattern.UNIX_LINES;
    private static final int LONGEST = 1 << 16;
    private static final Set<String> POSIX = Set.of(
            "Alnum", "Alpha", "Blank", "Cntrl", "Digit", "Graph", "Lower", "Print", "Punct", "Space", "Upper",
            "XDigit");

    private OnigurumaSyntax() {}

    /** @param source for messages: file and place */
    static Pattern compile(String source, String regex) throws FormatException {
        if (regex.length() > LONGEST) {
            throw new FormatException(source, "pattern of " + regex.length() + " characters; at most " + LONGEST);
        }
        try {
            return Pattern.compile(translate(regex), FLAGS);
        } catch (PatternSyntaxException e) {
            throw new FormatException(source, "pattern \"" + regex + "\" cannot be used: " + e.getDescription(), e);
        } catch (StackOverflowError | RuntimeException e) {
            // the compiler descends once for each nesting level, and reports some slips by other exceptions
            throw new FormatException(source, "pattern \"" + regex + "\" cannot be used", e);
        }
    }

    private static String translate(String regex) {
        StringBuilder out = new StringBuilder(regex.length() + 16);
        for (int i = 0; i < regex.length(); i++) {
            char c = regex.charAt(i);
            int bracket = c == '[' && regex.startsWith(":", i + 1) ? regex.indexOf(":]", i + 2) : -1;
            if (bracket > 0 && appendPosixBracket(regex.substring(i + 2, bracket), out)) {
                i = bracket + 1;
                continue;
            }
            if (c != '\\' || i + 1 == regex.length()) {
                out.append(c);
                continue;
            }
            char escaped = regex.charAt(++i);
            int close = regex.indexOf('}', i);
            if (escaped == 'h') {
                out.append("[0-9a-fA-F]");
            } else if (escaped == 'H') {
                out.append("[^0-9a-fA-F]");
            } else if ((escaped == 'p' || escaped == 'P') && regex.startsWith("{", i + 1) && close > 0) {
                appendProperty(escaped, regex.substring(i + 2, close), out);
                i = close;
            } else {
                out.append(c).append(escaped);
            }
        }
        return out.toString();
    }

    /** {@code [:alpha:]}, which stands inside a class. */
    private static boolean appendPosixBracket(String content, StringBuilder out) {
        boolean not = content.startsWith("^");
        String name = not ? content.substring(1) : content;
        for (String posix : POSIX) {
            if (posix.equalsIgnoreCase(name)) {
                out.append(not ? "\\P{" : "\\p{").append(posix).append('}');
                return true;
            }
        }
        return false;
    }

    private static void appendProperty(char escaped, String property, StringBuilder out) {
        boolean not = property.startsWith("^");
        String name = not ? property.substring(1) : property;
        boolean category = name.length() <= 2 || POSIX.contains(name) || name.startsWith("Is") || name.contains("=");
        out.append('\\').append(not ? (escaped == 'p' ? 'P' : 'p') : escaped);
        out.append('{').append(category ? "" : "Is").append(name).append('}');
    }
}
