package dev.keiryo.chat;

/** Whether a model may, must, or must not call tools. */
public sealed interface ToolChoice {
    /** It may write what it likes; where it begins a call, this is a valid one. */
    ToolChoice AUTO = new Auto();

    /** It writes one or more calls, behind its thoughts where it thinks, and nothing else. */
    ToolChoice REQUIRED = new Required();

    /** It writes no call. */
    ToolChoice NONE = new None();

    /** {@link #AUTO}. */
    record Auto() implements ToolChoice {
        @Override
        public String toString() {
            return "auto";
        }
    }

    /** {@link #REQUIRED}. */
    record Required() implements ToolChoice {
        @Override
        public String toString() {
            return "required";
        }
    }

    /** {@link #NONE}. */
    record None() implements ToolChoice {
        @Override
        public String toString() {
            return "none";
        }
    }

    /** It writes one call of the tool {@code name}. */
    record Named(String name) implements ToolChoice {
        @Override
        public String toString() {
            return "function:" + name;
        }
    }

    /**
     * The choice that is written {@code auto}, {@code required}, {@code none}, or {@code function:NAME}.
     *
     * @throws IllegalArgumentException where it is none of these
     */
    static ToolChoice parse(String text) {
        return switch (text) {
            case "auto" -> AUTO;
            case "required" -> REQUIRED;
            case "none" -> NONE;
            default -> {
                if (text.startsWith("function:") && text.length() > "function:".length()) {
                    yield new Named(text.substring("function:".length()));
                }
                throw new IllegalArgumentException(
                        "a tool choice should be auto, required, none or function:NAME, but is " + text);
            }
        };
    }
}
