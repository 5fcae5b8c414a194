package dev.keiryo.chat;

import dev.keiryo.chat.CallSyntax.Written;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls with literal arguments, as Python writes them. */
final class PythonText {
    private static final int DEPTH = 100;

    private final String text;
    private int at;

    private PythonText(String text) {
        this.text = text;
    }

    private static final class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Wrong() {
            super(null, null, false, false);
        }
    }

    /** The calls of {@code name(key=value, …)} or of a list of such; null where {@code text} is something else. */
    static @Nullable List<Written> calls(String text) {
        PythonText reader = new PythonText(text);
        try {
            List<Written> calls = new ArrayList<>();
            boolean list = reader.skip('[');
            while (!list || !reader.skip(']')) {
                calls.add(reader.call());
                if (!reader.skip(',') && !list) {
                    break;
                }
            }
            reader.space();
            return reader.at == text.length() ? calls : null;
        } catch (Wrong e) {
            return null;
        }
    }

    private Written call() {
        String name = name();
        expect('(');
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        while (!skip(')')) {
            String key = name();
            expect('=');
            arguments.put(key, value(0));
            if (!skip(',')) {
                expect(')');
                break;
            }
        }
        return new Written("", name, arguments);
    }

    private @Nullable Object value(int depth) {
        space();
        char c = peek();
        if (depth > DEPTH) {
            throw new Wrong();
        }
        if (c == '"' || c == '\'') {
            return string(c);
        }
        if (skip('[')) {
            List<@Nullable Object> list = new ArrayList<>();
            while (!skip(']')) {
                list.add(value(depth + 1));
                if (!skip(',')) {
                    expect(']');
                    break;
                }
            }
            return list;
        }
        if (skip('{')) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            while (!skip('}')) {
                space();
                String key = string(peek());
                expect(':');
                map.put(key, value(depth + 1));
                if (!skip(',')) {
                    expect('}');
                    break;
                }
            }
            return map;
        }
        return word();
    }

    private @Nullable Object word() {
        int from = at;
        while (at < text.length() && ",)]}:".indexOf(text.charAt(at)) < 0 && !Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        String word = text.substring(from, at);
        switch (word) {
            case "True", "true" -> {
                return true;
            }
            case "False", "false" -> {
                return false;
            }
            case "None", "null" -> {
                return null;
            }
            default -> {}
        }
        try {
            if (word.matches("[+-]?\\d{1,1000}")) {
                BigInteger n = new BigInteger(word);
                return n.bitLength() < Long.SIZE ? (Object) n.longValue() : n;
            }
            if (word.matches("[+-]?[0-9.]{1,1000}([eE][+-]?\\d{1,9})?")) {
                return Double.valueOf(word);
            }
        } catch (NumberFormatException e) {
            throw new Wrong();
        }
        throw new Wrong();
    }

    private String string(char mark) {
        if (mark != '"' && mark != '\'') {
            throw new Wrong();
        }
        StringBuilder out = new StringBuilder();
        for (at++; peek() != mark; at++) {
            if (at >= text.length()) {
                throw new Wrong();
            }
            char c = text.charAt(at);
            if (c == '\\' && at + 1 < text.length()) {
                at++;
                c = switch (text.charAt(at)) {
                    case 'n' -> '\n';
                    case 't' -> '\t';
                    case 'r' -> '\r';
                    case 'b' -> '\b';
                    case 'f' -> '\f';
                    case 'u' -> hexadecimal(4);
                    case 'x' -> hexadecimal(2);
                    default -> text.charAt(at);
                };
            }
            out.append(c);
        }
        at++;
        return out.toString();
    }

    /** The character of the next so many digits. */
    private char hexadecimal(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            at++;
            int digit = Character.digit(peek(), 16);
            if (digit < 0) {
                throw new Wrong();
            }
            value = value << 4 | digit;
        }
        return (char) value;
    }

    private String name() {
        space();
        int from = at;
        while (at < text.length()
                && (Character.isLetterOrDigit(text.charAt(at)) || "_.-".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        if (at == from) {
            throw new Wrong();
        }
        return text.substring(from, at);
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private void space() {
        at = CallJson.skipSpace(text, at);
    }

    private boolean skip(char c) {
        space();
        boolean found = peek() == c && at < text.length();
        at += found ? 1 : 0;
        return found;
    }

    private void expect(char c) {
        if (!skip(c)) {
            throw new Wrong();
        }
    }
}
