package dev.keiryo.template;

/**
 * A piece of a template.
 *
 * @param text data as it is; a name; an operator; what a literal was written as
 * @param value of a literal, else the text
 */
record Token(Type type, String text, Object value, int line) {
    enum Type {
        DATA("template data"),
        VARIABLE_BEGIN("begin of print statement"),
        VARIABLE_END("end of print statement"),
        BLOCK_BEGIN("begin of statement block"),
        BLOCK_END("end of statement block"),
        NAME("name"),
        STRING("string"),
        INTEGER("integer"),
        FLOAT("float"),
        OPERATOR("operator"),
        END("end of template");

        private final String label;

        Type(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    boolean isName(String name) {
        return type == Type.NAME && text.equals(name);
    }

    boolean isOperator(String operator) {
        return type == Type.OPERATOR && text.equals(operator);
    }

    /** For messages. */
    String describe() {
        return switch (type) {
            case NAME, OPERATOR -> text;
            default -> type.label();
        };
    }
}
