package dev.keiryo.grammar;

import dev.keiryo.FormatException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what stands for one character in a regular expression: escapes and classes. */
final class RegexSets {
    static final CodePointSet NO_LINE_END = CodePointSet.LINE_END.negated();
    private static final CodePointSet DIGIT = CodePointSet.DIGIT;
    private static final CodePointSet LETTER = CodePointSet.of('a', 'z').or(CodePointSet.of('A', 'Z'));
    private static final Map<String, CodePointSet> POSIX = Map.ofEntries(
            Map.entry("alnum", LETTER.or(DIGIT)),
            Map.entry("alpha", LETTER),
            Map.entry("ascii", CodePointSet.of(0, 0x7F)),
            Map.entry("blank", CodePointSet.of('\t').or(CodePointSet.of(' '))),
            Map.entry("cntrl", CodePointSet.of(0, 0x1F).or(CodePointSet.of(0x7F))),
            Map.entry("digit", DIGIT),
            Map.entry("graph", CodePointSet.of('!', '~')),
            Map.entry("lower", CodePointSet.of('a', 'z')),
            Map.entry("print", CodePointSet.of(' ', '~')),
            Map.entry("punct", CodePointSet.of('!', '~').without(LETTER.or(DIGIT))),
            Map.entry("space", CodePointSet.of('\t', '\r').or(CodePointSet.of(' '))),
            Map.entry("upper", CodePointSet.of('A', 'Z')),
            Map.entry("word", CodePointSet.WORD),
            Map.entry("xdigit", DIGIT.or(CodePointSet.of('a', 'f')).or(CodePointSet.of('A', 'F'))));

    private final TextCursor in;
    private final String source;

    RegexSets(TextCursor in, String source) {
        this.in = in;
        this.source = source;
    }

    /** An error where the text from here (or from one character before) is {@code syntax}, the sign of {@code what}. */
    void refuse(String syntax, String what) {
        if (in.startsWith(syntax) || (syntax.startsWith("(") && in.startsWith(syntax.substring(1)))) {
            throw new UnenforceableException(
                    source, what + " " + syntax, "an automaton reads each character once; say it without");
        }
    }

    /** A character that stands for itself, or an escape. */
    CodePointSet one() throws FormatException {
        if (in.startsWith("\\")) {
            CodePointSet named = named();
            if (named != null) {
                return named;
            }
        }
        return CodePointSet.of(character(false));
    }

    CodePointSet bracket(boolean ignoreCase) throws FormatException {
        int start = in.position();
        in.require("[");
        boolean negated = in.accept("^");
        if (in.startsWith("]")) {
            throw in.error("expected a character; write \\] for the bracket itself");
        }
        CodePointSet.Builder all = new CodePointSet.Builder();
        while (!in.accept("]")) {
            CodePointSet named = in.startsWith("[:") ? posix() : in.startsWith("\\") ? named() : null;
            if (named != null) {
                all.add(named);
                continue;
            }
            int from = in.position();
            int low = character(true);
            int high = low;
            if (in.startsWith("-") && !in.startsWith("-]")) {
                in.next();
                high = character(true);
            }
            if (high < low) {
                in.seek(from);
                throw in.error("expected a range from a lower to a higher character");
            }
            all.add(low, high);
        }
        CodePointSet set = ignoreCase ? all.build().ignoringCase() : all.build();
        set = negated ? set.negated() : set;
        if (set.isEmpty()) {
            in.seek(start);
            throw in.error("expected a class with characters in it");
        }
        return set;
    }

    private @Nullable CodePointSet posix() throws FormatException {
        int at = in.position();
        in.require("[:");
        boolean negated = in.accept("^");
        int from = in.position();
        while (in.peek() >= 'a' && in.peek() <= 'z') {
            in.next();
        }
        CodePointSet set = POSIX.get(in.since(from));
        if (!in.accept(":]")) {
            in.seek(at);
            return null; // [:] is a class of two characters
        }
        if (set == null) {
            in.seek(from);
            throw in.error("expected one of " + String.join(", ", POSIX.keySet()));
        }
        return negated ? set.negated() : set;
    }

    /** A class with a name, or null where an escaped character follows. */
    private @Nullable CodePointSet named() throws FormatException {
        for (String start : new String[] {"\\d", "\\D", "\\w", "\\W", "\\s", "\\S"}) {
            if (in.accept(start)) {
                char letter = start.charAt(1);
                CodePointSet set = switch (Character.toLowerCase(letter)) {
                    case 'd' -> DIGIT;
                    case 'w' -> CodePointSet.WORD;
                    default -> CodePointSet.SPACE;
                };
                return Character.isUpperCase(letter) ? set.negated() : set;
            }
        }
        if (in.startsWith("\\p") || in.startsWith("\\P")) {
            boolean negated = in.accept("\\P");
            if (!negated) {
                in.require("\\p");
            }
            int from = in.position();
            negated ^= in.accept("{^");
            boolean braces = in.position() > from || in.accept("{");
            int name = in.position();
            do {
                in.next();
            } while (braces && (in.peek() == '_' || in.peek() == '=' || Character.isLetterOrDigit(in.peek())));
            CodePointSet set = UnicodeProperty.findOrScript(in.since(name));
            if (set == null || (braces && !in.accept("}"))) {
                in.seek(from);
                throw in.error("expected a Unicode property, such as {L}, {Lu} or {Script=Greek}");
            }
            return negated ? set.negated() : set;
        }
        return null;
    }

    private int character(boolean inClass) throws FormatException {
        int at = in.position();
        int c = in.next();
        if (c == TextCursor.END) {
            throw in.error("expected a character");
        }
        return c == '\\' ? escaped(at, inClass) : c;
    }

    private int escaped(int at, boolean inClass) throws FormatException {
        int c = in.next();
        int value = switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'f' -> '\f';
            case 'v' -> 0x0B;
            case 'a' -> 0x07;
            case 'x' -> in.startsWith("{") ? braced() : in.hex(2, 2);
            case 'u' -> in.startsWith("{") ? braced() : utf16();
            case 'c' -> isLetter(in.peek()) ? in.next() % 32 : -1;
            case '0' -> in.isDigit() ? -1 : 0;
            case 'b' -> inClass ? '\b' : -1;
            default -> c == TextCursor.END || Character.isLetterOrDigit(c) ? -1 : c;
        };
        if (value >= 0) {
            return value;
        }
        in.seek(at);
        refuse("\\b", "word boundary");
        refuse("\\B", "word boundary");
        refuse("\\k", "backreference");
        for (int digit = 1; digit <= 9; digit++) {
            refuse("\\" + digit, "backreference");
        }
        throw in.error("expected an escape that there is");
    }

    private static boolean isLetter(int c) {
        return LETTER.contains(c);
    }

    private int braced() throws FormatException {
        in.require("{");
        int c = in.hex(1, 6);
        in.require("}");
        return c;
    }

    /** One UTF-16 unit, or a pair of surrogates. */
    private int utf16() throws FormatException {
        int unit = in.hex(4, 4);
        int after = in.position();
        if (Character.isHighSurrogate((char) unit) && in.accept("\\u") && !in.startsWith("{")) {
            int low = in.hex(4, 4);
            if (Character.isLowSurrogate((char) low)) {
                return Character.toCodePoint((char) unit, (char) low);
            }
        }
        in.seek(after);
        return unit;
    }
}
