package dev.keiryo.template;

import java.io.IOException;

/**
 * A template refused what it was given, by its own {@code raise_exception}: the message is the template's, word for word
 * (e.g. <i>Conversation roles must alternate</i>). Nothing is wrong with the template.
 */
public final class RaisedException extends IOException {
    private static final long serialVersionUID = 1L;

    public RaisedException(String message) {
        super(message);
    }
}
