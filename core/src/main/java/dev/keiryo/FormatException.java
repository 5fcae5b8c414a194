package dev.keiryo;

import java.io.IOException;

/**
 * A file, or text that came from outside, is not what its format demands.
 *
 * <p>The message is one line a user can act on: the source (file, tensor, key), the place in it (byte offset or path),
 * what was expected, what was found, and what to do. Every reader of untrusted input throws this and nothing else,
 * apart from {@link IOException}s of the operating system.
 */
public final class FormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Where no byte offset applies. */
    public static final long NO_OFFSET = -1;

    private final String source;
    private final long offset;

    /**
     * @param source the file, or the tensor or key within it, that is at fault
     * @param offset byte offset of the fault in the file, or {@link #NO_OFFSET}
     * @param problem what was expected, what was found, and what to do about it
     */
    public FormatException(String source, long offset, String problem) {
        super(offset < 0 ? source + ": " + problem : source + ": at byte " + offset + ": " + problem);
        this.source = source;
        this.offset = offset;
    }

    public FormatException(String source, String problem) {
        this(source, NO_OFFSET, problem);
    }

    public FormatException(String source, String problem, Throwable cause) {
        this(source, NO_OFFSET, problem);
        initCause(cause);
    }

    public String source() {
        return source;
    }

    /** Byte offset of the fault in the file, or {@link #NO_OFFSET}. */
    public long offset() {
        return offset;
    }
}
