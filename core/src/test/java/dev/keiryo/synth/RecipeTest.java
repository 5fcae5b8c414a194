package dev.keiryo.synth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipeTest {
    /** Whatever {@code llama-quantize} quantized, and nothing else, is of the type that it chose. */
    @Test
    void typesAreThoseThatLlamaQuantizeChooses() throws IOException {
        Map<String, Map<String, TensorType>> expected = new TreeMap<>();
        try (InputStream in =
                Objects.requireNonNull(RecipeTest.class.getResourceAsStream("llama-quantize-types.txt"))) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line -> readTypes(line.split(" ", -1), expected));
        }
        assertEquals(220, expected.size());
        expected.forEach((model, types) -> {
            String[] m = model.split("[ ,]", -1);
            ModelShape shape = Objects.requireNonNull(ModelShapes.find(m[0]))
                    .with(number(m[1]), number(m[2]), number(m[3]), number(m[4]), 0, 300, 64);
            boolean weighed = m[5].endsWith("+imatrix");
            Recipe recipe = Recipe.valueOf(m[5].replace("+imatrix", ""));
            Map<String, TensorType> actual = new TreeMap<>();
            for (TensorPlan.Entry e : TensorPlan.of(shape)) {
                TensorType type = recipe.type(Synthesizer.model(shape, weighed), e.name(), e.shape());
                if (type != TensorType.F32) {
                    actual.put(e.name(), type);
                }
            }
            assertEquals(types, actual, model);
        });
    }

    private static void readTypes(String[] fields, Map<String, Map<String, TensorType>> to) {
        Map<String, TensorType> types = to.computeIfAbsent(fields[0] + " " + fields[1], k -> new TreeMap<>());
        boolean once = fields[2].equals("token_embd.weight") || fields[2].equals("output.weight");
        boolean stack = fields[2].matches("(enc|dec)\\..+");
        String blk = stack ? fields[2].substring(0, 4) + "blk." : "blk.";
        String tensor = stack ? fields[2].substring(4) : fields[2];
        int layer = 0;
        for (int i = 3; i < fields.length; i++) {
            String[] run = fields[i].split("\\*", -1);
            for (int n = run.length == 1 ? 1 : number(run[1]); n > 0; n--) {
                types.put(once ? tensor : blk + layer++ + "." + tensor, TensorType.valueOf(run[0]));
            }
        }
    }

    private static int number(String text) {
        return Integer.parseInt(text);
    }

    /**
     * The weights that the models' publishers count. GPT-2's 124,439,808 and the output matrix that its file repeats;
     * BERT's 109,482,240 without its pooling layer of 768·768 + 768; Llama 3.2's and a vector of rope divisors.
     */
    @ParameterizedTest
    @CsvSource({
        "llama-3.2-1b, 1235814432",
        "llama-3.2-3b, 3212749888",
        "tinyllama-1.1b, 1100048384",
        "smollm2-135m, 134515008",
        "qwen3-0.6b, 596049920",
        "qwen3-1.7b, 1720574976",
        "qwen2.5-0.5b, 494032768",
        "gemma-2-2b, 2614341888",
        "gemma-3-1b, 999885952",
        "phi-3-mini, 3821079552",
        "olmoe-1b-7b, 6919161856",
        "gpt2, 163037184",
        "bert-base, 108891648"
    })
    void shapesHaveThePublishedNumberOfWeights(String name, long weights) {
        ModelShape shape = ModelShapes.find(name);
        assertNotNull(shape);
        long sum = 0;
        for (TensorPlan.Entry e : TensorPlan.of(shape)) {
            long n = 1;
            for (long d : e.shape()) {
                n *= d;
            }
            sum += n;
        }
        assertEquals(weights, sum);
    }

    @Test
    void numbersThatDoNotFitAreRefused() {
        ModelShape tiny = Objects.requireNonNull(ModelShapes.find("tiny"));
        assertThrows(IllegalArgumentException.class, () -> tiny.with(0, 0, 0, 3, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> tiny.with(0, 0, 0, 0, 3, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> tiny.with(0, 0, 0, 0, 0, 258, 0));
        assertThrows(IllegalArgumentException.class, () -> tiny.with(-1, 0, 0, 0, 0, 0, 0));
        ModelShape gemma = Objects.requireNonNull(ModelShapes.find("gemma-3-1b"));
        assertEquals(256, gemma.with(0, 512, 0, 2, 0, 0, 0).headDim());
        assertEquals(32, tiny.with(0, 0, 0, 8, 0, 0, 0).headDim());
        assertEquals(4, tiny.with(0, 0, 0, 8, 0, 0, 0).kvHeads());
    }
}
