package dev.keiryo.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/** Cuts a pre-token into its first symbols, has them merged, and gives their ids. */
sealed interface BpeSymbols {
    void encode(String text, int from, int to, IntSequence out);

    /** The bytes of the text's UTF-8. */
    final class OfBytes implements BpeSymbols {
        private final int[] ids;
        private final Merger merger;
        private final Fallback fallback;

        private final @Nullable CharacterCuts cuts;
        private final AtomicLongArray answers = new AtomicLongArray(1 << 14);
        private final PieceCache cache = new PieceCache();

        /** @param ids the symbol of each byte, or -1 */
        OfBytes(int[] ids, Vocabulary vocabulary, MergeTable table, Fallback fallback) {
            this.ids = ids;
            // where bytes are missing, what is beside them matters
            cuts = Arrays.stream(ids).allMatch(id -> id >= 0) ? new CharacterCuts(vocabulary) : null;
            this.merger = new Merger(table);
            this.fallback = fallback;
        }

        @Override
        public void encode(String text, int from, int to, IntSequence out) {
            int begin = from;
            for (int i = from; cuts != null && i < to; ) {
                int c = text.codePointAt(i);
                int next = i + Character.charCount(c);
                if (c >= 0x80 && next < to && text.charAt(next) >= 0x80 && isCut(cuts, c, text.codePointAt(next))) {
                    stretch(text, begin, next, out);
                    begin = next;
                }
                i = next;
            }
            if (begin == from) {
                encodeAll(text, from, to, out);
            } else {
                stretch(text, begin, to, out);
            }
        }

        /** Remembers the latest answers: a text's pairs of characters are few. */
        private boolean isCut(CharacterCuts cuts, int a, int b) {
            long pair = (long) a << 21 | b;
            int place = (int) ((pair * 0x9E3779B97F4A7C15L) >>> 50);
            long known = answers.getPlain(place);
            if (known >>> 1 == pair) {
                return (known & 1) == 1;
            }
            boolean cut = !cuts.mayMerge(a, b);
            answers.setPlain(place, pair << 1 | (cut ? 1 : 0));
            return cut;
        }

        private void stretch(String text, int from, int to, IntSequence out) {
            if (!cache.find(text, from, to, out)) {
                int start = out.size();
                encodeAll(text, from, to, out);
                cache.add(text, from, to, out, start);
            }
        }

        private void encodeAll(String text, int from, int to, IntSequence out) {
            Utf8Bytes bytes = new Utf8Bytes(3 * (to - from));
            bytes.append(text, from, to);
            int[] symbols = new int[bytes.size()];
            int n = 0;
            boolean unknown = false;
            for (int i = 0; i < bytes.size(); i++) {
                int id = ids[bytes.get(i) & 0xFF];
                if (id >= 0) {
                    symbols[n++] = id;
                    unknown = false;
                } else if (!fallback.drops()) {
                    n = release(symbols, n, out);
                    unknown = fallback.unknown(unknown, out);
                }
            }
            release(symbols, n, out);
        }

        private int release(int[] symbols, int n, IntSequence out) {
            int count = merger.merge(symbols, n);
            for (int i = 0; i < count; i++) {
                out.add(symbols[i]);
            }
            return 0;
        }
    }

    /**
     * The text's characters. No merge reaches across two characters that are neighbours in no entry, so the text is cut
     * there first: the outcome is the same, and short stretches are fast.
     */
    final class OfCharacters implements BpeSymbols {
        private final int[] basic = new int[0x10000];
        private final Map<Integer, Integer> supplementary = new HashMap<>();
        private final LongSet neighbours;
        private final Merger merger;
        private final Fallback fallback;
        private final PieceCache cache = new PieceCache();
        /** The character of each symbol that is no entry, from {@link #entries} on. */
        private final int[] atoms;

        private final int entries;

        private OfCharacters(BpeTables.Scored scored, Fallback fallback) {
            this.fallback = fallback;
            merger = new Merger(scored.table());
            entries = scored.pieces().length;
            atoms = new int[scored.atoms().size() + 1];
            Arrays.fill(basic, -1);
            scored.atoms().forEach((atom, symbol) -> {
                int c = atom.codePointAt(0);
                if (c < basic.length) {
                    basic[c] = symbol;
                } else {
                    supplementary.put(c, symbol);
                }
                if (symbol >= entries) {
                    atoms[symbol - entries] = c;
                }
            });
            Set<Long> pairs = new HashSet<>();
            for (String piece : scored.pieces()) {
                for (int i = 0; piece != null && i < piece.length(); ) {
                    int c = piece.codePointAt(i);
                    i += Character.charCount(c);
                    if (i < piece.length()) {
                        pairs.add(pair(c, piece.codePointAt(i)));
                    }
                }
            }
            neighbours = new LongSet(pairs);
        }

        static OfCharacters of(BpeTables.Scored scored, Fallback fallback) {
            return new OfCharacters(scored, fallback);
        }

        static OfCharacters of(Vocabulary vocabulary, MergeTable table, Fallback fallback) {
            @Nullable String[] pieces = new String[vocabulary.size()];
            Map<String, Integer> atoms = new HashMap<>();
            for (int id = 0; id < pieces.length; id++) {
                String piece = vocabulary.find(id);
                pieces[id] = piece;
                if (piece != null && !piece.isEmpty() && piece.codePointCount(0, piece.length()) == 1) {
                    atoms.putIfAbsent(piece, id);
                }
            }
            return new OfCharacters(new BpeTables.Scored(pieces, table, atoms), fallback);
        }

        private static long pair(int left, int right) {
            return (long) left << 21 | right;
        }

        private int symbol(int c) {
            return c < basic.length ? basic[c] : supplementary.getOrDefault(c, -1);
        }

        @Override
        public void encode(String text, int from, int to, IntSequence out) {
            if (fallback.drops()) {
                String known = known(text, from, to);
                encodeAll(known, 0, known.length(), out);
            } else {
                encodeAll(text, from, to, out);
            }
        }

        private String known(String text, int from, int to) {
            StringBuilder known = new StringBuilder(to - from);
            text.substring(from, to).codePoints().filter(c -> symbol(c) >= 0).forEach(known::appendCodePoint);
            return known.toString();
        }

        private void encodeAll(String text, int from, int to, IntSequence out) {
            boolean unknown = false;
            int begin = from;
            int last = -1;
            for (int i = from; i < to; ) {
                int c = text.codePointAt(i);
                int end = Math.min(to, i + Character.charCount(c));
                if (symbol(c) < 0) {
                    unknown = stretch(text, begin, i, unknown, out);
                    unknown = fallback.encode(c, unknown, out);
                    begin = end;
                    last = -1;
                } else {
                    if (last >= 0 && !neighbours.contains(pair(last, c))) {
                        unknown = stretch(text, begin, i, unknown, out);
                        begin = i;
                    }
                    last = c;
                }
                i = end;
            }
            stretch(text, begin, to, unknown, out);
        }

        private boolean stretch(String text, int from, int to, boolean afterUnknown, IntSequence out) {
            if (from == to) {
                return afterUnknown;
            }
            if (cache.find(text, from, to, out)) {
                return false;
            }
            int start = out.size();
            int[] symbols = new int[to - from];
            int n = 0;
            for (int i = from; i < to; ) {
                int c = text.codePointAt(i);
                symbols[n++] = symbol(c);
                i += Character.charCount(c);
            }
            int count = merger.merge(symbols, n);
            boolean unknown = afterUnknown;
            boolean covered = true;
            for (int i = 0; i < count; i++) {
                if (symbols[i] < entries) {
                    out.add(symbols[i]);
                    unknown = false;
                } else {
                    unknown = fallback.encode(atoms[symbols[i] - entries], unknown, out);
                    covered = false;
                }
            }
            if (covered) {
                cache.add(text, from, to, out, start);
            }
            return unknown;
        }
    }

    /** The text's characters with a mark before all but the first and one behind the last. */
    final class OfAdorned implements BpeSymbols {
        private final Vocabulary vocabulary;
        private final String prefix;
        private final String suffix;
        private final Merger merger;
        private final Fallback fallback;

        OfAdorned(Vocabulary vocabulary, String prefix, String suffix, MergeTable table, Fallback fallback) {
            this.vocabulary = vocabulary;
            this.prefix = prefix;
            this.suffix = suffix;
            this.merger = new Merger(table);
            this.fallback = fallback;
        }

        @Override
        public void encode(String text, int from, int to, IntSequence out) {
            int[] symbols = new int[to - from];
            int n = 0;
            boolean unknown = false;
            for (int i = from; i < to; ) {
                int c = text.codePointAt(i);
                int end = Math.min(to, i + Character.charCount(c));
                int id = vocabulary.id((i > from ? prefix : "") + text.substring(i, end) + (end == to ? suffix : ""));
                if (id >= 0) {
                    symbols[n++] = id;
                    unknown = false;
                } else if (!fallback.drops()) {
                    n = release(symbols, n, out);
                    unknown = fallback.encode(c, unknown, out);
                }
                i = end;
            }
            release(symbols, n, out);
        }

        private int release(int[] symbols, int n, IntSequence out) {
            int count = merger.merge(symbols, n);
            for (int i = 0; i < count; i++) {
                out.add(symbols[i]);
            }
            return 0;
        }
    }
}
