package dev.keiryo.lighten;

import dev.keiryo.measure.Window;
import java.util.Arrays;
import java.util.List;

/** What a model is measured on. */
public sealed interface MeasuredText {
    /** Of decoders, and of encoder-decoders: what is to be predicted. */
    record Windows(List<Window> windows) implements MeasuredText {
        public Windows {
            windows = List.copyOf(windows);
            if (windows.isEmpty()) {
                throw new IllegalArgumentException("there is no text to measure on");
            }
        }

        @Override
        public int digest() {
            return windows.stream()
                    .mapToInt(w -> 31 * (31 * Arrays.hashCode(w.source()) + Arrays.hashCode(w.ids())) + w.from())
                    .reduce(1, (a, b) -> 31 * a + b);
        }
    }

    /** Of encoders: texts whose vectors are compared. */
    record Lines(List<String> lines) implements MeasuredText {
        public Lines {
            lines = List.copyOf(lines);
            if (lines.isEmpty()) {
                throw new IllegalArgumentException("there is no text to measure on");
            }
        }

        @Override
        public int digest() {
            return lines.hashCode();
        }
    }

    /** Tells texts apart. */
    int digest();
}
