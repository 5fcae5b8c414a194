package dev.keiryo.grammar;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.Expression.Characters;
import dev.keiryo.grammar.Expression.Choice;
import dev.keiryo.grammar.Expression.Repeat;
import dev.keiryo.grammar.Expression.Rule;
import dev.keiryo.grammar.Expression.Sequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads GBNF, llama.cpp's notation for context-free grammars: rules {@code name ::= …} of literals, character classes, rule
 * names, groups, alternatives and repetitions; a text is what the rule {@code root} matches. A token in angle brackets,
 * {@code <think>}, is the control token of that name or its text.
 *
 * <p>Source: llama.cpp, grammars/README.md. As there, a rule ends with its line, except within parentheses and after
 * {@code |}; unlike there, left recursion, classes without characters, and rules that are defined twice are errors.
 */
public final class Gbnf {
    private static final String ROOT = "root";
    /** Characters of a grammar; all that it says is kept several times over. */
    private static final int LONGEST = 4 << 20;

    private final String source;
    private final TextCursor in;
    private final Map<String, Expression> rules = new LinkedHashMap<>();
    /** Where each rule was first named, for rules that do not exist. */
    private final Map<String, Integer> named = new LinkedHashMap<>();

    private Gbnf(String source, String text) {
        this.source = source;
        in = new TextCursor(source, text);
    }

    /**
     * The language of the grammar {@code text}.
     *
     * @param source what to call it in messages
     * @throws FormatException where it is not GBNF, or no automaton can be made of it
     */
    public static Frame compile(String source, String text) throws FormatException {
        if (text.length() > LONGEST) {
            throw new FormatException(source, "the grammar is longer than " + LONGEST + " characters");
        }
        return new Gbnf(source, text).compile();
    }

    private Frame compile() throws FormatException {
        space(true);
        while (in.peek() != TextCursor.END) {
            rule();
        }
        if (!rules.containsKey(ROOT)) {
            throw new FormatException(
                    source, "the grammar has no rule \"root\", which every text is made by; write root ::=");
        }
        for (Map.Entry<String, Integer> name : named.entrySet()) {
            if (!rules.containsKey(name.getKey())) {
                in.seek(name.getValue());
                throw in.error("expected the name of a rule that there is");
            }
        }
        try {
            return Expression.compile(rules, ROOT);
        } catch (IllegalArgumentException e) {
            throw new FormatException(source, String.valueOf(e.getMessage()), e);
        }
    }

    private void rule() throws FormatException {
        int from = in.position();
        String name = name();
        if (rules.containsKey(name)) {
            in.seek(from);
            throw in.error("the rule \"" + name + "\" is defined already; join the two by |");
        }
        space(false);
        in.require("::=");
        space(true);
        rules.put(name, alternatives(false));
        if (in.peek() != TextCursor.END && in.peek() != '\n' && in.peek() != '\r') {
            throw in.error("expected the end of the rule, or what it goes on with");
        }
        space(true);
        if (in.peek() == '|') {
            throw in.error("expected a rule; to go on with the last one, put | at the end of its line, or parentheses"
                    + " around it all");
        }
    }

    private String name() throws FormatException {
        int from = in.position();
        while (isWord(in.peek())) {
            in.next();
        }
        if (in.position() == from) {
            throw in.error("expected the name of a rule");
        }
        return in.since(from);
    }

    private static boolean isWord(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    private void space(boolean newlines) {
        for (int c = in.peek(); ; c = in.peek()) {
            if (c == '#') {
                while (in.peek() != TextCursor.END && in.peek() != '\n' && in.peek() != '\r') {
                    in.next();
                }
            } else if (c == ' ' || c == '\t' || (newlines && (c == '\n' || c == '\r'))) {
                in.next();
            } else {
                return;
            }
        }
    }

    private Expression alternatives(boolean nested) throws FormatException {
        List<Expression> options = new ArrayList<>();
        options.add(sequence(nested));
        while (in.accept("|")) {
            space(true);
            options.add(sequence(nested));
        }
        return options.size() == 1 ? options.getFirst() : new Choice(options);
    }

    private Expression sequence(boolean nested) throws FormatException {
        List<Expression> parts = new ArrayList<>();
        while (true) {
            int c = in.peek();
            if (c == '"') {
                parts.add(literal());
            } else if (c == '[') {
                parts.add(characters());
            } else if (c == '.') {
                in.next();
                parts.add(new Characters(CodePointSet.ALL));
            } else if (c == '(') {
                parts.add(group());
            } else if (c == '<' || in.startsWith("!<")) {
                parts.add(token());
            } else if (isWord(c)) {
                int from = in.position();
                String name = name();
                named.putIfAbsent(name, from);
                parts.add(new Rule(name));
            } else if (c == '*' || c == '+' || c == '?' || c == '{') {
                if (parts.isEmpty()) {
                    throw in.error("expected something to repeat");
                }
                parts.add(repeated(parts.removeLast(), nested));
            } else {
                return parts.size() == 1 ? parts.getFirst() : new Sequence(parts);
            }
            space(nested);
        }
    }

    /**
     * {@code <name>}, a control token, or spelled; {@code !<name>}, text without it: other control tokens come only where they
     * are named, so that is any characters.
     */
    private Expression token() throws FormatException {
        int start = in.position();
        boolean without = in.accept("!");
        int from = in.position();
        in.require("<");
        if (in.peek() == '[') {
            throw in.error("expected the name of a token, as <think>: ids differ from model to model");
        }
        while (!in.accept(">")) {
            int c = in.next();
            if (c == TextCursor.END || c == '\n' || c == '\r') {
                in.seek(start);
                throw in.error("expected a token's name between < and >");
            }
        }
        return without
                ? new Repeat(new Characters(CodePointSet.ALL), 1, Expression.UNLIMITED)
                : Expression.mark(in.since(from));
    }

    private Expression group() throws FormatException {
        in.enter();
        in.require("(");
        space(true);
        Expression inside = alternatives(true);
        in.require(")");
        in.leave();
        return inside;
    }

    private Expression repeated(Expression body, boolean nested) throws FormatException {
        in.enter(); // as deep as what is written after one another
        in.leave();
        if (in.accept("*")) {
            return new Repeat(body, 0, Expression.UNLIMITED);
        }
        if (in.accept("+")) {
            return new Repeat(body, 1, Expression.UNLIMITED);
        }
        if (in.accept("?")) {
            return new Repeat(body, 0, 1);
        }
        in.require("{");
        space(nested);
        int min = in.number();
        int max = min;
        space(nested);
        if (in.accept(",")) {
            space(nested);
            max = in.isDigit() ? in.number() : Expression.UNLIMITED;
            space(nested);
        }
        if (max < min) {
            throw in.error("expected at least " + min + " repetitions at most");
        }
        in.require("}");
        return new Repeat(body, min, max);
    }

    private Expression literal() throws FormatException {
        in.require("\"");
        List<Expression> parts = new ArrayList<>();
        while (!in.accept("\"")) {
            int from = in.position();
            CodePointSet one = CodePointSet.of(character());
            if (one.isEmpty()) {
                in.seek(from);
                throw in.error("a surrogate is no character: expected \\U and eight digits");
            }
            parts.add(new Characters(one));
        }
        return parts.size() == 1 ? parts.getFirst() : new Sequence(parts);
    }

    private Expression characters() throws FormatException {
        int start = in.position();
        in.require("[");
        boolean negated = in.accept("^");
        CodePointSet.Builder set = new CodePointSet.Builder();
        while (!in.accept("]")) {
            int from = in.position();
            int low = character();
            int high = low;
            if (in.startsWith("-") && !in.startsWith("-]")) {
                in.next();
                high = character();
            }
            if (high < low) {
                in.seek(from);
                throw in.error("expected a range from a lower to a higher character");
            }
            set.add(low, high);
        }
        CodePointSet all = negated ? set.build().negated() : set.build();
        if (all.isEmpty() || in.since(start).matches("\\[\\^?]")) {
            in.seek(start);
            throw in.error("expected a class with characters in it");
        }
        return new Characters(all);
    }

    private int character() throws FormatException {
        int at = in.position();
        int c = in.next();
        if (c == TextCursor.END) {
            throw in.error("expected a closing quote or bracket");
        }
        if (c != '\\') {
            return c;
        }
        int escaped = in.next();
        return switch (escaped) {
            case 'x' -> in.hex(2, 2);
            case 'u' -> in.hex(4, 4);
            case 'U' -> in.hex(8, 8);
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'n' -> '\n';
            case '\\', '"', '[', ']' -> escaped;
            default -> {
                in.seek(at);
                throw in.error(
                        "expected an escape: \\x41, \\u0041, \\U00000041, \\t, \\r, \\n, \\\\, \\\", \\[ or \\]");
            }
        };
    }
}
