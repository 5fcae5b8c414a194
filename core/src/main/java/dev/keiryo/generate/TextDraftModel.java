package dev.keiryo.generate;

import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.tokenizer.IntSequence;
import dev.keiryo.tokenizer.Tokenizer;
import java.util.Arrays;

/**
 * Guesses with a smaller model whose vocabulary is another: through text. What the text says so far is tokenized for the
 * draft model; what that goes on with is tokenized for the model (Timor et al., arXiv 2502.05202, section 3: string-level
 * exact match). Only a stretch at the text's end is tokenized each time.
 *
 * <p>As {@link DraftModel}, it reads all of a text or begins near its end.
 */
public final class TextDraftModel implements Drafter {
    /** Characters that are tokenized each time, more or less: from {@link #KEPT} to this many. */
    private static final int TAIL = 256;

    private static final int KEPT = 64;
    /** Tokens at the end of the text that are tokenized again, at most. */
    private static final int WORD = 8;
    /** Tokens that a decoder is given for its bearings. */
    private static final int BEARINGS = 4;

    private final DraftModel model;
    private final Tokenizer theirs;
    private final InnerText own;
    private final InnerText their;
    private Tokenizer.StreamDecoder decoder;

    private final Tokenizer tokenizer;
    /** The model's token with which {@link #text} begins. */
    private int begin;

    private final StringBuilder text = new StringBuilder();
    /** Length of the text before each of the model's tokens from {@link #begin} on, and behind the last. */
    private final IntSequence ends = new IntSequence();
    /** Draft tokens of {@code text[0, settledText)}. */
    private final IntSequence settled = new IntSequence();

    private int settledText;
    private final History history = new History();
    private final Guesses guesses = new Guesses(1, 64);

    /**
     * @param tokenizer the model's
     * @param engine the draft model's; stays open
     * @param draftTokenizer the draft model's
     * @param share what a step of the draft model takes of one of the model's, more or less
     * @param capacity tokens of the model that a text may have
     */
    public TextDraftModel(Tokenizer tokenizer, Engine engine, Tokenizer draftTokenizer, double share, int capacity) {
        // A smaller vocabulary says the same in more tokens.
        this.model = new DraftModel(engine, share, (int) Math.min(4L * capacity, Integer.MAX_VALUE));
        this.tokenizer = tokenizer;
        this.theirs = draftTokenizer;
        this.own = new InnerText(tokenizer);
        this.their = new InnerText(draftTokenizer);
        this.decoder = tokenizer.stream(true);
        ends.add(0);
    }

    /** The last token of a guess is only found by guessing one more. */
    @Override
    public double share() {
        return 2 * model.share();
    }

    @Override
    public int unread(History all, boolean whole) {
        int from = beginning(all, whole);
        return Math.max(0, all.size() - 1 - (from == begin ? begin + read() : from));
    }

    /** Tokens of the model, from {@link #begin} on, whose text is known. */
    private int read() {
        return ends.size() - 1;
    }

    private int beginning(History all, boolean whole) {
        boolean near = read() > 0 && all.size() - 1 - begin - read() <= DraftModel.WINDOW;
        return near && (begin == 0 || !whole) ? begin : whole ? 0 : stretch(all, DraftModel.WINDOW);
    }

    private static int stretch(History all, int tokens) {
        return Math.max(0, all.size() - 1 - tokens);
    }

    @Override
    public void read(History all, int tokens) {
        begin(all, stretch(all, tokens));
        read(all);
        if (tokenize()) {
            model.read(history, history.size());
        }
    }

    private void begin(History all, int at) {
        begin = at;
        decoder = tokenizer.stream(true);
        for (int i = Math.max(0, at - BEARINGS); i < at; i++) {
            decoder.next(all.get(i));
        }
        text.setLength(0);
        ends.truncate(1);
        settled.truncate(0);
        settledText = 0;
    }

    @Override
    public void draft(Sequence sequence, History all, int most, boolean whole, Guesses out) {
        int from = beginning(all, whole);
        if (from != begin) {
            begin(all, from);
        }
        draft(all, most, out);
    }

    private void draft(History all, int most, Guesses out) {
        boolean whole = read(all);
        if (!whole || !tokenize()) {
            return; // within a character, or nothing to go by
        }
        guesses.clear();
        model.draft(history, Math.min(64, most + most / 2 + 1), true, guesses);
        int[] ids = guesses.branches() == 0 ? new int[0] : following(all, decoded());
        int branch = ids.length == 0 ? -1 : out.branch();
        for (int i = 0; i < Math.min(most, ids.length); i++) {
            out.add(branch, ids[i]);
        }
    }

    /** Takes in new tokens, and says whether the last one completed some text. */
    private boolean read(History all) {
        boolean whole = text.length() > 0;
        for (int i = begin + read(); i < all.size(); i++) {
            String more = decoder.next(all.get(i));
            text.append(more);
            ends.add(text.length());
            whole = !more.isEmpty();
        }
        return whole;
    }

    /** Makes {@link #history} the text as the draft model's tokens; false where there is none. */
    private boolean tokenize() {
        int cut = settledText;
        if (text.length() - settledText > TAIL) {
            for (int i = settledText + 1; i < text.length() - KEPT; i++) {
                // a word's beginning: tokens do not reach over it
                cut = Character.isWhitespace(text.charAt(i)) && !Character.isWhitespace(text.charAt(i - 1)) ? i : cut;
            }
        }
        if (cut > settledText) {
            int[] more = tokens(cut);
            for (int id : more) {
                settled.add(id);
            }
            settledText = cut;
        }
        int[] tail = tokens(text.length());
        int[] all = Arrays.copyOf(settled.toArray(), settled.size() + tail.length);
        System.arraycopy(tail, 0, all, settled.size(), tail.length);
        history.start(all);
        return all.length > 0;
    }

    private int[] tokens(int end) {
        String part = text.substring(settledText, end);
        int[] inner = settledText == 0 ? null : their.tokens(part);
        if (inner != null) {
            return inner;
        }
        // A vocabulary puts a blank before a text's first word by itself.
        return settledText == 0 ? their.whole(begin == 0 ? part : part.stripLeading()) : new int[0];
    }

    /** What the draft model's guesses say. */
    private String decoded() {
        Tokenizer.StreamDecoder stream = theirs.stream(true);
        for (int back = Math.min(BEARINGS, history.size()) - 1; back >= 0; back--) {
            stream.next(history.last(back));
        }
        StringBuilder more = new StringBuilder();
        for (int i = 0; i < guesses.length(0) && !theirs.isSpecial(guesses.token(0, i)); i++) {
            more.append(stream.next(guesses.token(0, i)));
        }
        return more.toString();
    }

    /**
     * The model's tokens of {@code more}, behind those that it has written: the text from one of its last tokens on is
     * tokenized together with {@code more}, and must begin with the tokens that are there. The very last one is left out: it
     * would be another if {@code more} went on.
     */
    private int[] following(History all, String more) {
        for (int n = Math.min(WORD, read()); n > 0 && !more.isEmpty(); n--) {
            String end = text.substring(ends.get(read() - n));
            int[] ids = end.isEmpty() ? null : own.tokens(end + more);
            if (ids != null && endsBefore(all, n, ids)) {
                return Arrays.copyOfRange(ids, n, Math.max(n + 1, ids.length - 1));
            }
        }
        return new int[0];
    }

    /** Whether the last {@code n} tokens of {@code all} are the first of {@code ids}. */
    private static boolean endsBefore(History all, int n, int[] ids) {
        for (int i = 0; i < n || ids.length <= n; i++) {
            if (i >= ids.length || all.last(n - 1 - i) != ids[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        model.close();
    }
}
