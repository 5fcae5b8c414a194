package dev.keiryo.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FileBytes;
import dev.keiryo.Hostile;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufWriterTest {
    @TempDir
    private Path folder;

    /** The strongest oracle there is: llama.cpp's own files, taken apart and written again. */
    @Test
    void rewritesGoldenFilesByteForByte() throws IOException {
        List<Path> goldens = new ArrayList<>();
        for (String from : List.of("golden", "tokenizers/ggml-vocab")) {
            try (Stream<Path> all = Files.walk(TestData.path(from))) {
                all.filter(p -> p.toString().endsWith(".gguf")).sorted().forEach(goldens::add);
            }
        }
        assertTrue(goldens.size() > 25);
        Path copy = folder.resolve("copy.gguf");
        int equal = 0;
        for (Path golden : goldens) {
            try (Gguf gguf = Gguf.open(golden)) {
                writer(gguf).write(copy);
            }
            ByteBuffer version = ByteBuffer.wrap(Files.readAllBytes(golden));
            byte[] expected = version.put(4, (byte) 3).array();
            byte[] found = Files.readAllBytes(copy);
            // some vocabularies end without padding
            assertTrue(found.length - expected.length >= 0 && found.length - expected.length < 32, golden.toString());
            assertArrayEquals(expected, Arrays.copyOf(found, expected.length), golden.toString());
            equal++;
        }
        assertEquals(goldens.size(), equal);
    }

    @Test
    void everyMetadataTypeRoundTrips() throws IOException {
        Map<String, MetadataValue> keys = new LinkedHashMap<>();
        long[] extremes = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE};
        for (MetadataValue.Type type : MetadataValue.Type.values()) {
            if (type.isInteger()) {
                int bits = Integer.parseInt(type.name().replaceAll("\\D", ""));
                boolean unsigned = type.name().startsWith("U");
                long[] all = extremes.clone();
                for (int i = 0; i < all.length; i++) {
                    all[i] = unsigned && bits < 64 ? all[i] & ((1L << bits) - 1) : all[i] << (64 - bits) >> (64 - bits);
                    keys.put(type + "." + i, new MetadataValue(type, type, all[i]));
                }
                keys.put(type + ".all", new MetadataValue(MetadataValue.Type.ARRAY, type, all));
                keys.put(type + ".none", new MetadataValue(MetadataValue.Type.ARRAY, type, new long[0]));
            }
        }
        keys.put("f32", MetadataValue.of(1e-5));
        keys.put("f64", new MetadataValue(MetadataValue.Type.FLOAT64, MetadataValue.Type.FLOAT64, 1e-5));
        keys.put("reals", MetadataValue.of(new double[] {0.1, -0.0, Double.NaN, Double.NEGATIVE_INFINITY, 1e-45}));
        keys.put("text", MetadataValue.of("日本語 \u0000 🎌"));
        keys.put("texts", MetadataValue.of(new String[] {"", "a", "\uFFFD"}));
        keys.put("flags", MetadataValue.of(new boolean[] {true, false}));
        MetadataValue inner = new MetadataValue(
                MetadataValue.Type.ARRAY, MetadataValue.Type.ARRAY, new MetadataValue[] {MetadataValue.of(extremes(3))
                });
        keys.put("nested", new MetadataValue(MetadataValue.Type.ARRAY, MetadataValue.Type.ARRAY, new MetadataValue[] {
            inner, MetadataValue.of(new String[] {"x"}), inner
        }));
        Path file = folder.resolve("types.gguf");
        new GgufWriter(new Metadata("test", keys)).write(file);
        try (Gguf gguf = Gguf.open(file)) {
            assertEquals(keys, gguf.metadata().values());
            assertEquals(
                    List.copyOf(keys.keySet()),
                    List.copyOf(gguf.metadata().values().keySet()));
        }
    }

    private static long[] extremes(int n) {
        long[] a = new long[n];
        Arrays.fill(a, Integer.MIN_VALUE);
        return a;
    }

    @Test
    void everyNanKeepsItsBits() {
        for (int bits : new int[] {0x7F80_0001, 0x7FC0_0000, 0xFFFF_FFFF, 0xFF80_0001, 0x7FA5_5AA5}) {
            assertEquals(bits, Float32.narrowed(Float32.widened(bits)), Integer.toHexString(bits));
        }
        assertTrue(
                Float.isNaN(Float.intBitsToFloat(Float32.narrowed(Double.longBitsToDouble(0x7FF0_0000_0000_0001L)))));
    }

    @Test
    void valuesOutOfRangeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> MetadataValue.of(-1L));
        assertThrows(IllegalArgumentException.class, () -> MetadataValue.of(new long[] {1L << 31}));
        assertThrows(
                IllegalArgumentException.class,
                () -> new MetadataValue(MetadataValue.Type.BOOL, MetadataValue.Type.BOOL, "true"));
        GgufWriter lone = new GgufWriter(new Metadata("test", Map.of("a", MetadataValue.of("\uD800"))));
        assertThrows(IllegalArgumentException.class, () -> lone.write(folder.resolve("x.gguf")));
    }

    @Test
    void everyTensorTypeRoundTripsAtEveryAlignment() throws IOException {
        Random random = new Random(5);
        for (long alignment : new long[] {1, 8, 24, 32, 64, 4096}) {
            MetadataValue.Type u32 = MetadataValue.Type.UINT32;
            Metadata metadata =
                    new Metadata("test", Map.of("general.alignment", new MetadataValue(u32, u32, alignment)));
            GgufWriter writer = new GgufWriter(metadata);
            List<Weight> weights = new ArrayList<>();
            for (TensorType type : TensorType.values()) {
                if (type.isNested()) {
                    continue; // two tensors to a weight: QuantizedConversionTest
                }
                for (long[] shape : new long[][] {{3, 256}, {256}, {2, 1, 3, 256}, {0, 256}, {5, 0}}) {
                    byte[] data = new byte[(int) type.bytes(shape)];
                    random.nextBytes(data);
                    weights.add(new Weight(type + "." + weights.size(), type, shape, MemorySegment.ofArray(data)));
                }
            }
            weights.add(new Weight("scalar", TensorType.F32, new long[0], MemorySegment.ofArray(new byte[4])));
            weights.forEach(writer::add);
            Path file = folder.resolve("tensors.gguf");
            writer.write(file);
            try (Gguf gguf = Gguf.open(file)) {
                same(weights, gguf);
            }
        }
    }

    private static void same(List<Weight> expected, Gguf found) {
        assertEquals(expected.size(), found.weights().size());
        int i = 0;
        for (Weight f : found.weights()) {
            Weight e = expected.get(i++);
            assertEquals(e.toString(), f.toString());
            assertEquals(-1, e.data().mismatch(f.data()), e.name());
        }
    }

    @Test
    void shardsAreOneModelWhicheverIsOpened() throws IOException {
        List<Path> shards = writeShards();
        assertEquals(
                List.of(
                        "m-00001-of-00004.gguf",
                        "m-00002-of-00004.gguf",
                        "m-00003-of-00004.gguf",
                        "m-00004-of-00004.gguf"),
                shards.stream().map(p -> p.getFileName().toString()).toList());
        for (Path shard : shards) {
            try (Gguf gguf = Gguf.open(shard)) {
                assertEquals("test", gguf.metadata().string("general.name"));
                assertEquals(2, gguf.metadata().values().size());
                assertEquals(shards, gguf.files());
                assertEquals(10, gguf.weights().size());
                assertEquals(7, gguf.weight("t7").data().get(ValueLayout.JAVA_BYTE, 99));
            }
        }
    }

    @Test
    void missingAndForeignShardsAreNamed() throws IOException {
        List<Path> shards = writeShards();
        Files.delete(shards.get(2));
        Hostile.refused(
                "1 of the model's 4 shards are missing beside it: m-00003-of-00004.gguf",
                () -> Gguf.open(shards.get(0)).close());
        Files.copy(shards.get(1), shards.get(2));
        Hostile.refused(
                "m-00003-of-00004.gguf: key split.no should be 2, but is 1",
                () -> Gguf.open(shards.get(0)).close());
        Path renamed = Files.move(shards.get(0), folder.resolve("renamed.gguf"));
        Hostile.refused(
                "its name should end in \"-00001-of-00004.gguf\"",
                () -> Gguf.open(renamed).close());
    }

    private List<Path> writeShards() throws IOException {
        GgufWriter writer = new GgufWriter(new Metadata(
                "test", Map.of("general.name", MetadataValue.of("test"), "general.alignment", MetadataValue.of(128L))));
        for (int i = 0; i < 10; i++) {
            byte[] data = new byte[100];
            Arrays.fill(data, (byte) i);
            writer.add("t" + i, TensorType.I8, new long[] {100}, sink -> sink.write(MemorySegment.ofArray(data)));
        }
        assertEquals(List.of(folder.resolve("whole.gguf")), writer.write(folder.resolve("whole.gguf"), 1280));
        return writer.write(folder.resolve("m.gguf"), 3 * 128 + 127);
    }

    @Test
    void aFailedWriteLeavesTheOldFileAndNoOther() throws IOException {
        Path file = folder.resolve("m.gguf");
        Files.writeString(file, "old");
        Metadata none = new Metadata("test", Map.of());
        GgufWriter failing = new GgufWriter(none).add("t", TensorType.I8, new long[] {4}, sink -> {
            throw new IOException("disk full");
        });
        assertThrows(IOException.class, () -> failing.write(file));
        for (int wrong : new int[] {3, 5}) {
            GgufWriter misled = new GgufWriter(none)
                    .add("t", TensorType.I8, new long[] {4}, s -> s.write(MemorySegment.ofArray(new byte[wrong])));
            assertThrows(IllegalArgumentException.class, () -> misled.write(file));
        }
        assertEquals("old", Files.readString(file));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(file), left.toList());
        }
    }

    @Test
    void opensFilesOverFourGigabytes() throws IOException {
        Path file = folder.resolve("large.gguf");
        long large = 5L << 30;
        byte[] header = new FileBytes()
                .text("GGUF")
                .int32(2)
                .int64(2)
                .int64(0)
                .string("large")
                .int32(2)
                .int64(1 << 20)
                .int64(5 << 10)
                .int32(24)
                .int64(0)
                .string("last")
                .int32(1)
                .int64(4)
                .int32(24)
                .int64(large)
                .pad(32)
                .toArray();
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.SPARSE, StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.wrap(header));
            out.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), header.length + large);
        }
        try (Gguf gguf = Gguf.open(file)) {
            assertEquals(large, gguf.weight("large").data().byteSize());
            assertEquals(0, gguf.weight("large").data().get(ValueLayout.JAVA_BYTE, large - 1));
            assertArrayEquals(
                    new byte[] {1, 2, 3, 4}, gguf.weight("last").data().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private static GgufWriter writer(Gguf gguf) {
        GgufWriter writer = new GgufWriter(gguf.metadata());
        gguf.weights().forEach(writer::add);
        return writer;
    }
}
