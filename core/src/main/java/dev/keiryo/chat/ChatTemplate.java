package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.LanguageModel;
import dev.keiryo.template.RaisedException;
import dev.keiryo.tokenizer.Tokenizer;
import java.util.List;

/** How a model wants conversations written, and how it writes its answers. Immutable and thread-safe. */
@SuppressWarnings("DoNotCallSuggester")
public final class ChatTemplate {
    private final String text;
    private final String bos;
    private final String eos;

    private ChatTemplate(String text, String bos, String eos) {
        this.text = text;
        this.bos = bos;
        this.eos = eos;
    }

    /**
     * @param source where the template is from, for messages
     * @param text Jinja, as in {@code tokenizer_config.json}
     * @param bos the text of the beginning-of-sequence token, or empty
     * @param eos the text of the end-of-sequence token, or empty
     * @throws FormatException where the template is not valid
     */
    public static ChatTemplate parse(String source, String text, String bos, String eos) throws FormatException {
        return new ChatTemplate(text, bos, eos);
    }

    /** The template that a model carries; where it carries none, a known one that its special tokens speak for. */
    public static ChatTemplate of(LanguageModel model) throws FormatException {
        throw new UnsupportedOperationException();
    }

    /** The template itself. */
    public String text() {
        return text;
    }

    /**
     * The text of a conversation.
     *
     * @throws RaisedException where the template refuses this conversation
     * @throws FormatException where the template fails
     */
    public String render(List<Message> messages, List<Tool> tools, RenderOptions options)
            throws FormatException, RaisedException {
        throw new UnsupportedOperationException(bos + eos);
    }

    /** Tokens of a rendered text: special tokens are parsed, and BOS is there once where the model wants it. */
    public int[] encode(Tokenizer tokenizer, String rendered) {
        throw new UnsupportedOperationException();
    }

    /**
     * What takes apart the answer to a prompt that {@link #render} has given.
     *
     * @param prompt rendered; it may open a reasoning block
     */
    public OutputParser parser(String prompt, List<Tool> tools) {
        throw new UnsupportedOperationException();
    }
}
