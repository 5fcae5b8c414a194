package dev.keiryo.cache;

/**
 * A {@link PagePool} has no page to give: its limit is reached, or the machine's memory is. Nothing has changed; the same
 * call succeeds once other sequences have been closed or cut.
 */
public final class OutOfPagesException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private final long wanted;

    OutOfPagesException(long wanted, String message) {
        super(message);
        this.wanted = wanted;
    }

    /** Bytes of the page that could not be given. */
    public long wanted() {
        return wanted;
    }
}
