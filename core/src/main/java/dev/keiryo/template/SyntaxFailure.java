package dev.keiryo.template;

/** A template is not valid; becomes a {@code FormatException} with the template's name. */
final class SyntaxFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int line;

    SyntaxFailure(int line, String message) {
        super(message, null, false, false);
        this.line = line;
    }

    int line() {
        return line;
    }
}
