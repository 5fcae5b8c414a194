package dev.keiryo.tokenizer;

import org.jspecify.annotations.Nullable;

/** The stages of decoders that work on text. */
final class DecoderStages {
    private DecoderStages() {}

    /** Passes everything on. */
    static class Forward implements Decoder.Stage {
        final Decoder.Stage next;

        Forward(Decoder.Stage next) {
            this.next = next;
        }

        @Override
        public void text(String part) {
            next.text(part);
        }

        @Override
        public void end() {
            next.end();
        }

        @Override
        public void flush() {
            next.flush();
        }

        @Override
        public void finish() {
            next.finish();
        }
    }

    /** Puts the parts of a piece together. */
    abstract static class WholePieces extends Forward {
        private final StringBuilder parts = new StringBuilder();

        WholePieces(Decoder.Stage next) {
            super(next);
        }

        abstract void piece(String piece);

        @Override
        public void text(String part) {
            parts.append(part);
        }

        @Override
        public void end() {
            String piece = parts.toString();
            parts.setLength(0);
            piece(piece);
        }
    }

    @FunctionalInterface
    interface PieceMapping {
        String map(String piece, boolean first);
    }

    /** Maps each piece, knowing whether it is the first. */
    static final class MapPieces extends WholePieces {
        private final PieceMapping mapping;
        private boolean first = true;

        MapPieces(Decoder.Stage next, PieceMapping mapping) {
            super(next);
            this.mapping = mapping;
        }

        @Override
        void piece(String piece) {
            next.text(mapping.map(piece, first));
            next.end();
            first = false;
        }
    }

    @FunctionalInterface
    interface PartMapping {
        String map(String part);
    }

    /** Maps parts, for mappings that work character by character. */
    static final class MapParts extends Forward {
        private final PartMapping mapping;

        MapParts(Decoder.Stage next, PartMapping mapping) {
            super(next);
            this.mapping = mapping;
        }

        @Override
        public void text(String part) {
            next.text(mapping.map(part));
        }
    }

    static final class Fuse extends Forward {
        Fuse(Decoder.Stage next) {
            super(next);
        }

        @Override
        public void end() {}

        @Override
        public void finish() {
            next.end();
            next.finish();
        }
    }

    static final class Join extends Forward {
        private final String separator;
        private boolean atEnd;

        Join(Decoder.Stage next, String separator) {
            super(next);
            this.separator = separator;
        }

        @Override
        public void text(String part) {
            if (atEnd) {
                next.text(separator);
                atEnd = false;
            }
            next.text(part);
        }

        @Override
        public void end() {
            next.end();
            atEnd = true;
        }
    }

    static final class Strip extends Forward {
        private final char content;
        private final int start;
        private final int stop;
        private int stripped;
        private final StringBuilder held = new StringBuilder();

        Strip(Decoder.Stage next, char content, int start, int stop) {
            super(next);
            this.content = content;
            this.start = start;
            this.stop = stop;
        }

        @Override
        public void text(String part) {
            int from = 0;
            while (stripped < start && from < part.length()) {
                if (part.charAt(from) == content) {
                    from++;
                    stripped++;
                } else {
                    stripped = start;
                }
            }
            held.append(part, from, part.length());
            int keep = 0;
            while (keep < stop && keep < held.length() && held.charAt(held.length() - 1 - keep) == content) {
                keep++;
            }
            next.text(held.substring(0, held.length() - keep));
            held.delete(0, held.length() - keep);
        }

        @Override
        public void end() {
            held.setLength(0);
            stripped = 0;
            next.end();
        }
    }

    /** Keeps back each piece from its word suffix on until it is known whether another follows. */
    static final class WordSuffix extends WholePieces {
        private final String suffix;
        private @Nullable String held;

        WordSuffix(Decoder.Stage next, String suffix) {
            super(next);
            this.suffix = suffix;
        }

        @Override
        void piece(String piece) {
            release(" ");
            held = piece;
        }

        private void release(String space) {
            if (held != null) {
                next.text(suffix.isEmpty() ? held : held.replace(suffix, space));
                next.end();
                held = null;
            }
        }

        @Override
        public void flush() {
            if (held != null) {
                int certain = suffix.isEmpty() ? held.length() : held.indexOf(suffix);
                certain = certain < 0 ? held.length() : certain;
                next.text(held.substring(0, certain));
                held = held.substring(certain);
            }
            next.flush();
        }

        @Override
        public void finish() {
            release("");
            next.finish();
        }
    }

    /** Drops a piece that equals the one before. */
    static final class Distinct extends WholePieces {
        private @Nullable String last;

        Distinct(Decoder.Stage next) {
            super(next);
        }

        @Override
        void piece(String piece) {
            if (!piece.equals(last)) {
                next.text(piece);
                next.end();
            }
            last = piece;
        }
    }
}
