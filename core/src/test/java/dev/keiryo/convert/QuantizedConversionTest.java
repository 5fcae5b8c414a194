package dev.keiryo.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Floats;
import dev.keiryo.FormatException;
import dev.keiryo.Logits;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.Synthesizer;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizedConversionTest {
    private static final int[] TOKENS = {258, 0, 97, 257, 130, 33, 258, 5, 6, 7};

    @TempDir
    private Path temp;

    private Path source(String shape) throws IOException {
        Path file = temp.resolve(shape + ".gguf");
        Synthesizer.write(
                Objects.requireNonNull(ModelShapes.find(shape)).with(2, 256, 512, 4, 0, 300, 64),
                Recipe.F32,
                1,
                file,
                2,
                (tensor, done, total) -> {});
        return file;
    }

    private static void convert(Path from, Path to, ConvertOptions options) throws IOException {
        try (Checkpoint source = Gguf.open(from)) {
            GgufConverter.convert(source, to, options, (tensor, done, total) -> {});
            assertEquals(Files.size(to), GgufConverter.fileBytes(source, options));
        }
    }

    private Path convert(Path from, ConvertOptions options) throws IOException {
        Path to = Files.createTempFile(temp, "to", ".gguf");
        convert(from, to, options);
        return to;
    }

    /**
     * What a type does to normal weights: for whole numbers, rounding to steps of s costs s/√12, the step being as large as the
     * largest of a group demands; for the others what is measured elsewhere. What comes out of the model then is some times that.
     */
    @ParameterizedTest
    @CsvSource({
        "NF4, 0, 0.0918", "NF4_DQ, 0, 0.0918", "FP4, 0, 0.119", "FP4_DQ, 0, 0.119", "INT4, 0, 0.1263",
        "INT4, 128, 0.1166", "INT4, 32, 0.097", "INT4_ZERO, 128, 0.1007", "INT8, 0, 0.00696", "INT8_ZERO, 32, 0.00474",
        "Q4_K_M, 0, 0.0697"
    })
    void modelsStayWhatTheyAre(Recipe recipe, int group, double weights) throws IOException {
        Path source = source("tiny");
        Path made = convert(source, new ConvertOptions(recipe, group, List.of(), Importances.NONE));
        try (Checkpoint a = Gguf.open(source);
                Checkpoint b = Gguf.open(made)) {
            assertEquals(recipe.fileType(), b.metadata().integer("general.file_type"));
            Weight x = a.weight("blk.1.ffn_up.weight");
            Weight y = b.weight("blk.1.ffn_up.weight");
            assertEquals(recipe.type(), y.type());
            double error = Floats.relativeRms(floats(y), floats(x));
            assertEquals(weights, error, 0.03 * weights, recipe + " " + group);
            assertEquals(
                    List.of(),
                    b.weights().stream()
                            .map(Weight::name)
                            .filter(n -> n.endsWith(".absmax"))
                            .toList());
        }
        double after = Floats.relativeRms(
                Logits.of(Gguf.open(made), TOKENS, null), Logits.of(Gguf.open(source), TOKENS, null));
        assertTrue(after <= 5 * weights, recipe + ": relative RMS error of logits " + after);
    }

    private static float[] floats(Weight w) {
        float[] out = new float[w.rows() * w.cols()];
        w.decode(0, out, 0, out.length);
        return out;
    }

    /** Scales of a second level are the whole tensor's, through pieces and rows, and copied with it. */
    @Test
    void nestedScalesAreCopied() throws IOException {
        Path source = source("tiny");
        Path made = convert(source, ConvertOptions.of(Recipe.NF4_DQ));
        Path copied = convert(made, ConvertOptions.NONE);
        Path back = convert(made, ConvertOptions.of(Recipe.F32));
        try (Checkpoint a = Gguf.open(made);
                Checkpoint b = Gguf.open(copied);
                Checkpoint c = Gguf.open(back)) {
            for (Weight w : a.weights()) {
                assertArrayEquals(floats(w), floats(b.weight(w.name())), w.name());
                assertArrayEquals(floats(w), floats(c.weight(w.name())), w.name());
            }
        }
    }

    @Test
    void rulesDecideAboutTheMatricesTheyName() throws IOException {
        Path source = source("tiny");
        List<TypeRule> rules = List.of(
                new TypeRule(Pattern.compile("blk\\.[1-9]\\.ffn_down"), Recipe.Q6_K),
                new TypeRule(Pattern.compile("ffn"), Recipe.NF4_DQ),
                new TypeRule(Pattern.compile("attn_v"), Recipe.F16));
        Path made = convert(source, new ConvertOptions(Recipe.Q4_0, 0, rules, Importances.NONE));
        try (Checkpoint b = Gguf.open(made)) {
            assertEquals(TensorType.NF4_DQ, b.weight("blk.0.ffn_down.weight").type());
            assertEquals(TensorType.Q6_K, b.weight("blk.1.ffn_down.weight").type());
            assertEquals(TensorType.NF4_DQ, b.weight("blk.1.ffn_up.weight").type());
            assertEquals(TensorType.F16, b.weight("blk.0.attn_v.weight").type());
            assertEquals(TensorType.Q4_0, b.weight("blk.0.attn_q.weight").type());
            assertEquals(TensorType.F32, b.weight("blk.0.ffn_norm.weight").type());
        }
        TypeRule none = new TypeRule(Pattern.compile("nowhere"), Recipe.Q6_K);
        FormatException e = assertThrows(
                FormatException.class,
                () -> convert(source, new ConvertOptions(null, 0, List.of(none), Importances.NONE)));
        assertTrue(Objects.requireNonNull(e.getMessage()).contains("nowhere"));
        assertThrows(IllegalArgumentException.class, () -> new TypeRule(Pattern.compile("x"), Recipe.Q4_K_M));
    }

    /** Columns that matter more get smaller errors, each expert by its own importance. */
    @Test
    void importanceIsLookedUpByName() throws IOException {
        Path source = source("mixtral-small");
        Importances importances = tensor -> {
            if (!tensor.equals("blk.1.ffn_down_exps.weight")) {
                return null;
            }
            float[] all = new float[8 * 512];
            for (int i = 0; i < all.length; i++) {
                // The first half of the columns, but for the last expert the second half.
                all[i] = i % 512 < 256 == i < 7 * 512 ? 1 : 0;
            }
            return all;
        };
        Path made = convert(source, new ConvertOptions(Recipe.Q4_0, 0, List.of(), importances));
        Path plain = convert(source, ConvertOptions.of(Recipe.Q4_0));
        try (Checkpoint x = Gguf.open(source);
                Checkpoint a = Gguf.open(made);
                Checkpoint b = Gguf.open(plain)) {
            String name = "blk.1.ffn_down_exps.weight";
            assertEquals(
                    -1,
                    a.weight("blk.0.ffn_up_exps.weight")
                            .data()
                            .mismatch(b.weight("blk.0.ffn_up_exps.weight").data()));
            // Blocks of 32: a column's neighbours matter as it does, so errors where it matters are as without
            // importance.
            float[] exact = floats(x.weight(name));
            float[] weighed = floats(a.weight(name));
            float[] other = floats(b.weight(name));
            for (int expert : new int[] {0, 7}) {
                int from = expert * 256 * 512 + (expert == 7 ? 256 : 0);
                float[] e = Arrays.copyOfRange(exact, from, from + 256);
                assertEquals(
                        Floats.relativeRms(Arrays.copyOfRange(other, from, from + 256), e),
                        Floats.relativeRms(Arrays.copyOfRange(weighed, from, from + 256), e),
                        0.004);
            }
        }
        Importances wrong = tensor -> new float[] {1, 2, 3};
        assertThrows(
                FormatException.class, () -> convert(source, new ConvertOptions(Recipe.Q4_0, 0, List.of(), wrong)));
        Importances negative = tensor -> {
            float[] all = new float[256];
            all[7] = -1;
            return all;
        };
        assertThrows(
                FormatException.class, () -> convert(source, new ConvertOptions(Recipe.Q4_0, 0, List.of(), negative)));
    }
}
