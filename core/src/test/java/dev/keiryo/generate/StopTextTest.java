package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class StopTextTest {
    @Test
    void holdsBackWhatMayBecomeAStopString() {
        StopText stops = new StopText(List.of("END"), List.of());
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
        StopText stops = new StopText(List.of("\n\n"), List.of());
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
            StopText stops = new StopText(words, List.of());
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
        assertThrows(IllegalArgumentException.class, () -> new StopText(List.of(""), List.of()));
    }

    /** As above, for patterns; a pattern's match may grow with what follows, so its start decides. */
    @Test
    void patternsEqualSearchingTheWholeText() {
        SplittableRandom random = new SplittableRandom(6);
        List<Pattern> patterns = List.of(
                Pattern.compile("ab*c"),
                Pattern.compile("(?<=b)dd"),
                Pattern.compile("(?m)^c"),
                Pattern.compile("da(?!b)"));
        for (int round = 0; round < 2000; round++) {
            String text = random.ints(30, 'a', 'f')
                    .map(c -> c == 'e' ? '\n' : c)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            int first = patterns.stream()
                    .map(p -> p.matcher(text))
                    .filter(Matcher::find)
                    .mapToInt(Matcher::start)
                    .min()
                    .orElse(text.length());
            StopText stops = new StopText(List.of(), patterns);
            StringBuilder shown = new StringBuilder();
            for (int from = 0; from < text.length() && !stops.stopped(); ) {
                int to = Math.min(text.length(), from + 1 + random.nextInt(6));
                shown.append(stops.accept(text.substring(from, to)));
                from = to;
            }
            shown.append(stops.finish());
            assertEquals(text.substring(0, first), shown.toString(), text);
            assertEquals(first < text.length(), stops.stopped());
        }
    }

    @Test
    void stringsAndPatternsStopWhereTheFirstOfThemIs() {
        StopText stops = new StopText(List.of("STOP"), List.of(Pattern.compile("o+!")));
        assertEquals("g", stops.accept("goo"));
        assertEquals("oo", stops.accept("STOP"));
        assertTrue(stops.stopped());
    }

    @Test
    void aPatternThatMayGoOnForEverHoldsBackSoMuchAndNoMore() {
        StopText stops = new StopText(List.of(), List.of(Pattern.compile("(?s)<.*END")));
        int shown = stops.accept("before <").length();
        assertEquals(7, shown);
        for (int i = 1; i < StopText.HELD; i++) {
            shown += stops.accept("x").length();
        }
        assertEquals(7, shown);
        for (int i = 0; i < 1000; i++) {
            shown += stops.accept("x").length();
        }
        assertEquals(7 + StopText.HELD + 1000, shown);
        stops.accept("END");
        assertFalse(stops.stopped(), "its beginning has been shown");
    }

    @Test
    void aPatternThatTakesExponentialTimeIsRefused() {
        StopText slow = new StopText(List.of(), List.of(Pattern.compile("(?:(a+)a+)+\\1b")));
        assertThrows(IllegalArgumentException.class, () -> slow.accept("a".repeat(60)));
        StopText deep = new StopText(List.of(), List.of(Pattern.compile("(a|bc)*d")));
        assertThrows(IllegalArgumentException.class, () -> deep.accept("abc".repeat(100_000)));
    }
}
