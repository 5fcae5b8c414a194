package dev.keiryo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
    /** The next record's event, with both checksums checked as TFRecord's definition has them. */
    private static byte[] record(ByteBuffer in) {
        byte[] length = new byte[8];
        in.get(length);
        checkMask(in.getInt(), length);
        byte[] event = new byte
                [Math.toIntExact(
                        ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong())];
        in.get(event);
        checkMask(in.getInt(), event);
        return event;
    }

    private static void checkMask(int masked, byte[] data) {
        int turned = masked - 0xa282ead8;
        CRC32C crc = new CRC32C();
        crc.update(data);
        assertEquals((int) crc.getValue(), (turned >>> 17) | (turned << 15));
    }

    @Test
    void recordsAreTensorBoards(@TempDir Path folder) throws Exception {
        try (EventFile file = new EventFile(folder, 1700000000)) {
            file.write(1700000001.5, 300, Map.of("loss", 1.5));
        }
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("events.out.tfevents.1700000000.keiryo")))
                .order(ByteOrder.LITTLE_ENDIAN);
        byte[] version = record(in);
        assertTrue(new String(version, StandardCharsets.ISO_8859_1).endsWith("brain.Event:2"));
        // By hand from event.proto: 1 double, 2 varint, 5 message of 1 message of 1 string and 2 float.
        byte[] expected = HexFormat.of()
                .parseHex("09" + hex(1700000001.5) + "10ac02" + "2a0d" + "0a0b" + "0a046c6f7373" + "150000c03f");
        assertArrayEquals(expected, record(in), Arrays.toString(expected));
        assertEquals(0, in.remaining());
    }

    private static String hex(double x) {
        byte[] bytes = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(x)
                .array();
        return HexFormat.of().formatHex(bytes);
    }
}
