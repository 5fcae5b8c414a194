package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns of sets against Java's regular expressions, and patterns made to be slow. */
final class SetPatternTest {
    /** Not of this form: they repeat groups, or look ahead at more than a character. */
    private static final List<String> OTHERS = List.of("(?: \\p{L}", "(?=(\\d{3})", "(?=(?:\\d{3})");

    private static List<Integer> matches(PatternFinder finder) {
        List<Integer> found = new ArrayList<>();
        while (finder.next()) {
            found.add(finder.start());
            found.add(finder.end());
        }
        return found;
    }

    private static List<Integer> matches(Matcher matcher) {
        List<Integer> found = new ArrayList<>();
        while (matcher.find()) {
            found.add(matcher.start());
            found.add(matcher.end());
        }
        return found;
    }

    @Test
    void builtInPatternsEqualRegexes() throws IOException {
        List<String> texts = new ArrayList<>();
        texts.add(String.join("", Vocabularies.lines("en")).substring(0, 300_000));
        texts.add(String.join("", Vocabularies.lines("ja")).substring(0, 300_000));
        // many short texts as one: what lies around a match matters at every place of it
        texts.add(String.join("", RandomUnicode.texts(new Random(3), 8_000, Vocabularies.load("tiny-bpe"))));
        int patterns = 0;
        for (Pattern pattern : PreTokenizerPatterns.all()) {
            if (OTHERS.stream().anyMatch(pattern.pattern()::contains)) {
                assertNull(SetPattern.of(pattern));
                continue;
            }
            SetPattern sets = Objects.requireNonNull(SetPattern.of(pattern), pattern.pattern());
            for (String text : texts) {
                assertEquals(matches(pattern.matcher(text)), matches(sets.in(text, 0, text.length())));
            }
            patterns++;
        }
        assertTrue(patterns >= 30, "patterns " + patterns);
    }

    /** Patterns of the form, at random, over a text of few letters: backtracking, empty matches, regions. */
    @Test
    void randomPatternsEqualRegexes() throws FormatException {
        Random random = new Random(8);
        String[] sets = {
            "a", "b", "[ab]", "[^a]", "\\s", "\\p{L}", "\\S", "[𝔘b]", "(?i:A|bc)", "(?:a|ab|)?", "(?!b)", "(?=\\s)"
        };
        String[] counts = {"", "", "?", "*", "+", "{2}", "{1,2}", "{2,}", "*+", "++", "?+"};
        String[] letters = {"a", "b", "c", "A", " ", "\n", "𝔘", "\uD835"};
        int found = 0;
        for (int round = 0; round < 20_000; round++) {
            StringBuilder regex = new StringBuilder();
            for (int i = random.nextInt(5); i >= 0; i--) {
                String set = sets[random.nextInt(sets.length)];
                regex.append(set).append(set.startsWith("(") ? "" : counts[random.nextInt(counts.length)]);
                regex.append(random.nextInt(4) == 0 && i > 0 ? "|" : "");
            }
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(20); i >= 0; i--) {
                text.append(letters[random.nextInt(letters.length)]);
            }
            Pattern pattern = OnigurumaSyntax.compile("test", regex.toString());
            SetPattern ours = Objects.requireNonNull(SetPattern.of(pattern), regex.toString());
            int from = text.offsetByCodePoints(0, random.nextInt(text.codePointCount(0, text.length())));
            int to = text.length();
            List<Integer> expected = matches(pattern.matcher(text).region(from, to));
            if (cutsCharacter(text, expected)) {
                continue; // after an empty match, Java goes on within a surrogate pair
            }
            assertEquals(
                    expected,
                    matches(ours.in(text.toString(), from, to)),
                    () -> regex + " in " + RandomUnicode.visible(text.toString()));
            found += expected.size();
        }
        assertTrue(found > 20_000, "found " + found);
    }

    private static boolean cutsCharacter(CharSequence text, List<Integer> places) {
        return places.stream()
                .anyMatch(i ->
                        i > 0 && i < text.length() && Character.isSurrogatePair(text.charAt(i - 1), text.charAt(i)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a", "a**", "(a)", "(ab)+", "(?<=a)b", "\\bx", "a$", "^a", ".", "a+?", "\\Aa", "[]a]+", "\\1", "a{1"
            })
    void otherPatternsAreLeftToRegexes(String regex) {
        try {
            assertNull(SetPattern.of(OnigurumaSyntax.compile("test", regex)));
        } catch (FormatException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("cannot be used"));
        }
    }

    /** Such as Java does not see through itself. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+$",
                "(a*)*c",
                "a*a*a*a*a*a*c",
                "(?:a|a)?(?:a|a)?(?:a|a)?(?:a|a)?(?:a|a)?a*a*a*c",
                "(.*a){20}c"
            })
    void slowPatternsEndInAnException(String regex) throws FormatException {
        PreTokenizer split = PreTokenizers.split(OnigurumaSyntax.compile("test", regex), SplitBehavior.ISOLATED, false);
        Normalizer normalizer = Normalizers.replace(OnigurumaSyntax.compile("test", regex), "x");
        for (int length : new int[] {1_000, 50_000}) {
            String text = "a".repeat(length) + "b";
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                assertThrows(
                        BacktrackingException.class,
                        () -> split.split(text, 0, text.length(), true, (piece, from, to) -> {}));
                assertThrows(BacktrackingException.class, () -> normalizer.normalize(text));
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a|a)*c", "(a|aa)+c", "^(a|a?)+$", "(a|b|ab)*?c", "(?=(a+)+c)"})
    void otherSlowPatternsEnd(String regex) throws FormatException {
        PreTokenizer split = PreTokenizers.split(OnigurumaSyntax.compile("test", regex), SplitBehavior.ISOLATED, false);
        for (int length : new int[] {30, 1_000, 20_000}) {
            String text = "a".repeat(length) + "b";
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                int[] pieces = {0};
                try {
                    split.split(text, 0, text.length(), true, (piece, from, to) -> pieces[0] += to - from);
                    assertEquals(text.length(), pieces[0]);
                } catch (BacktrackingException e) {
                    assertTrue(String.valueOf(e.getMessage()).contains(regex));
                }
            });
        }
    }
}
