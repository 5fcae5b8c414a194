package dev.keiryo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipeFileTest {
    private static List<RecipeFile.Entry> read(String text) throws FormatException {
        return RecipeFile.read("r.yaml", text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void scalarsAreAsTheyAreWritten() throws Exception {
        List<RecipeFile.Entry> entries = read("""
                # a comment
                data: [a.txt, "b, c.txt"]
                steps: 2_000
                learning-rate: 1e-3   # behind a value
                schedule: cosine:warmup=5%,min=0.1
                shape: no
                sample-prompt: |
                  Once
                  upon
                packing: ""
                """);
        assertEquals(
                List.of("data", "steps", "learning-rate", "schedule", "shape", "sample-prompt", "packing"),
                entries.stream().map(RecipeFile.Entry::key).toList());
        assertEquals(List.of("a.txt", "b, c.txt"), entries.get(0).values());
        assertEquals(List.of("2_000"), entries.get(1).values());
        assertEquals(List.of("1e-3"), entries.get(2).values());
        assertEquals(List.of("cosine:warmup=5%,min=0.1"), entries.get(3).values());
        assertEquals(List.of("no"), entries.get(4).values());
        assertEquals(List.of("Once\nupon\n"), entries.get(5).values());
        assertEquals(List.of(""), entries.get(6).values());
        assertEquals(4, entries.get(2).line());
        assertEquals(List.of(), read("# nothing\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "steps: 1\\nsteps: 2|r.yaml, line 2: steps is there already, in line 1",
                "a: 1\\nb:\\n|line 2: b has no value",
                "a: []|the list of a is empty",
                "a: {b: 1}|line 1: a value of a, or a list of values should be here, not a mapping",
                "a: [[1]]|a value in the list of a should be here, not a list",
                "- a|names with values",
                "a: &x 1\\nb: *x|anchors and aliases",
                "a: &x [1]|anchors and aliases",
                "a: !!int 1|tags",
                "a: 1\\n---\\nb: 2|second document",
                "a: [1|line",
                "a: \"|no YAML",
                "? [a]\\n: 1|a name should be here",
                "\\t|no YAML",
                "a: @|no YAML"
            })
    void whatIsNoRecipeIsRefused(String text, String reason) {
        FormatException e = assertThrows(FormatException.class, () -> read(text.translateEscapes()));
        assertTrue(String.valueOf(e.getMessage()).contains(reason), e.getMessage());
    }

    @Test
    void hostileFilesTakeNoTime() throws Exception {
        for (String text :
                List.of("[".repeat(1 << 19), "{a: ".repeat(1 << 17), "- ".repeat(1 << 19), "? ".repeat(1 << 19))) {
            assertThrows(FormatException.class, () -> read("a: " + text));
            assertThrows(FormatException.class, () -> read(text));
        }
        FormatException e = assertThrows(FormatException.class, () -> read("a".repeat((1 << 20) + 1)));
        assertTrue(String.valueOf(e.getMessage()).contains("more than"), e.getMessage());
        assertThrows(FormatException.class, () -> RecipeFile.read("r", new byte[] {'a', ':', ' ', (byte) 0xff}));
    }

    @Test
    void whatIsWrittenIsRead() throws Exception {
        Random random = new Random(4);
        int[] odd = "ab01 \t\n\"'\\:#-[]{},&*!|>%@`?~=./\u0085\u2028\ufeff猫é\u0007😀"
                .codePoints()
                .toArray();
        for (int i = 0; i < 500; i++) {
            Map<String, List<String>> recipe = new LinkedHashMap<>();
            for (int k = 0; k < 4; k++) {
                List<String> values = new ArrayList<>();
                for (int v = random.nextInt(3); v >= 0; v--) {
                    StringBuilder value = new StringBuilder();
                    for (int n = random.nextInt(8); n >= 0; n--) {
                        value.appendCodePoint(odd[random.nextInt(odd.length)]);
                    }
                    values.add(value.toString());
                }
                recipe.put("key-" + k, values);
            }
            Map<String, List<String>> back = new LinkedHashMap<>();
            read(RecipeFile.text(recipe)).forEach(e -> back.put(e.key(), e.values()));
            assertEquals(recipe, back);
        }
    }
}
