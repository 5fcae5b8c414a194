package dev.keiryo.hub;

import java.io.IOException;

/** A model could not be fetched or found. The message is one line that says what to do about it. */
public final class HubException extends IOException {
    private static final long serialVersionUID = 1L;

    public HubException(String message) {
        super(message);
    }

    public HubException(String message, Throwable cause) {
        super(message, cause);
    }
}
