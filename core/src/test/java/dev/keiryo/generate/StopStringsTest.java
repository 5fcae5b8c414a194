package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    @Test
    void holdsBackWhatMayBecomeAStopString() {
        StopStrings stops = new StopStrings(List.of("END"));
        assertEquals("a ", stops.accept("a E"));
        assertEquals("", stops.accept("N"));
        assertEquals("ENx", stops.accept("x"));
        assertEquals("", stops.accept("END of it"));
        assertTrue(stops.stopped());
        assertEquals("", stops.accept("more"));
        assertEquals("", stops.finish());
    }

    @Test
    void givesTheRestAtTheEnd() {
        StopStrings stops = new StopStrings(List.of("\n\n"));
        assertEquals("line", stops.accept("line\n"));
        assertEquals("\n", stops.finish());
        assertFalse(stops.stopped());
    }

    /** However the text is cut, what is shown is the text before the first stop string. */
    @Test
    void equalsSearchingTheWholeText() {
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 2000; round++) {
            String text = random.ints(30, 'a', 'd')
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            List<String> words = List.of("abca", "cab", "bbbb");
            int first = words.stream()
                    .mapToInt(text::indexOf)
                    .filter(i -> i >= 0)
                    .min()
                    .orElse(text.length());
            StopStrings stops = new StopStrings(words);
            StringBuilder shown = new StringBuilder();
            for (int from = 0; from < text.length() && !stops.stopped(); ) {
                int to = Math.min(text.length(), from + 1 + random.nextInt(6));
                shown.append(stops.accept(text.substring(from, to)));
                assertTrue(shown.length() <= first, "a part of a stop string was shown");
                from = to;
            }
            shown.append(stops.finish());
            assertTrue(text.startsWith(shown.toString()));
            assertEquals(stops.stopped() ? shown.length() : text.length(), shown.length());
            assertEquals(first < text.length(), stops.stopped());
        }
    }

    @Test
    void anEmptyStopStringIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new StopStrings(List.of("")));
    }
}
