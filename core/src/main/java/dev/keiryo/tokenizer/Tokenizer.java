package dev.keiryo.tokenizer;

import java.util.List;

/**
 * Text to token ids and back: added tokens are cut out, the rest is normalized, split, and encoded by the model; a
 * post-processor adds BOS and the like; decoding undoes it. Immutable and thread-safe.
 *
 * <p>Lone surrogates in a text count as U+FFFD.
 */
public final class Tokenizer {
    /** What to do with text that spells a special token, e.g. {@code <|im_start|>}. */
    public enum SpecialTokens {
        /** It becomes that token: for templates. */
        PARSED,
        /** It is ordinary text: for what users typed. */
        LITERAL
    }

    /**
     * What a tokenizer is made of.
     *
     * @param model pre-token to ids
     * @param added tokens cut out of the text beforehand, special or not; their ids may lie in the model's range
     * @param normalizer applied to each stretch between added tokens
     * @param preTokenizer splits normalized text
     * @param postProcessor ids around a text, where asked for
     * @param decoder pieces to text
     * @param bos beginning of sequence, or -1
     * @param eos end of sequence, or -1
     */
    public record Parts(
            TokenModel model,
            List<AddedToken> added,
            Normalizer normalizer,
            PreTokenizer preTokenizer,
            PostProcessor postProcessor,
            Decoder decoder,
            int bos,
            int eos) {
        public Parts {
            added = List.copyOf(added);
        }
    }

    private final Parts parts;
    private final AddedTokens added;
    private final int size;

    public Tokenizer(Parts parts) {
        this.parts = parts;
        added = new AddedTokens(parts.added(), parts.normalizer());
        size = Math.max(parts.model().size(), added.endId());
    }

    public Parts parts() {
        return parts;
    }

    /**
     * Encodes {@code text}.
     *
     * @param special whether text that spells a special token becomes it
     * @param addSpecial whether to add what the model expects around a text (BOS, [CLS] … [SEP], EOS)
     * @throws BacktrackingException where a pattern from the tokenizer's file takes more than linear time, or a stack
     *     deeper than there is; the built-in patterns never do
     */
    public int[] encode(String text, SpecialTokens special, boolean addSpecial) {
        IntSequence out = new IntSequence(text.length() / 3 + 8);
        if (addSpecial) {
            addAll(parts.postProcessor().before(), out);
        }
        boolean literal = special == SpecialTokens.LITERAL;
        added.raw().split(text, literal, new AddedTokenTrie.Segments() {
            @Override
            public void token(int id) {
                out.add(id);
            }

            @Override
            public void text(int from, int to) {
                encodeStretch(text.substring(from, to), from == 0, literal, out);
            }
        });
        if (addSpecial) {
            addAll(parts.postProcessor().after(), out);
        }
        return out.toArray();
    }

    private void encodeStretch(String raw, boolean first, boolean literal, IntSequence out) {
        TokenModel model = parts.model();
        String text = parts.normalizer().normalize(raw);
        added.normalized().split(text, literal, new AddedTokenTrie.Segments() {
            @Override
            public void token(int id) {
                out.add(id);
            }

            @Override
            public void text(int from, int to) {
                parts.preTokenizer()
                        .split(text, from, to, first && from == 0, (piece, a, b) -> model.encode(piece, a, b, out));
            }
        });
    }

    private static void addAll(int[] ids, IntSequence out) {
        for (int id : ids) {
            out.add(id);
        }
    }

    /**
     * Decodes {@code ids}; bytes that are not UTF-8 become U+FFFD, ids beyond {@link #size} nothing.
     *
     * @param skipSpecial leaves out special (control) tokens
     * @throws BacktrackingException as {@link #encode} does, where the file's decoder replaces a pattern
     */
    public String decode(int[] ids, boolean skipSpecial) {
        StringBuilder text = new StringBuilder();
        Decoder.Stage stage = parts.decoder().open(new Collector(text));
        for (int id : ids) {
            feed(id, skipSpecial, stage);
        }
        stage.finish();
        return text.toString();
    }

    /**
     * A decoder to be fed token by token, which never splits a character. What it gives, joined, is what {@link #decode}
     * gives for the same ids (where a byte-fallback run is not UTF-8, the number of U+FFFD may differ). So a vocabulary's
     * rule for the leading space holds for the stream's first token; feed a prompt's last tokens first, and drop
     * what they give, where the stream continues a text.
     */
    public StreamDecoder stream(boolean skipSpecial) {
        StringBuilder text = new StringBuilder();
        Decoder.Stage stage = parts.decoder().open(new Collector(text));
        return new StreamDecoder() {
            @Override
            public String next(int id) {
                feed(id, skipSpecial, stage);
                stage.flush();
                return take();
            }

            @Override
            public String finish() {
                stage.finish();
                return take();
            }

            private String take() {
                String taken = text.toString();
                text.setLength(0);
                return taken;
            }
        };
    }

    private void feed(int id, boolean skipSpecial, Decoder.Stage stage) {
        if (id < 0 || id >= size || (skipSpecial && isSpecial(id))) {
            return;
        }
        stage.text(piece(id));
        stage.end();
    }

    /** Number of ids, added tokens included. */
    public int size() {
        return size;
    }

    /** Whether each id is the same piece in {@code other}, and there are no others. */
    public boolean hasVocabularyOf(Tokenizer other) {
        if (size != other.size) {
            return false;
        }
        for (int id = 0; id < size; id++) {
            if (!piece(id).equals(other.piece(id))) {
                return false;
            }
        }
        return true;
    }

    /** The vocabulary entry of {@code id} as stored; empty for a hole in the vocabulary. */
    public String piece(int id) {
        if (id < 0 || id >= size) {
            throw new IllegalArgumentException("id " + id + " is not in [0, " + size + ")");
        }
        AddedToken token = added.find(id);
        return token != null
                ? token.content()
                : id < parts.model().size() ? parts.model().piece(id) : "";
    }

    /** The id of a stored vocabulary entry or added token, or -1. */
    public int id(String piece) {
        AddedToken token = added.find(piece);
        return token != null ? token.id() : parts.model().id(piece);
    }

    /** Whether {@code id} is a special (control) token. */
    public boolean isSpecial(int id) {
        AddedToken token = added.find(id);
        return token != null && token.special();
    }

    /** Beginning of sequence, or -1 where the vocabulary has none. */
    public int bos() {
        return parts.bos();
    }

    /** End of sequence, or -1 where the vocabulary has none. */
    public int eos() {
        return parts.eos();
    }

    /** Feeds tokens, gives text. Not thread-safe. */
    public interface StreamDecoder {
        /** The text that {@code id} completes; empty while a character is unfinished. */
        String next(int id);

        /** What is left at the end: an unfinished character as U+FFFD, or nothing. */
        String finish();
    }

    private record Collector(StringBuilder text) implements Decoder.Stage {
        @Override
        public void text(String part) {
            text.append(part);
        }

        @Override
        public void end() {}

        @Override
        public void flush() {}

        @Override
        public void finish() {}
    }
}
