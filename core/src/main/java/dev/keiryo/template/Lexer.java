package dev.keiryo.template;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Cuts a template into data and the tokens of tags, with Jinja's control of white space: {@code trim_blocks} and
 * {@code lstrip_blocks} are on, as chat templates expect, and the last line break of all is dropped.
 *
 * <p>Source: Jinja 3.1, "Template Designer Documentation", <i>Whitespace Control</i>.
 */
final class Lexer {
    private static final List<String> OPERATORS = List.of(
            "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
            "=", ".", ":", "|", ",", ";");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private final Literals literals;
    private int at;
    private int line = 1;
    private boolean lineStarting = true;

    private Lexer(String source) {
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        this.source = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        this.literals = new Literals(this.source);
    }

    /** All tokens, {@link Token.Type#END} last. */
    static List<Token> tokens(String source) {
        Lexer lexer = new Lexer(source);
        lexer.root();
        lexer.add(Token.Type.END, "");
        return lexer.tokens;
    }

    private void root() {
        while (at < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                data(source.substring(at));
                move(source.length());
                return;
            }
            String text = source.substring(at, tag);
            char kind = source.charAt(tag + 1);
            int sign = tag + 2 < source.length() ? source.charAt(tag + 2) : 0;
            int inside = sign == '-' || sign == '+' ? tag + 3 : tag + 2;
            data(stripped(text, sign, kind != '{'));
            int raw = kind == '%' ? rawBegin(inside) : -1;
            move(inside);
            lineStarting = false;
            if (raw >= 0) {
                endAt(raw);
                raw();
            } else if (kind == '#') {
                comment();
            } else {
                tag(kind == '{');
            }
        }
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '{' || next == '%' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    /** Data before a tag, without what the tag's sign or {@code lstrip_blocks} takes away. */
    private String stripped(String text, int sign, boolean block) {
        if (sign == '-') {
            return Text.strip(text, false, true);
        }
        if (sign != '+' && block) {
            int begin = text.lastIndexOf('\n') + 1;
            if ((begin > 0 || lineStarting)
                    && Text.strip(text.substring(begin), true, false).isEmpty()) {
                return text.substring(0, begin);
            }
        }
        return text;
    }

    /** Where {@code raw} and the end of its tag end, or -1 where the tag is another. */
    private int rawBegin(int from) {
        int word = skipSpace(from);
        if (!source.startsWith("raw", word)) {
            return -1;
        }
        int end = skipSpace(word + 3);
        if (source.startsWith("-%}", end)) {
            return skipSpace(end + 3);
        }
        return source.startsWith("%}", end) ? end + 2 : -1;
    }

    private void raw() {
        for (int i = source.indexOf("{%", at); i >= 0; i = source.indexOf("{%", i + 1)) {
            int sign = i + 2 < source.length() ? source.charAt(i + 2) : 0;
            int word = skipSpace(sign == '-' || sign == '+' ? i + 3 : i + 2);
            int end = source.startsWith("endraw", word) ? blockEnd(skipSpace(word + 6)) : -1;
            if (end >= 0) {
                data(stripped(source.substring(at, i), sign, true));
                endAt(end);
                return;
            }
        }
        throw new SyntaxFailure(line, "Missing end of raw directive");
    }

    private void comment() {
        int close = source.indexOf("#}", at);
        if (close < 0) {
            throw new SyntaxFailure(line, "Missing end of comment tag");
        }
        int sign = close > at ? source.charAt(close - 1) : 0;
        int end = close + 2;
        if (sign == '-') {
            end = skipSpace(end);
        } else if (sign != '+' && source.startsWith("\n", end)) {
            end++;
        }
        endAt(end);
    }

    /** Where a block's end at {@code from} ends, white space that goes with it included; or -1. */
    private int blockEnd(int from) {
        if (source.startsWith("-%}", from)) {
            return skipSpace(from + 3);
        }
        if (source.startsWith("+%}", from)) {
            return from + 3;
        }
        if (source.startsWith("%}", from)) {
            return source.startsWith("\n", from + 2) ? from + 3 : from + 2;
        }
        return -1;
    }

    private int variableEnd(int from) {
        if (source.startsWith("-}}", from)) {
            return skipSpace(from + 3);
        }
        return source.startsWith("}}", from) ? from + 2 : -1;
    }

    private void tag(boolean variable) {
        add(variable ? Token.Type.VARIABLE_BEGIN : Token.Type.BLOCK_BEGIN, "");
        Deque<Character> open = new ArrayDeque<>();
        while (at < source.length()) {
            int end = !open.isEmpty() ? -1 : variable ? variableEnd(at) : blockEnd(at);
            if (end >= 0) {
                add(variable ? Token.Type.VARIABLE_END : Token.Type.BLOCK_END, "");
                endAt(end);
                return;
            }
            int c = source.codePointAt(at);
            if (Text.isSpace(c)) {
                move(skipSpace(at));
            } else if (c >= '0' && c <= '9') {
                number();
            } else if (c == '_' || Character.isLetterOrDigit(c)) {
                name();
            } else if (c == '\'' || c == '"') {
                string();
            } else {
                operator(open);
            }
        }
    }

    private void number() {
        int end = at > 0 && source.charAt(at - 1) == '.' ? -1 : literals.real(at);
        if (end >= 0) {
            String text = source.substring(at, end);
            tokens.add(new Token(Token.Type.FLOAT, text, Double.valueOf(text.replace("_", "")), line));
        } else {
            end = literals.integer(at);
            String text = source.substring(at, end);
            BigInteger n = Literals.integer(text);
            if (n.bitLength() > Arithmetic.MOST_BITS) {
                throw new SyntaxFailure(line, "a number of " + text.length() + " digits is too large");
            }
            tokens.add(new Token(Token.Type.INTEGER, text, Values.number(n), line));
        }
        move(end);
    }

    private void name() {
        int end = at;
        while (end < source.length()) {
            int c = source.codePointAt(end);
            if ((c != '_' && !Character.isUnicodeIdentifierPart(c)) || Character.isIdentifierIgnorable(c)) {
                break;
            }
            end += Character.charCount(c);
        }
        if (end == at || (!Character.isUnicodeIdentifierStart(source.codePointAt(at)) && source.charAt(at) != '_')) {
            throw new SyntaxFailure(line, "Invalid character in identifier");
        }
        add(Token.Type.NAME, source.substring(at, end));
        move(end);
    }

    private void string() {
        int end = at + 1;
        char mark = source.charAt(at);
        while (end < source.length() && source.charAt(end) != mark) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw unexpected();
        }
        String text = source.substring(at + 1, end);
        tokens.add(new Token(Token.Type.STRING, text, Literals.string(text, line), line));
        move(end + 1);
    }

    private void operator(Deque<Character> open) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                balance(operator.charAt(0), open);
                add(Token.Type.OPERATOR, operator);
                move(at + operator.length());
                return;
            }
        }
        throw unexpected();
    }

    private void balance(char c, Deque<Character> open) {
        switch (c) {
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '{' -> open.push('}');
            case ')', ']', '}' -> {
                if (open.isEmpty()) {
                    throw new SyntaxFailure(line, "unexpected '" + c + "'");
                }
                char expected = open.pop();
                if (expected != c) {
                    throw new SyntaxFailure(line, "unexpected '" + c + "', expected '" + expected + "'");
                }
            }
            default -> {}
        }
    }

    private SyntaxFailure unexpected() {
        return new SyntaxFailure(
                line,
                "unexpected char " + Representation.quoted(Character.toString(source.codePointAt(at))) + " at " + at);
    }

    private int skipSpace(int from) {
        int i = from;
        while (i < source.length() && Text.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    private void data(String text) {
        if (!text.isEmpty()) {
            add(Token.Type.DATA, text);
        }
    }

    private void add(Token.Type type, String text) {
        tokens.add(new Token(type, text, text, line));
    }

    /** Goes on behind a tag's end at {@code to}. */
    private void endAt(int to) {
        move(to);
        lineStarting = to > 0 && source.charAt(to - 1) == '\n';
    }

    private void move(int to) {
        for (int i = at; i < to; i++) {
            if (source.charAt(i) == '\n') {
                line++;
            }
        }
        at = to;
    }
}
