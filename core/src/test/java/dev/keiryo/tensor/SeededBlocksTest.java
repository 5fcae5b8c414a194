package dev.keiryo.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every weight format's blocks, made from a seed, against what gguf-py decodes them to: bit for bit, on any clone. */
class SeededBlocksTest {
    private static final int BLOCKS = 64;
    private static final int NUMBERS = 2048;

    /** Where a block holds 16-bit floats other than at its start. */
    private static final Map<TensorType, int[]> HALVES = Map.of(
            TensorType.Q4_1, new int[] {0, 2},
            TensorType.Q5_1, new int[] {0, 2},
            TensorType.Q2_K, new int[] {80, 82},
            TensorType.Q3_K, new int[] {108},
            TensorType.Q4_K, new int[] {0, 2},
            TensorType.Q5_K, new int[] {0, 2},
            TensorType.Q6_K, new int[] {208});

    @TestFactory
    List<DynamicTest> decodesAsTheReference() throws IOException {
        try (InputStream in = Objects.requireNonNull(SeededBlocksTest.class.getResourceAsStream("codecs.json"))) {
            return JsonMapper.shared()
                    .readTree(in)
                    .get("types")
                    .propertyStream()
                    .map(e -> DynamicTest.dynamicTest(
                            e.getKey(), () -> check(TensorType.valueOf(e.getKey()), e.getValue())))
                    .toList();
        }
    }

    private static void check(TensorType type, JsonNode expected) {
        int count = type.blockSize() == 1 ? NUMBERS : BLOCKS * type.blockSize();
        float[] decoded = new float[count];
        Codecs.require(type).decode(MemorySegment.ofArray(bytes(type, count)), 0, decoded, 0, count);
        JsonNode first = expected.get("first");
        for (int i = 0; i < first.size(); i++) {
            assertEquals((float) Double.parseDouble(first.get(i).asString()), decoded[i] + 0f, "number " + i);
        }
        ByteBuffer all = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        for (float f : decoded) {
            all.putFloat(f + 0f); // the reference's zeros have no sign
        }
        CRC32 crc = new CRC32();
        crc.update(all.array());
        assertEquals(expected.get("crc32").asLong(), crc.getValue(), "crc32 of all numbers");
    }

    /** Pseudo-random blocks whose 16-bit floats are finite: the highest bit of their exponents is cleared. */
    private static byte[] bytes(TensorType type, int count) {
        byte[] out = new byte[(int) type.bytes(count)];
        long state = type.id();
        for (int i = 0; i < out.length; i++) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            out[i] = (byte) (state >>> 56);
        }
        for (int block = 0; block < out.length; block += type.blockBytes()) {
            for (int half : HALVES.getOrDefault(type, new int[] {0})) {
                out[block + half + 1] &= (byte) 0xBF;
            }
        }
        return out;
    }
}
