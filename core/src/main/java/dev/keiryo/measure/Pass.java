package dev.keiryo.measure;

import dev.keiryo.generate.Generator;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * What is computed at once: several short windows, or a stretch of a long one. Windows come in order, and so do the stretches
 * of each.
 *
 * @param parts each of another window
 */
public record Pass(List<Part> parts) {
    /** Logits held at once: 64 MiB. */
    private static final int LOGITS = 1 << 24;

    public Pass {
        parts = List.copyOf(parts);
    }

    /** Tokens {@code [from, to)} of a window's; those from {@code window.from() - 1} on predict one that counts. */
    public record Part(Window window, int from, int to) {
        /** The first token whose prediction counts, at least {@link #from}. */
        public int firstScored() {
            return Math.max(from, window.from() - 1);
        }

        /** Tokens whose predictions count. */
        public int rows() {
            return Math.max(0, to - firstScored());
        }
    }

    /** Predictions that count. */
    public int rows() {
        return parts.stream().mapToInt(Part::rows).sum();
    }

    /** Tokens fed, those encoded included. */
    public int tokens() {
        return parts.stream()
                .mapToInt(p -> p.to() - p.from() + (p.from() == 0 ? p.window().source().length : 0))
                .sum();
    }

    /** The passes over {@code windows}, in order. */
    static Iterator<Pass> over(List<Window> windows, int vocabulary) {
        int most = Math.clamp(LOGITS / vocabulary, 1, Generator.PREFILL);
        return new Iterator<>() {
            private int window;
            private int position;

            @Override
            public boolean hasNext() {
                return window < windows.size();
            }

            @Override
            public Pass next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Window first = windows.get(window);
                return position > 0 || !fits(first, 0, 0) ? stretch(first) : together(first);
            }

            private boolean fits(Window w, int tokens, int rows) {
                return tokens + Math.max(w.fed(), w.source().length) <= Generator.PREFILL && rows + w.scored() <= most;
            }

            private Pass stretch(Window w) {
                int to = Math.min(
                        w.fed(), Math.min(position + Generator.PREFILL, Math.max(position, w.from() - 1) + most));
                Pass pass = new Pass(List.of(new Part(w, position, to)));
                position = to;
                if (to == w.fed()) {
                    position = 0;
                    window++;
                }
                return pass;
            }

            private Pass together(Window first) {
                List<Part> parts = new ArrayList<>();
                int tokens = 0;
                int rows = 0;
                for (Window w = first; fits(w, tokens, rows); w = windows.get(window)) {
                    parts.add(new Part(w, 0, w.fed()));
                    tokens += Math.max(w.fed(), w.source().length);
                    rows += w.scored();
                    if (++window == windows.size()) {
                        break;
                    }
                }
                return new Pass(parts);
            }
        };
    }
}
