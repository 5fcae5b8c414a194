package dev.keiryo.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Reads a {@link SetPattern} from {@link Pattern}'s syntax, as far as it has the form. */
final class SetPatternParser {
    private static final int OTHER_SYNTAX = Pattern.COMMENTS | Pattern.LITERAL | Pattern.CANON_EQ;
    /** Tables cost memory; so many different sets are in no vocabulary's pattern. */
    private static final int MOST_SETS = 64;

    private static final int DEEPEST = 4;
    /** Letters that stand for one character or a class when escaped; others may be places or references. */
    private static final String ESCAPES = "sSdDwWrntf";

    /** The pattern has another form. */
    private static final class Unsuitable extends Exception {
        private static final long serialVersionUID = 1;
    }

    /** A part of a sequence, to be put before what follows it. */
    @FunctionalInterface
    private interface Part extends UnaryOperator<SetPattern.Node> {}

    private final String regex;
    private final int flags;
    private final Map<String, CharacterSet> sets = new HashMap<>();
    private int at;

    SetPatternParser(Pattern pattern) {
        regex = pattern.pattern();
        flags = pattern.flags();
    }

    /** The first state, or null where the pattern has another form. */
    SetPattern.@Nullable Node parse() {
        if ((flags & OTHER_SYNTAX) != 0) {
            return null;
        }
        try {
            Part all = alternatives("", false, 0);
            return at == regex.length() ? all.apply(new SetPattern.End()) : null;
        } catch (Unsuitable e) {
            return null;
        }
    }

    /** Up to a closing parenthesis or the end; {@code options} are inline flags, such as {@code (?i)}. */
    private Part alternatives(String options, boolean inGroup, int depth) throws Unsuitable {
        List<List<Part>> sequences = new ArrayList<>();
        sequences.add(new ArrayList<>());
        while (at < regex.length() && !(inGroup && regex.charAt(at) == ')')) {
            if (regex.charAt(at) == '|') {
                at++;
                sequences.add(new ArrayList<>());
            } else if (regex.charAt(at) == '(') {
                sequences.getLast().add(group(options, depth + 1));
            } else if (accept("\\z")) {
                sequences.getLast().add(SetPattern.Bottom::new);
            } else {
                sequences.getLast().add(run(set(options)));
            }
        }
        return next -> {
            List<SetPattern.Node> nodes =
                    sequences.stream().map(parts -> chain(parts, next)).toList();
            return nodes.size() == 1 ? nodes.getFirst() : new SetPattern.Choice(nodes);
        };
    }

    private static SetPattern.Node chain(List<Part> parts, SetPattern.Node next) {
        SetPattern.Node node = next;
        for (Part part : parts.reversed()) {
            node = part.apply(node);
        }
        return node;
    }

    private Part group(String options, int depth) throws Unsuitable {
        if (depth > DEEPEST) {
            throw new Unsuitable();
        }
        if (accept("(?=") || accept("(?!")) {
            boolean wanted = regex.charAt(at - 1) == '=';
            CharacterSet set = set(options);
            require(accept(")"));
            return next -> new SetPattern.Look(set, wanted, next);
        }
        boolean ignoreCase = accept("(?i:");
        require(ignoreCase || accept("(?:"));
        Part inner = alternatives(ignoreCase ? "(?i)" : options, true, depth);
        require(accept(")"));
        boolean optional = accept("?");
        require(at == regex.length() || "*+?{".indexOf(regex.charAt(at)) < 0);
        return optional ? next -> new SetPattern.Choice(List.of(inner.apply(next), next)) : inner;
    }

    private Part run(CharacterSet set) throws Unsuitable {
        int min = 1;
        int max = 1;
        boolean repeated = true;
        if (accept("?")) {
            min = 0;
        } else if (accept("*")) {
            min = 0;
            max = Integer.MAX_VALUE;
        } else if (accept("+")) {
            max = Integer.MAX_VALUE;
        } else if (accept("{")) {
            min = number();
            max = !accept(",") ? min : regex.startsWith("}", at) ? Integer.MAX_VALUE : number();
            require(accept("}") && min <= max);
        } else {
            repeated = false;
        }
        boolean possessive = repeated && accept("+");
        require(at == regex.length() || "*+?{".indexOf(regex.charAt(at)) < 0);
        int least = min;
        int most = max;
        return next -> new SetPattern.Run(set, least, most, possessive, next);
    }

    private int number() throws Unsuitable {
        int from = at;
        while (at < regex.length() && regex.charAt(at) >= '0' && regex.charAt(at) <= '9') {
            at++;
        }
        require(at > from && at - from < 9);
        return Integer.parseInt(regex.substring(from, at));
    }

    private CharacterSet set(String options) throws Unsuitable {
        int from = at;
        require(from < regex.length());
        char c = regex.charAt(from);
        if (c == '[') {
            at = endOfClass();
        } else if (c == '\\') {
            at = endOfEscape();
        } else {
            require(".^$()*+?{}|]".indexOf(c) < 0 && (!Character.isSurrogate(c) || isPair()));
            at += Character.charCount(regex.codePointAt(from));
        }
        String text = options + regex.substring(from, at);
        CharacterSet set = sets.get(text);
        if (set == null) {
            require(sets.size() < MOST_SETS);
            set = new CharacterSet(compile(text));
            sets.put(text, set);
        }
        return set;
    }

    private Pattern compile(String set) throws Unsuitable {
        try {
            return Pattern.compile(set, flags);
        } catch (PatternSyntaxException e) {
            throw new Unsuitable(); // []a] closes at its second bracket
        }
    }

    private boolean isPair() {
        return Character.isSupplementaryCodePoint(regex.codePointAt(at));
    }

    private int endOfEscape() throws Unsuitable {
        require(at + 1 < regex.length());
        char c = regex.charAt(at + 1);
        if (c == 'p' || c == 'P') {
            int end = regex.indexOf('}', at);
            require(regex.startsWith("{", at + 2) && end > 0);
            return end + 1;
        }
        boolean symbol = c < 0x80 && !Character.isLetterOrDigit(c);
        require(symbol || ESCAPES.indexOf(c) >= 0);
        return at + 2;
    }

    /** Where the class that opens here closes, behind nested ones and escapes; quotations are left to others. */
    private int endOfClass() throws Unsuitable {
        int depth = 0;
        for (int i = at; i < regex.length(); i++) {
            char c = regex.charAt(i);
            if (c == '\\') {
                i++;
                require(i < regex.length() && regex.charAt(i) != 'Q' && regex.charAt(i) != 'E');
            } else if (c == '[') {
                depth++;
            } else if (c == ']' && --depth == 0) {
                return i + 1;
            }
        }
        throw new Unsuitable();
    }

    private boolean accept(String text) {
        if (!regex.startsWith(text, at)) {
            return false;
        }
        at += text.length();
        return true;
    }

    private static void require(boolean holds) throws Unsuitable {
        if (!holds) {
            throw new Unsuitable();
        }
    }
}
