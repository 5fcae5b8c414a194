package dev.keiryo.generate;

import dev.keiryo.grammar.Completion;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Machine;
import dev.keiryo.grammar.State;
import dev.keiryo.grammar.TokenMasks;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/** A {@link Constraint} at work for one text: where in the language it is. Not thread-safe. */
final class Guide {
    /** Bytes that are looked ahead for what is certain. */
    private static final int MOST_FORCED = 256;

    private static final int[] NONE = {};
    private static final byte[] NO_BYTES = {};

    private final Constraint.Compiled compiled;
    private final TokenMasks masks;
    private final Machine machine;
    private final Completion completion;
    private final long[] mask;
    private final byte[] ahead = new byte[MOST_FORCED];
    private State state;
    /** Tokens that may still come. */
    private int left;

    private boolean ended;
    /** The state that the mask belongs to, and the bound on what a token of it leaves to be read. */
    private State masked = State.DEAD;

    private int bound;

    /**
     * @param budget tokens that the text may take
     * @throws IllegalArgumentException where no text of the language is so short, or the vocabulary cannot spell any
     */
    Guide(Constraint constraint, TokenTexts texts, Set<Integer> endOfText, int budget) {
        compiled = constraint.compile(texts, endOfText);
        masks = compiled.masks();
        machine = new Machine();
        completion = new Completion(masks.trie(), machine);
        mask = new long[masks.words()];
        state = machine.start(constraint.language());
        left = budget;
        if (!completion.fits(state, budget)) {
            int needed = completion.fewest(state, 4 * budget + 64);
            throw new IllegalArgumentException(
                    needed < 0
                            ? "no text that the constraint allows can be spelled with this vocabulary in %d tokens; the shortest has %d bytes"
                                    .formatted(4 * budget + 64, state.shortest())
                            : "the shortest text that the constraint allows takes %d tokens, but there is room for %d; allow more new tokens"
                                    .formatted(needed, budget));
        }
    }

    private Guide(Guide other) {
        compiled = other.compiled;
        masks = other.masks;
        machine = other.machine;
        completion = other.completion;
        mask = new long[other.mask.length];
        state = other.state;
        left = other.left;
        ended = other.ended;
    }

    /** Another text that has come as far, for the same thread. */
    Guide fork() {
        return new Guide(this);
    }

    /** Whether nothing may follow. */
    boolean isOver() {
        return ended || compiled.next().nothingAfter(state);
    }

    /** Makes the logits {@code [vocab]} of all tokens but those of {@link #mask()} -∞. */
    void mask(float[] logits) {
        long[] bits = mask();
        for (int id = 0; id < logits.length; id++) {
            if (id >> 6 >= bits.length || (bits[id >> 6] >>> id & 1) == 0) {
                logits[id] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** Whether the text may end here. */
    boolean mayEnd() {
        return ended || state.mayEnd();
    }

    /** The bits of the tokens that may come next, and after which the text can still end in time; valid until the next call. */
    long[] mask() {
        if (!state.equals(masked) || bound >= left || !masks.trie().hasAllBytes()) {
            bound = masks.mask(state, mask);
            masked = state;
            if (bound >= left || !masks.trie().hasAllBytes()) {
                completion.mask(state, left - 1, mask);
            }
            if (state.mayEnd()) {
                compiled.end().forEach(this::allow);
            }
        }
        return mask;
    }

    private void allow(int id) {
        if (id >> 6 < mask.length) {
            mask[id >> 6] |= 1L << id;
        }
    }

    /** Token {@code id} comes next. */
    void accept(int id) {
        left--;
        if (compiled.end().contains(id)) {
            ended = true;
            require(state.mayEnd(), id);
            return;
        }
        byte[] bytes = id >= 0 && id < compiled.tokens().length ? compiled.tokens()[id] : NO_BYTES;
        State next = state;
        for (byte b : bytes) {
            next = machine.next(next, b & 0xFF);
        }
        require(!next.isDead() && bytes.length > 0, id);
        state = next;
    }

    private void require(boolean allowed, int id) {
        if (!allowed) {
            throw new IllegalStateException("forced_tokens: token " + id + " (\""
                    + new String(compiled.texts().bytes(id), StandardCharsets.UTF_8)
                    + "\") was forced on a text whose constraint does not allow it here");
        }
    }

    /** Tokens that are certain to come next, whatever the model says: of the bytes that must follow, as they are usually spelled. */
    int[] forced() {
        if (isOver() || left <= 0) {
            return NONE;
        }
        State at = state;
        int n = 0;
        for (int b = compiled.next().onlyAfter(at);
                b >= 0 && b != Frame.CONTROL && n < MOST_FORCED;
                b = compiled.next().onlyAfter(at)) {
            ahead[n++] = (byte) b;
            at = machine.next(at, b);
        }
        if (n == 0 || (ahead[0] & 0xC0) == 0x80) {
            return NONE; // nothing, or the rest of a character, which is no text by itself
        }
        while (!at.isOver() && n > 0 && (ahead[n - 1] & 0xC0) == 0x80) {
            n--; // whole characters: what begins with this one may be another
        }
        if (!at.isOver() && n > 0 && ahead[n - 1] < 0) {
            n--;
        }
        String text = new String(ahead, 0, n, StandardCharsets.UTF_8);
        int[] ids = compiled.texts().spell(text);
        int certain =
                at.isOver() ? ids.length : certain(text, ids, compiled.next().after(at));
        return Arrays.copyOf(ids, Math.min(certain, left));
    }

    /** How many of {@code ids}, which spell {@code text}, are there whatever follows. */
    private int certain(String text, int[] ids, long[] possible) {
        int same = ids.length - 1; // the last one might have gone on
        int tried = 0;
        for (int b = 0; b < 128 && same > 0 && tried < 8; b++) {
            if ((possible[b >> 6] >>> b & 1) != 0) {
                int[] longer = compiled.texts().spell(text + (char) b);
                int mismatch = Arrays.mismatch(ids, longer);
                same = Math.min(same, mismatch < 0 ? ids.length : mismatch);
                b += tried++ < 4 ? 0 : 11;
            }
        }
        return Math.max(0, same);
    }
}
