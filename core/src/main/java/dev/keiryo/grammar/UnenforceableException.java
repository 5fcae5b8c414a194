package dev.keiryo.grammar;

/** Something is asked for that no automaton can hold a text to, such as a keyword of a schema; it is named. */
public final class UnenforceableException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String what;

    /**
     * @param where the place, e.g. {@code #/properties/name}
     * @param what the keyword
     * @param why why it cannot be enforced, and what to do
     */
    public UnenforceableException(String where, String what, String why) {
        super(where + ": \"" + what + "\" cannot be enforced: " + why);
        this.what = what;
    }

    private UnenforceableException(String source, UnenforceableException cause) {
        super(source + ": " + cause.getMessage(), cause);
        this.what = cause.what;
    }

    /** The same, of something that is part of {@code source}. */
    public UnenforceableException in(String source) {
        return new UnenforceableException(source, this);
    }

    /** The keyword. */
    public String what() {
        return what;
    }
}
