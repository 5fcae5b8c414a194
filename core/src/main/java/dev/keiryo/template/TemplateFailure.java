package dev.keiryo.template;

/** Rendering cannot go on; becomes a {@code FormatException} with the template's name and line. */
final class TemplateFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of Python exception it would be. */
    enum Kind {
        TYPE,
        VALUE,
        LOOKUP,
        UNDEFINED,
        SECURITY,
        /** A limit of ours. */
        LIMIT,
        RUNTIME,
        /** {@code raise_exception}. */
        RAISED
    }

    private final Kind kind;

    TemplateFailure(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    String text() {
        return String.valueOf(getMessage());
    }

    static TemplateFailure type(String message) {
        return new TemplateFailure(Kind.TYPE, message);
    }

    static TemplateFailure value(String message) {
        return new TemplateFailure(Kind.VALUE, message);
    }

    static TemplateFailure runtime(String message) {
        return new TemplateFailure(Kind.RUNTIME, message);
    }

    static TemplateFailure limit(String message) {
        return new TemplateFailure(Kind.LIMIT, message);
    }
}
