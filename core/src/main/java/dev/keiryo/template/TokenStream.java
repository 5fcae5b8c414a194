package dev.keiryo.template;

import java.util.List;

/** Tokens, one after the other. */
final class TokenStream {
    private final List<Token> tokens;
    private int at;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    /** The token behind the current one. */
    Token look() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    /** The current token; goes on to the next. */
    Token next() {
        Token token = current();
        at = Math.min(at + 1, tokens.size() - 1);
        return token;
    }

    boolean skipName(String name) {
        boolean found = current().isName(name);
        if (found) {
            next();
        }
        return found;
    }

    boolean skipOperator(String operator) {
        boolean found = current().isOperator(operator);
        if (found) {
            next();
        }
        return found;
    }

    boolean isOperator(String operator) {
        return current().isOperator(operator);
    }

    Token expect(Token.Type type) {
        if (current().type() != type) {
            throw wrong(type.label());
        }
        return next();
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw wrong(operator);
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw wrong(name);
        }
    }

    private SyntaxFailure wrong(String expected) {
        Token found = current();
        return fail(
                found.type() == Token.Type.END
                        ? "unexpected end of template, expected '" + expected + "'."
                        : "expected token '" + expected + "', got '" + found.describe() + "'");
    }

    SyntaxFailure fail(String message) {
        return new SyntaxFailure(current().line(), message);
    }
}
