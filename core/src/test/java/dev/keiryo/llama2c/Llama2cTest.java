package dev.keiryo.llama2c;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Hostile;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.file.Cursor;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.gguf.GgufWriter;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Llama2cTest {
    @TempDir
    private Path folder;

    @Test
    void opensARealModelWithItsTokenizer() throws IOException {
        try (Llama2c model = Llama2c.open(TestData.path("models/stories260K/stories260K.bin"))) {
            assertEquals("llama", model.metadata().architecture());
            assertEquals(64, model.metadata().integer("llama.embedding_length"));
            assertEquals(172, model.metadata().integer("llama.feed_forward_length"));
            assertEquals(5, model.metadata().integer("llama.block_count"));
            assertEquals(8, model.metadata().integer("llama.attention.head_count"));
            assertEquals(4, model.metadata().integer("llama.attention.head_count_kv"));
            assertEquals(8, model.metadata().integer("llama.rope.dimension_count"));
            assertEquals(1e-5f, model.metadata().real("llama.attention.layer_norm_rms_epsilon"));
            assertEquals("blk.4.attn_k.weight F32[32, 64]", String.valueOf(model.find("blk.4.attn_k.weight")));
            assertNull(model.find("output.weight"));
            assertEquals(Checkpoint.RopeLayout.INTERLEAVED, model.ropeLayout());
            // norms of a trained model are near one; a wrong layout would put matrices there
            for (String norm : List.of("blk.0.attn_norm", "blk.4.ffn_norm", "output_norm")) {
                for (float w : model.weight(norm + ".weight").data().toArray(Cursor.FLOAT)) {
                    assertTrue(w > 0.1 && w < 20, norm + ": " + w);
                }
            }
        }
    }

    /** tok512.vocab is what SentencePiece's own trainer wrote: piece, tabulator, score. */
    @Test
    void theTokenizerIsSentencePiecesVocabulary() throws IOException {
        List<String> vocabulary = Files.readAllLines(TestData.path("models/stories260K/tok512.vocab"));
        assertEquals(512, vocabulary.size());
        try (Llama2c model = Llama2c.open(TestData.path("models/stories260K/stories260K.bin"))) {
            String[] tokens = model.metadata().strings("tokenizer.ggml.tokens");
            double[] scores = model.metadata().realsOrNull("tokenizer.ggml.scores");
            long[] types = model.metadata().integersOrNull("tokenizer.ggml.token_type");
            assertTrue(scores != null && types != null);
            for (int i = 0; i < 512; i++) {
                String[] line = vocabulary.get(i).split("\t", -1);
                assertEquals(line[0], tokens[i]);
                assertEquals(Float.parseFloat(line[1]), scores[i], 1e-4, tokens[i]);
                assertEquals(i == 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1, types[i], tokens[i]);
            }
        }
    }

    @Test
    void everyVersionGivesEveryTensor() throws IOException {
        for (boolean shared : new boolean[] {true, false}) {
            try (Llama2c v0 = open(SmallLlama2c.version0(shared));
                    Llama2c v1 = open(SmallLlama2c.versioned(shared, 0))) {
                // the n-th tensor of the file starts with n
                assertStarts(v0, 0, "token_embd", 2, "blk.1.attn_norm", 4, "blk.1.attn_q", 6, "blk.1.attn_k");
                assertStarts(
                        v0, 8, "blk.1.attn_v", 10, "blk.1.attn_output", 12, "blk.1.ffn_norm", 14, "blk.1.ffn_gate");
                assertStarts(v0, 16, "blk.1.ffn_down", 18, "blk.1.ffn_up", 19, "output_norm");
                assertStarts(v1, 1, "blk.1.attn_norm", 3, "blk.1.ffn_norm", 4, "output_norm", 5, "token_embd");
                assertStarts(v1, 7, "blk.1.attn_q", 9, "blk.1.attn_k", 11, "blk.1.attn_v", 13, "blk.1.attn_output");
                assertStarts(v1, 15, "blk.1.ffn_gate", 17, "blk.1.ffn_down", 19, "blk.1.ffn_up");
                assertEquals(
                        "blk.0.ffn_down.weight F32[32, 64]",
                        v1.weight("blk.0.ffn_down.weight").toString());
                if (shared) {
                    assertNull(v0.find("output.weight"));
                    assertNull(v1.find("output.weight"));
                } else {
                    assertStarts(v0, 20, "output");
                    assertStarts(v1, 20, "output");
                }
                assertEquals(6, v0.metadata().integer("llama.vocab_size"));
                assertEquals(v0.metadata().values(), v1.metadata().values());
            }
        }
    }

    private static void assertStarts(Llama2c model, Object... expected) throws IOException {
        for (int i = 0; i < expected.length; i += 2) {
            Weight w = model.weight(expected[i + 1] + ".weight");
            assertEquals(((Integer) expected[i]).floatValue(), w.data().get(Cursor.FLOAT, 0), w.name());
            long last = w.count() - 1;
            assertEquals((Integer) expected[i] + last / 128f, w.data().get(Cursor.FLOAT, 4 * last), w.name());
        }
    }

    @Test
    void groupsOfInt8BecomeBlocks() throws IOException {
        for (int groupSize : new int[] {32, 64}) {
            try (Llama2c model = open(SmallLlama2c.versioned(false, groupSize))) {
                Weight up = model.weight("blk.1.ffn_up.weight");
                assertEquals("blk.1.ffn_up.weight Q8_0[64, 32]", up.toString());
                for (int i = 0; i < up.count(); i++) {
                    long block = i / 32 * 34L;
                    assertEquals(
                            15 + i / groupSize, Float.float16ToFloat(up.data().get(Cursor.SHORT, block)));
                    assertEquals((byte) i, up.data().get(ValueLayout.JAVA_BYTE, block + 2 + i % 32));
                }
                assertEquals(
                        "output.weight Q8_0[6, 32]",
                        model.weight("output.weight").toString());
                assertEquals(
                        "blk.1.attn_norm.weight F32[32]",
                        model.weight("blk.1.attn_norm.weight").toString());
            }
        }
        byte[] large = SmallLlama2c.versioned(true, 32);
        // the first scale after the norms and the embedding's values
        large[256 + 5 * 128 + 6 * 32 + 3] = 0x7F;
        Hostile.refused(
                "beyond float16; export the model as version 1",
                () -> open(large).close());
        Hostile.refused(
                "groups of 16 weights",
                () -> open(SmallLlama2c.versioned(true, 16)).close());
    }

    @Test
    void theTokenizerIsChosenByTheVocabulary() throws IOException {
        Path checkpoint = Files.write(folder.resolve("m.bin"), SmallLlama2c.version0(true));
        try (Llama2c model = Llama2c.open(checkpoint)) {
            assertFalse(model.metadata().has("tokenizer.ggml.model"));
        }
        Files.write(folder.resolve("tok6.bin"), SmallLlama2c.tokenizer());
        Files.write(folder.resolve("tokenizer.bin"), new byte[3]);
        try (Llama2c model = Llama2c.open(checkpoint)) {
            assertArrayEquals(
                    new String[] {"<unk>", "<s>", "</s>", "<0x0A>", "▁é▁", "a"},
                    model.metadata().strings("tokenizer.ggml.tokens"));
        }
        Files.delete(folder.resolve("tok6.bin"));
        Hostile.refused(
                "tokenizer.bin: at byte 0: the file ends",
                () -> Llama2c.open(checkpoint).close());
        byte[] longer = Arrays.copyOf(SmallLlama2c.tokenizer(), SmallLlama2c.tokenizer().length + 8);
        Files.write(folder.resolve("tokenizer.bin"), longer);
        Hostile.refused(
                "put this one's beside it as tok6.bin",
                () -> Llama2c.open(checkpoint).close());
    }

    @Test
    void convertsToGguf() throws IOException {
        Path copy = folder.resolve("stories.gguf");
        try (Llama2c model = Llama2c.open(TestData.path("models/stories260K/stories260K.bin"))) {
            GgufWriter writer = new GgufWriter(model.metadata());
            model.weights().forEach(writer::add);
            writer.write(copy);
            try (Gguf gguf = Gguf.open(copy)) {
                assertEquals(model.metadata().values(), gguf.metadata().values());
                assertEquals(model.weights().size(), gguf.weights().size());
                for (Weight w : model.weights()) {
                    assertEquals(-1, w.data().mismatch(gguf.weight(w.name()).data()), w.name());
                }
            }
        }
    }

    @Test
    void damagedFilesNeverSurprise() throws IOException {
        Hostile checkpoints = new Hostile(SmallLlama2c::read, 1 << 20);
        assertFalse(checkpoints.accepts(new byte[64]));
        for (byte[] file : List.of(SmallLlama2c.version0(false), SmallLlama2c.versioned(true, 32))) {
            byte[] head = Arrays.copyOf(file, 300);
            checkpoints.absurdFields(head);
            SmallLlama2c.read(file);
            for (int n = 0; n < file.length; n += n < 300 ? 1 : 97) {
                assertFalse(checkpoints.accepts(Arrays.copyOf(file, n)));
            }
            for (int at = 0; at < 44; at++) {
                for (int value = 0; value < 256; value += 15) {
                    byte[] damaged = file.clone();
                    damaged[at] = (byte) value;
                    checkpoints.accepts(damaged);
                }
            }
        }
        Hostile tokenizers = new Hostile(SmallLlama2c::readTokenizer, 1 << 20);
        tokenizers.everyPrefix(SmallLlama2c.tokenizer());
        tokenizers.byteFlips(SmallLlama2c.tokenizer(), 20_000, 4);
        tokenizers.absurdFields(SmallLlama2c.tokenizer());
        checkpoints.byteFlips(SmallLlama2c.versioned(true, 32), 5_000, 4);
    }

    private Llama2c open(byte[] bytes) throws IOException {
        return Llama2c.open(Files.write(Files.createTempFile(folder, "model", ".bin"), bytes));
    }
}
