package dev.keiryo.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Hostile;
import dev.keiryo.TestData;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
    @TempDir
    private Path folder;

    @Test
    void opensTheFolderOfARealModel() throws IOException {
        try (Safetensors model = Safetensors.open(TestData.path("models/TinyStories-656K"))) {
            assertEquals("pt", model.metadata().get("format"));
            Weight head = model.tensor("lm_head.weight").weight("token_embd.weight");
            assertEquals("token_embd.weight F32[2048, 128]", head.toString());
            assertEquals(20, model.tensors().size());
            Hostile.refused("tensor x is missing", () -> model.tensor("x"));
        }
    }

    /** The reference implementation's own file, taken apart and written again. */
    @Test
    void rewritesAReferenceFileByteForByte() throws IOException {
        Path original = TestData.path("models/TinyStories-656K/model.safetensors");
        Path copy = folder.resolve("copy.safetensors");
        try (Safetensors model = Safetensors.open(original)) {
            SafetensorsWriter writer = new SafetensorsWriter(model.metadata());
            model.tensors().stream().toList().reversed().forEach(writer::add);
            writer.write(copy);
        }
        assertEquals(-1, Files.mismatch(original, copy));
    }

    @Test
    void everyDtypeRoundTrips() throws IOException {
        Random random = new Random(3);
        SafetensorsWriter writer = new SafetensorsWriter(Map.of());
        Map<String, byte[]> contents = new LinkedHashMap<>();
        for (Dtype dtype : Dtype.values()) {
            if (dtype.isSubByte()) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> writer.add("x" + dtype, dtype, new long[] {8}, sink -> {}));
                continue;
            }
            for (long[] shape : new long[][] {{}, {3}, {2, 0}, {2, 3, 5}}) {
                byte[] data = new byte[(int) dtype.bytes(shape)];
                random.nextBytes(data);
                String name = dtype + "." + shape.length;
                contents.put(name, data);
                writer.add(name, dtype, shape, sink -> sink.write(MemorySegment.ofArray(data)));
            }
        }
        Path file = folder.resolve("all.safetensors");
        writer.write(file);
        try (Safetensors read = Safetensors.open(file)) {
            assertEquals(contents.size(), read.tensors().size());
            for (SafetensorsTensor t : read.tensors()) {
                assertArrayEquals(contents.get(t.name()), t.data().toArray(ValueLayout.JAVA_BYTE), t.name());
                // the reference's order puts every element at a multiple of its size
                assertEquals(0, t.offset() % (t.dtype().bits() / 8), t.name());
                TensorType type = t.dtype().tensorType();
                if (type != null) {
                    assertEquals(type, t.weight().type());
                } else {
                    Hostile.refused("which cannot be computed with", t::weight);
                }
            }
        }
    }

    @Test
    void anIndexOpensItsFilesAsOneModel() throws IOException {
        write("a.safetensors", "one", "two", "unlisted");
        write("b.safetensors", "three");
        index("{\"metadata\":{\"total_size\":12},\"weight_map\":"
                + "{\"three\":\"b.safetensors\",\"one\":\"a.safetensors\",\"two\":\"a.safetensors\"}}");
        try (Safetensors model = Safetensors.open(folder)) {
            assertEquals(
                    List.of("three", "one", "two"),
                    model.tensors().stream().map(SafetensorsTensor::name).toList());
            assertEquals(2, model.files().size());
            assertEquals('t', model.tensor("two").data().get(ValueLayout.JAVA_BYTE, 0));
        }
        Files.delete(folder.resolve("b.safetensors"));
        refused("1 of the model's files are missing: b.safetensors");
        write("b.safetensors", "four");
        refused("tensor three should be in this file");
    }

    @Test
    void anIndexCannotLeaveItsFolder() throws IOException {
        for (String name : List.of("../a.safetensors", "/a.safetensors", "x/../../a", "", "..", "a\\\\b", "a\\u0000")) {
            index("{\"weight_map\":{\"t\":\"" + name + "\"}}");
            refused("lies outside the index's folder");
        }
        index("{\"weight_map\":{}}");
        refused("no weight_map");
        index("{\"weight_map\":{\"a\":\"x\",\"a\":\"x\"}}");
        refused("key a is given twice");
        Files.delete(folder.resolve(SafetensorsIndex.NAME));
        refused("holds neither model.safetensors nor model.safetensors.index.json");
    }

    @Test
    void opensFilesOverFourGigabytes() throws IOException {
        long large = 5L << 30;
        String header = "{\"large\":{\"dtype\":\"U8\",\"shape\":[" + large + "],\"data_offsets\":[0," + large
                + "]},\"last\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[" + large + "," + (large + 2) + "]}}";
        byte[] start = SmallSafetensors.file(header, 0);
        Path file = folder.resolve(Safetensors.WHOLE);
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.SPARSE, StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.wrap(start));
            out.write(ByteBuffer.wrap(new byte[] {7, 8}), start.length + large);
        }
        try (Safetensors read = Safetensors.open(folder)) {
            assertEquals(large, read.tensor("large").data().byteSize());
            assertArrayEquals(new byte[] {7, 8}, read.tensor("last").data().toArray(ValueLayout.JAVA_BYTE));
            assertEquals(start.length + large, read.tensor("last").offset());
        }
    }

    private void refused(String message) {
        Hostile.refused(message, () -> Safetensors.open(folder).close());
    }

    private void write(String file, String... names) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter(Map.of("format", "pt"));
        for (String name : names) {
            byte[] data = {(byte) name.charAt(0), 0, 0, 0};
            writer.add(name, Dtype.F32, new long[] {1}, sink -> sink.write(MemorySegment.ofArray(data)));
        }
        writer.write(folder.resolve(file));
        assertTrue(Files.size(folder.resolve(file)) % 4 == 0);
    }

    private void index(String json) throws IOException {
        Files.writeString(folder.resolve(SafetensorsIndex.NAME), json);
    }
}
