package dev.keiryo.train.primer;

import java.util.List;

/** How conversations are written: {@code <|user|>Hello!<|end|><|assistant|>Hi!<|end|>}. */
public final class ChatFormat {
    /** Ends a text. */
    public static final String END_OF_TEXT = "<|endoftext|>";
    /** Ends a turn. */
    public static final String END_OF_TURN = "<|end|>";

    /** What a tokenizer has to know as special tokens. */
    public static final List<String> SPECIAL_TOKENS =
            List.of(END_OF_TEXT, "<|system|>", "<|user|>", "<|assistant|>", END_OF_TURN);

    private ChatFormat() {}

    /** The same as a Jinja template, as models carry it. */
    public static String template() {
        return Phrasebook.text("chat_template.jinja");
    }

    public static String write(List<Turn> turns) {
        StringBuilder out = new StringBuilder();
        for (Turn turn : turns) {
            out.append("<|")
                    .append(turn.role())
                    .append("|>")
                    .append(turn.text())
                    .append(END_OF_TURN);
        }
        return out.toString();
    }
}
