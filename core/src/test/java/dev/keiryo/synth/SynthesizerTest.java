package dev.keiryo.synth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Logits;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import dev.keiryo.tokenizer.GgufTokenizer;
import dev.keiryo.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SynthesizerTest {
    private static final int[] TOKENS = {258, 0, 97, 257, 130, 33, 258};

    @TempDir
    private Path temp;

    @ParameterizedTest
    @EnumSource(Recipe.class)
    void everyTypeIsReadBackAndComputes(Recipe recipe) throws IOException {
        ModelShape tiny = shape("tiny");
        Path file = write(tiny, recipe, 7, 1);
        assertEquals(-1, Files.mismatch(file, write(tiny, recipe, 7, 4)), "bytes with 4 threads");
        assertNotEquals(-1, Files.mismatch(file, write(tiny, recipe, 8, 1)), "bytes of another seed");
        try (Checkpoint c = Gguf.open(file)) {
            assertEquals(recipe.fileType(), c.metadata().integer("general.file_type"));
            long bytes = 0;
            for (Weight w : c.weights()) {
                bytes += w.data().byteSize();
                checkDistribution(w);
            }
            assertEquals(bytes, Synthesizer.bytes(tiny, recipe));
        }
        checkLogits(Logits.of(Gguf.open(file), TOKENS, null));
    }

    static Stream<ModelShape> shapes() {
        return ModelShapes.all().stream();
    }

    /** Seven layers: Gemma 3 has one that sees all. */
    @ParameterizedTest
    @MethodSource("shapes")
    void everyArchitectureComputes(ModelShape shape) throws IOException {
        ModelShape small = shape.with(shape.experts() > 8 ? 2 : 7, 256, 256, 4, 0, 300, 64);
        int[] decoderTokens = shape.family() == Family.T5 ? TOKENS : null;
        checkLogits(Logits.of(Gguf.open(write(small, Recipe.Q4_K_M, 1, 2)), TOKENS, decoderTokens));
    }

    /** Tensors of several pieces: none repeats another's numbers, and the last is a part of one. */
    @Test
    void piecesDiffer() throws IOException {
        ModelShape wide = shape("tiny").with(1, 0, 0, 0, 0, 2500, 0);
        Path file = write(wide, Recipe.F16, 1, 3);
        assertEquals(-1, Files.mismatch(file, write(wide, Recipe.F16, 1, 1)));
        try (Checkpoint c = Gguf.open(file)) {
            Weight w = c.weight("token_embd.weight");
            long piece = (1 << 18) * 2L;
            assertTrue(w.data().byteSize() > 2 * piece && w.data().byteSize() % piece != 0);
            assertNotEquals(-1, w.data().asSlice(0, piece).mismatch(w.data().asSlice(piece, piece)));
            Weight q = c.weight("blk.0.attn_q.weight");
            long common = q.data().byteSize();
            assertNotEquals(-1, q.data().mismatch(w.data().asSlice(0, common)));
        }
    }

    @Test
    void progressCountsAllBytes() throws IOException {
        ModelShape tiny = shape("tiny");
        AtomicLong last = new AtomicLong();
        Synthesizer.write(tiny, Recipe.Q4_0, 1, temp.resolve("p.gguf"), 2, (tensor, done, total) -> {
            assertTrue(done > last.getAndSet(done) && done <= total, tensor);
            assertEquals(Synthesizer.bytes(tiny, Recipe.Q4_0), total);
        });
        assertEquals(Synthesizer.bytes(tiny, Recipe.Q4_0), last.get());
    }

    @Test
    void anyTextIsTokenized() throws IOException {
        ModelShape shape = shape("tiny").with(1, 0, 0, 0, 0, 12_000, 0);
        try (Checkpoint c = Gguf.open(write(shape, Recipe.Q8_0, 1, 2))) {
            String[] tokens = c.metadata().strings("tokenizer.ggml.tokens");
            assertEquals(12_000, Set.of(tokens).size(), "distinct tokens");
            Tokenizer tokenizer = GgufTokenizer.from(c.metadata());
            assertNotNull(tokenizer);
            String text = "babaku zu, 軽量 \u0000\n";
            int[] ids = tokenizer.encode(text, Tokenizer.SpecialTokens.LITERAL, true);
            assertEquals(tokens.length - 2, ids[0], "begins a text");
            assertEquals(text, tokenizer.decode(Arrays.copyOfRange(ids, 1, ids.length), false));
            assertTrue(ids.length < text.length() + 8, "some merges apply");
        }
    }

    @Test
    void aModelInTheCacheIsNotWrittenAgain() throws IOException {
        SyntheticModels models = SyntheticModels.of(Map.of("KEIRYO_CACHE", temp.toString()), Path.of("/nowhere"));
        ModelShape tiny = shape("tiny");
        List<String> written = new ArrayList<>();
        Path first = models.get(tiny, Recipe.Q4_0, 3, 1, (tensor, done, total) -> written.add(tensor));
        int tensors = written.size();
        assertTrue(tensors > 0 && first.startsWith(temp.resolve("synth")));
        assertEquals(first, models.get(tiny, Recipe.Q4_0, 3, 1, (tensor, done, total) -> written.add(tensor)));
        assertEquals(tensors, written.size());
        assertEquals(
                4,
                Set.of(
                                first,
                                models.path(tiny, Recipe.Q4_0, 4),
                                models.path(tiny, Recipe.Q8_0, 3),
                                models.path(tiny.with(1, 0, 0, 0, 0, 0, 0), Recipe.Q4_0, 3))
                        .size());
        Path home = Path.of("/home/someone");
        assertEquals(
                home.resolve(".cache/keiryo/synth"),
                SyntheticModels.of(Map.of(), home).path(tiny, Recipe.F32, 1).getParent());
        assertEquals(
                temp.resolve("keiryo/synth"),
                SyntheticModels.of(Map.of("XDG_CACHE_HOME", temp.toString()), home)
                        .path(tiny, Recipe.F32, 1)
                        .getParent());
    }

    private static ModelShape shape(String name) {
        ModelShape shape = ModelShapes.find(name);
        assertNotNull(shape, name);
        return shape;
    }

    private Path write(ModelShape shape, Recipe recipe, long seed, int threads) throws IOException {
        Path file = temp.resolve(recipe + "-" + seed + "-" + threads + ".gguf");
        Synthesizer.write(shape, recipe, seed, file, threads, (tensor, done, total) -> {});
        return file;
    }

    /** Norms are 1; matrices have mean 0 and deviation {@code 1/√in}. */
    private static void checkDistribution(Weight w) throws IOException {
        float[] values = new float[w.rows() * w.cols()];
        w.decode(0, values, 0, values.length);
        if (w.shape().length < 2) {
            assertEquals(TensorType.F32, w.type());
            for (float v : values) {
                assertEquals(1f, v, w.name());
            }
            return;
        }
        double sum = 0;
        double squares = 0;
        for (float v : values) {
            sum += v;
            squares += (double) v * v;
        }
        double wanted = 1 / Math.sqrt(w.cols());
        double mean = sum / values.length;
        double std = Math.sqrt(squares / values.length - mean * mean);
        assertEquals(1, std / wanted, 0.03, w + ": deviation");
        // blocks of one sign hardly differ in number
        assertEquals(0, mean / wanted, 0.02, w + ": mean");
    }

    private static void checkLogits(float[] logits) {
        double squares = 0;
        for (float l : logits) {
            assertTrue(Float.isFinite(l), "a logit is " + l);
            squares += (double) l * l;
        }
        double rms = Math.sqrt(squares / logits.length);
        assertTrue(rms > 0.2 && rms < 5, "logits of scale " + rms);
    }
}
