package dev.keiryo.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RegexTest {
    /** Random expressions and texts, with {@code java.util.regex} as the oracle. */
    @Test
    void matchesWhatJavaMatches() throws FormatException {
        SplittableRandom random = new SplittableRandom(8);
        int matched = 0;
        for (int i = 0; i < 1000; i++) {
            String regex = regex(random, 3);
            Pattern oracle = Pattern.compile(regex, Pattern.DOTALL);
            Frame whole = Regex.compile("(?s)" + regex);
            Frame somewhere = Regex.somewhere("(?s)" + regex).compile();
            for (int j = 0; j < 12; j++) {
                String text = text(random);
                boolean expected = oracle.matcher(text).matches();
                matched += expected ? 1 : 0;
                assertEquals(expected, Texts.accepts(whole, text), () -> regex + " on " + text);
                assertEquals(
                        oracle.matcher(text).find(),
                        Texts.accepts(somewhere, text),
                        () -> regex + " somewhere in " + text);
            }
        }
        assertTrue(matched > 700, matched + " matched");
    }

    private static String regex(SplittableRandom random, int depth) {
        String[] atoms = {"a", "b", "é", "日", ".", "[ab]", "[^a]", "[a-cé]", "\\w", "\\d", "[^\\d日]", "(?i:AB)", "\\x61"
        };
        int kind = depth == 0 ? 0 : random.nextInt(7);
        return switch (kind) {
            case 1, 2 -> regex(random, depth - 1) + regex(random, depth - 1);
            case 3 -> "(?:" + regex(random, depth - 1) + "|" + regex(random, depth - 1) + ")";
            case 4 -> {
                String[] counts = {"*", "+", "?", "{2}", "{1,}", "{0,3}", "*?", "{2,70}", "{0,100}"};
                yield "(" + regex(random, depth - 1) + ")" + counts[random.nextInt(counts.length)];
            }
            default -> atoms[random.nextInt(atoms.length)];
        };
    }

    private static String text(SplittableRandom random) {
        String[] parts = {"a", "b", "c", "é", "日", "1", "A", "\n", "😀"};
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(6); n > 0; n--) {
            text.append(parts[random.nextInt(random.nextBoolean() ? 3 : parts.length)]);
        }
        return text.toString();
    }

    @Test
    void anchorsMayStandWhereTheyCanHold() throws FormatException {
        for (String regex :
                new String[] {"^a|b$", "(^a|b)c", "a(b|c$)", "^$", "a*^b", "(^|x)y($|z)", "^(?:a|b)+$", "(a|^)b", "x$y"
                }) {
            for (String text :
                    new String[] {"", "a", "b", "ab", "ac", "bc", "xbc", "y", "xy", "axyz", "yz", "ya", "b1", "1b", "xy"
                    }) {
                assertEquals(
                        Pattern.compile(regex).matcher(text).find(),
                        accepts(regex, text),
                        () -> regex + " somewhere in " + text);
            }
        }
    }

    private static boolean accepts(String regex, String text) throws FormatException {
        Expression expression = Regex.somewhere(regex);
        try {
            return Texts.accepts(expression.compile(), text);
        } catch (IllegalArgumentException e) {
            return false; // no text at all
        }
    }

    @Test
    void classesAreEcmaScripts() throws FormatException {
        assertTrue(Texts.accepts(Regex.compile("\\s+"), "\u00A0\uFEFF\u2029 \t"));
        assertFalse(Texts.accepts(Regex.compile("."), "\u2028"));
        assertTrue(Texts.accepts(Regex.compile("\\p{Lu}\\p{L}+\\P{L}"), "Äöü1"));
        assertTrue(Texts.accepts(Regex.compile("\\p{Script=Greek}+"), "αβγ"));
        assertTrue(Texts.accepts(Regex.compile("\\p{Greek}\\pL"), "αβ"));
        assertTrue(Texts.accepts(Regex.compile("[[:alpha:]_]{2}[^[:digit:]]"), "a_b"));
        assertTrue(Texts.accepts(Regex.compile("\\uD83D\\uDE00\\u{1F600}\\x{41}"), "😀😀A"));
        assertTrue(Texts.accepts(Regex.compile("a{,2}{x}"), "a{,2}{x}"));
        assertTrue(Texts.accepts(Regex.compile("\\Qa.b|\\E+(?i)x"), "a.b||X"));
        assertTrue(Texts.accepts(Regex.compile("[\\]\\-a-c\\b-]+"), "]-b\b"));
        assertTrue(Texts.accepts(Regex.compile("(?i)straße"), "STRAßE"));
    }

    @Test
    void whatIsNotRegularIsRefusedByName() {
        for (String regex :
                new String[] {"(?=a)", "(?!a)b", "(?<=a)b", "(?<!a)b", "(a)\\1", "(?<n>a)\\k<n>", "\\bword", "(?>a)"}) {
            UnenforceableException e = assertThrows(UnenforceableException.class, () -> Regex.compile(regex), regex);
            assertTrue(
                    e.what().contains("look")
                            || e.what().contains("backref")
                            || e.what().contains("bound")
                            || e.what().contains("atomic"),
                    e.what());
        }
        for (String regex : new String[] {
            "(",
            ")",
            "a**",
            "[",
            "[]",
            "a{3,2}",
            "\\y",
            "[z-a]",
            "*",
            "(?<>a)",
            "\\p{Nope}",
            "a{9999999999}",
            "\\",
            "(?q:a)"
        }) {
            FormatException e = assertThrows(FormatException.class, () -> Regex.compile(regex), regex);
            assertTrue(e.offset() >= 0, e.getMessage());
        }
    }

    @Test
    void hostileExpressionsAreBounded() throws FormatException {
        assertThrows(FormatException.class, () -> Regex.compile("(".repeat(100_000)));
        assertThrows(FormatException.class, () -> Regex.compile("(".repeat(1000) + "a" + ")".repeat(1000)));
        Frame million = Regex.compile("(a{0,1000000}){1000000}");
        assertTrue(Texts.accepts(million, "a".repeat(5000)));
        assertTrue(Texts.accepts(Regex.compile("((a*)*)*b"), "a".repeat(3000) + "b"));
        assertTrue(Texts.accepts(Regex.compile("(a?){1000}"), "a".repeat(1000)));
        assertFalse(Texts.accepts(Regex.compile("(a?){1000}"), "a".repeat(1001)));
        // 2^30 states, of which a text meets few
        assertTrue(Texts.accepts(Regex.compile("(a|b)*a(a|b){30}"), "ab".repeat(500) + "a" + "b".repeat(30)));
        StringBuilder nested = new StringBuilder("a");
        for (int i = 0; i < 30; i++) {
            nested.insert(0, '(').append("){10}");
        }
        assertTrue(Texts.read(
                                new Machine(),
                                new Machine().start(Regex.compile(nested.toString())),
                                "aaa".getBytes(StandardCharsets.UTF_8))
                        .shortest()
                == Frame.ENDLESS);
    }
}
