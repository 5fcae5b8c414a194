package dev.keiryo.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.gguf.GgufWriter;
import dev.keiryo.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights are computed with where the file is mapped: the heap never holds a copy of them. */
class MappedWeightsTest {
    private static final int HIDDEN = 4096;
    private static final int VOCABULARY = 32;
    private static final long MEGABYTE = 1 << 20;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void loadingAndComputingKeepLittleOfTheWeightsSize() throws IOException {
        Path file = folder.resolve("zeros.gguf");
        long weights = write(file);
        assertTrue(weights > 200 * MEGABYTE, weights + " bytes");
        long before = heapInUse();
        try (Engine engine =
                        Engine.open(Gguf.open(file), EngineOptions.defaults().withThreads(2));
                Sequence sequence = engine.newSequence(4)) {
            engine.forward(Batch.of(sequence, new int[] {1, 2}, Batch.Output.LAST));
            long kept = heapInUse() - before;
            assertTrue(kept < 16 * MEGABYTE, kept + " bytes of heap for " + weights + " bytes of weights");
        }
    }

    private static long heapInUse() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** A Llama of one layer, all zeros, and returns the bytes of its weights. */
    private static long write(Path file) throws IOException {
        Map<String, MetadataValue> keys = new LinkedHashMap<>();
        keys.put("general.architecture", MetadataValue.of("llama"));
        keys.put("llama.block_count", MetadataValue.of(1));
        keys.put("llama.context_length", MetadataValue.of(64));
        keys.put("llama.embedding_length", MetadataValue.of(HIDDEN));
        keys.put("llama.feed_forward_length", MetadataValue.of(HIDDEN));
        keys.put("llama.attention.head_count", MetadataValue.of(32));
        keys.put("llama.attention.layer_norm_rms_epsilon", MetadataValue.of(1e-5));
        GgufWriter writer = new GgufWriter(new Metadata(file.toString(), keys));
        long total = add(writer, "token_embd", TensorType.F16, VOCABULARY, HIDDEN);
        for (String matrix :
                new String[] {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"}) {
            total += add(writer, "blk.0." + matrix, TensorType.F16, HIDDEN, HIDDEN);
        }
        for (String norm : new String[] {"blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"}) {
            total += add(writer, norm, TensorType.F32, HIDDEN);
        }
        writer.write(file);
        return total;
    }

    private static long add(GgufWriter writer, String name, TensorType type, long... shape) {
        long bytes = type.bytes(shape);
        writer.add(name + ".weight", type, shape, sink -> {
            for (long left = bytes; left > 0; left -= MEGABYTE) {
                sink.write(MemorySegment.ofArray(new byte[(int) Math.min(left, MEGABYTE)]));
            }
        });
        return bytes;
    }
}
