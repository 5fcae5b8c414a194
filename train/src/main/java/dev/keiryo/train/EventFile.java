package dev.keiryo.train;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Figures as TensorBoard reads them: records {@code length, its checksum, event, its checksum} (TensorFlow's TFRecord), each event a
 * message of {@code event.proto}: wall time, step, and a summary of simple values. Each record is written at once, so that a process that
 * dies leaves whole records but perhaps one, which readers pass over.
 */
final class EventFile implements AutoCloseable {
    private final FileChannel channel;

    /** Begins a file {@code events.out.tfevents.SECONDS.keiryo} in {@code folder}; readers take all of a folder's files together. */
    EventFile(Path folder, long seconds) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve("events.out.tfevents." + seconds + ".keiryo");
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        Message version = new Message();
        version.real(1, (double) seconds);
        version.bytes(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
        record(version.toBytes());
    }

    /** @param seconds since 1970 */
    void write(double seconds, long step, Map<String, Double> figures) throws IOException {
        Message summary = new Message();
        figures.forEach((name, figure) -> {
            Message value = new Message();
            value.bytes(1, name.getBytes(StandardCharsets.UTF_8));
            value.single(2, figure.floatValue());
            summary.bytes(1, value.toBytes());
        });
        Message event = new Message();
        event.real(1, seconds);
        event.whole(2, step);
        event.bytes(5, summary.toBytes());
        record(event.toBytes());
    }

    private void record(byte[] event) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(event.length + 16).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(event.length);
        out.putInt(checksum(out.array(), 0, 8));
        out.put(event);
        out.putInt(checksum(event, 0, event.length));
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    /** TensorFlow's masked CRC-32C: rotated by 15 bits, plus a constant. */
    private static int checksum(byte[] data, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(data, from, length);
        int value = (int) crc.getValue();
        return ((value >>> 15) | (value << 17)) + 0xa282ead8;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** A message of Protocol Buffers, field after field. */
    private static final class Message {
        private static final int VARINT = 0;
        private static final int FIXED64 = 1;
        private static final int LENGTH = 2;
        private static final int FIXED32 = 5;

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        private void varint(long value) {
            long rest = value;
            for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
                out.write((int) (rest & 0x7f) | 0x80);
            }
            out.write((int) rest);
        }

        private void key(int field, int wire) {
            varint((long) field << 3 | wire);
        }

        void whole(int field, long value) {
            key(field, VARINT);
            varint(value);
        }

        void real(int field, double value) {
            key(field, FIXED64);
            long bits = Double.doubleToRawLongBits(value);
            for (int i = 0; i < 64; i += 8) {
                out.write((int) (bits >>> i));
            }
        }

        void single(int field, float value) {
            key(field, FIXED32);
            int bits = Float.floatToRawIntBits(value);
            for (int i = 0; i < 32; i += 8) {
                out.write(bits >>> i);
            }
        }

        void bytes(int field, byte[] value) {
            key(field, LENGTH);
            varint(value.length);
            out.writeBytes(value);
        }

        byte[] toBytes() {
            return out.toByteArray();
        }
    }
}
