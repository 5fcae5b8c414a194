package dev.keiryo.train;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as recipes: refused with FormatException, or read; what is read and written again is the same. */
class RecipeFileFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void reads(byte[] bytes) throws FormatException {
        Map<String, List<String>> recipe;
        try {
            recipe = values(RecipeFile.read("fuzz", bytes));
        } catch (FormatException e) {
            return;
        }
        if (recipe.keySet().stream().allMatch(key -> key.matches("[a-z-]+"))) {
            byte[] again = RecipeFile.text(recipe).getBytes(StandardCharsets.UTF_8);
            if (!values(RecipeFile.read("again", again)).equals(recipe)) {
                throw new AssertionError(recipe);
            }
        }
    }

    private static Map<String, List<String>> values(List<RecipeFile.Entry> entries) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        entries.forEach(e -> values.put(e.key(), e.values()));
        return values;
    }

    static Stream<byte[]> seeds() {
        return Stream.of(
                        "data: [a, \"b\"]\nsteps: 1\n",
                        "a: |\n  b\n  c\n",
                        "a: &x [*x]",
                        "%YAML 1.2\n---\na: !!str 'b'\n...\n",
                        "? a\n: >-\n  b\n",
                        "{a: b, c: [d]}")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }
}
