package dev.keiryo.template;

/**
 * What a template may take: steps, memory, depth. Templates come with models from anywhere, and a line of Jinja can ask
 * for any amount of each. Not thread-safe.
 */
final class Budget {
    /** Levels of nested calls, statements and expressions; a level takes up to a kilobyte of stack when interpreted. */
    static final int DEPTH = 300;

    /** Levels of lists and dictionaries within each other. */
    static final int DATA_DEPTH = 500;

    private static final long STEPS = 20_000_000;
    private static final long SIZE = 64L << 20;

    private long steps;
    private long size;
    private int depth;

    /** @param input characters of template and context: what is larger may take more */
    Budget(long input) {
        steps = STEPS + 64 * input;
        size = SIZE + 256 * input;
    }

    /** One statement, expression or element. */
    void step() {
        steps(1);
    }

    void steps(long n) {
        steps -= n;
        if (steps < 0) {
            throw TemplateFailure.limit("takes too many steps; it loops, or the conversation is too long for it");
        }
    }

    /** A string of {@code n} characters comes into being. Call before making it. */
    void allocate(long n) {
        size -= n;
        if (size < 0 || n < 0) {
            throw TemplateFailure.limit("takes too much memory; its strings or lists grow without bound");
        }
        steps(n >> 3);
    }

    /** A list of {@code n} elements comes into being. */
    void allocateList(long n) {
        allocate(4 * n);
    }

    void enter() {
        if (++depth > DEPTH) {
            throw TemplateFailure.limit("maximum recursion depth exceeded");
        }
    }

    void leave() {
        depth--;
    }
}
