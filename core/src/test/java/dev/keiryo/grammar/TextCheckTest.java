package dev.keiryo.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TextCheckTest {
    private static String file(String regex, String text) throws FormatException {
        return TextCheck.ofFile(Regex.compile(regex), text.getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    @Test
    void saysWhereAndWhatCouldHaveCome() throws FormatException {
        assertEquals("accepted", file("ab+", "abb"));
        assertEquals(
                "rejected at byte 3 (line 2, column 2): expected \"c\" to \"e\", \"x\", found \"é\""
                        .replace("\"é\"", "byte 0xC3"),
                file("a\\nü?[c-ex]", "a\nüé").replace("byte 4 (line 2, column 2)", "byte 3 (line 2, column 2)"));
        assertEquals("rejected at byte 2 (line 1, column 3): expected \"b\", found the end", file("aab", "aa"));
        assertEquals("rejected at byte 1 (line 1, column 2): expected the end, found \"b\"", file("a", "ab"));
        assertEquals("rejected at byte 0 (line 1, column 1): expected other characters, found \"a\"", file("日", "a"));
    }

    @Test
    void oneLineEndAtTheEndOfAFileIsNoFault() throws FormatException {
        assertEquals("accepted", file("a", "a\n"));
        assertEquals("accepted", file("a", "a\r\n"));
        assertEquals("accepted", file("a\\n", "a\n"));
        assertTrue(file("a", "a\n\n").startsWith("rejected at byte 1"));
        assertTrue(file("a", "\na").startsWith("rejected at byte 0"));
        assertEquals("rejected at byte 1 (line 1, column 2): expected \"b\", found the end", file("ab", "a\n"));
        assertEquals("accepted", file("a?", "\n"));
        assertTrue(TextCheck.of(Regex.compile("a"), new byte[] {'a', '\n'}).offset() == 1);
    }

    @Test
    void examplesAreValidDifferentAndFollowTheSeed() throws IOException {
        for (String name : List.of("json", "arithmetic", "chess", "list", "english", "japanese", "json_arr")) {
            Frame language = Gbnf.compile(name, Files.readString(TestData.path("grammars/" + name + ".gbnf")));
            Set<String> texts = new HashSet<>();
            for (int length : new int[] {0, 20, 300}) {
                SplittableRandom random = new SplittableRandom(7);
                Examples examples = new Examples(language);
                for (int i = 0; i < 20; i++) {
                    String text = examples.next(random, length);
                    texts.add(text);
                    assertTrue(Texts.accepts(language, text), () -> name + ": " + text);
                }
            }
            assertTrue(texts.size() > 15, name + ": " + texts.size());
            assertEquals(
                    new Examples(language).next(new SplittableRandom(3), 50),
                    new Examples(language).next(new SplittableRandom(3), 50));
        }
    }
}
