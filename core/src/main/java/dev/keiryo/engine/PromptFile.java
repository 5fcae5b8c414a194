package dev.keiryo.engine;

import dev.keiryo.FormatException;
import dev.keiryo.cache.CacheSlot;
import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.KvType;
import dev.keiryo.checkpoint.Fingerprint;
import dev.keiryo.cost.CacheLayout;
import dev.keiryo.file.Cursor;
import dev.keiryo.file.MappedFile;
import dev.keiryo.file.ReplacedFile;
import dev.keiryo.model.Transformer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * A sequence in a file: its tokens, and their keys and values as they are in memory, so that another process goes on where this
 * one stopped, with the same bits. Little-endian:
 *
 * <pre>
 *   "KEIRYOKV"   8 bytes
 *   version      int32, 1
 *   fingerprint  32 bytes of the model
 *   type         int8, 0 to 4 for f32, f16, bf16, q8_0, q4_0; int8, 1 where keys and values are transformed; int8, 1 where inputs are exact
 *   capacity     int32, on which long ropes depend
 *   tokens       int32, and as many int32
 *   for each slot:
 *     first      int32, the first page held; those before have left the window
 *     pages      keys, then values, of each page
 *   checksum     int64, CRC-32C of all before it
 * </pre>
 */
public final class PromptFile {
    private static final long MAGIC = 0x564B4F595249454BL;
    private static final int VERSION = 1;

    private PromptFile() {}

    /** Writes what {@code sequence}, a decoder's, holds; whole or not at all. */
    public static void write(Engine engine, Sequence sequence, Path path) throws IOException {
        requireDecoder(engine);
        try (ReplacedFile file = new ReplacedFile(path);
                Arena arena = Arena.ofConfined()) {
            CRC32C crc = new CRC32C();
            MemorySegment head = arena.allocate(8 + 4 + 32 + 3 + 4 + 4 + 4L * sequence.length());
            head.set(Cursor.LONG, 0, MAGIC);
            head.set(Cursor.INT, 8, VERSION);
            MemorySegment.copy(MemorySegment.ofArray(Fingerprint.of(engine.checkpoint())), 0, head, 12, 32);
            MemorySegment.copy(MemorySegment.ofArray(arithmetic(engine)), 0, head, 44, 3);
            head.set(Cursor.INT, 47, sequence.capacity());
            head.set(Cursor.INT, 51, sequence.length());
            for (int i = 0; i < sequence.length(); i++) {
                head.set(Cursor.INT, 55 + 4L * i, sequence.token(i));
            }
            append(file, crc, head);
            for (int i = 0; i < sequence.cache().slots(); i++) {
                CacheSlot slot = sequence.cache().slot(i);
                MemorySegment first = arena.allocate(4);
                first.set(Cursor.INT, 0, slot.first() / KvCache.PAGE);
                append(file, crc, first);
                for (int page = slot.first() / KvCache.PAGE; page * KvCache.PAGE < sequence.length(); page++) {
                    append(file, crc, slot.keys(page));
                    append(file, crc, slot.values(page));
                }
            }
            file.int64(crc.getValue());
            file.finish();
            file.publish();
        }
    }

    private static void requireDecoder(Engine engine) {
        if (engine.transformer().kind() != Transformer.Kind.DECODER) {
            throw new IllegalArgumentException("only a decoder's prompt can be kept; this model encodes it at once");
        }
    }

    private static void append(ReplacedFile file, CRC32C crc, MemorySegment bytes) throws IOException {
        file.bytes(bytes);
        update(crc, bytes);
    }

    private static void update(CRC32C crc, MemorySegment bytes) {
        for (long at = 0; at < bytes.byteSize(); at += 1 << 30) {
            crc.update(
                    bytes.asSlice(at, Math.min(1 << 30, bytes.byteSize() - at)).asByteBuffer());
        }
    }

    /** What keys and values depend on besides the model. */
    private static byte[] arithmetic(Engine engine) {
        return new byte[] {code(engine.kvType()), (byte) (engine.kvRotation() ? 1 : 0), code(engine.activations())};
    }

    /**
     * The sequence that {@code path} holds. The caller closes it.
     *
     * @throws FormatException where the file is damaged, or another model's, or was made with other options
     */
    public static Sequence read(Engine engine, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return read(engine, path.toString(), MappedFile.map(path, arena));
        }
    }

    static Sequence read(Engine engine, String source, MemorySegment bytes) throws FormatException {
        requireDecoder(engine);
        Cursor c = new Cursor(source, bytes);
        if (c.int64("the magic number") != MAGIC) {
            throw c.fault(0, "expected \"KEIRYOKV\"; this is no prompt cache");
        }
        int version = c.int32("the version");
        if (version != VERSION) {
            throw c.fault(
                    8, "expected version " + VERSION + ", found " + version + "; delete the file to make it anew");
        }
        requireSame(engine, c);
        int capacity = c.int32("the capacity");
        long at = c.position();
        int count = c.int32("the number of tokens");
        if (count < 1 || count > capacity || count > c.remaining() / 4) {
            throw c.fault(
                    at,
                    count + " tokens, in a context of " + capacity + ", with " + c.remaining()
                            + " bytes to come; the file is cut or corrupted");
        }
        int[] tokens = new int[count];
        for (int i = 0; i < count; i++) {
            tokens[i] = c.int32("token " + i);
            if (tokens[i] < 0 || tokens[i] >= engine.transformer().shape().vocabulary()) {
                throw c.fault(c.position() - 4, "token " + tokens[i] + " is not in the vocabulary");
            }
        }
        check(engine, c, count, bytes);
        Sequence sequence = engine.newSequence(capacity);
        try {
            sequence.restore(tokens, bytes, at + 4 + 4L * count);
            return sequence;
        } catch (RuntimeException e) {
            sequence.close();
            throw e;
        }
    }

    private static void requireSame(Engine engine, Cursor c) throws FormatException {
        long at = c.position();
        MemorySegment print = MemorySegment.ofArray(Fingerprint.of(engine.checkpoint()));
        if (c.slice(32, "the model's fingerprint").mismatch(print) >= 0) {
            throw c.fault(at, "this is a prompt of another model; delete the file, or name another");
        }
        byte[] expected = arithmetic(engine);
        byte[] found = new byte[expected.length];
        for (int i = 0; i < found.length; i++) {
            found[i] = c.int8("the type of keys and values");
        }
        if (!Arrays.equals(expected, found)) {
            throw c.fault(
                    at + 32,
                    "the prompt was kept with another --kv, --kv-rotation or --activations (" + text(found) + ", now "
                            + text(expected) + "); use the same, or delete the file");
        }
    }

    private static byte code(KvType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case BF16 -> 2;
            case Q8_0 -> 3;
            case Q4_0 -> 4;
        };
    }

    private static byte code(ActivationType type) {
        return switch (type) {
            case INT8 -> 0;
            case F32 -> 1;
            case INT8_TOKEN -> 2;
            case INT8_STATIC -> 3;
        };
    }

    private static String text(byte[] arithmetic) {
        String type = "type " + arithmetic[0];
        for (KvType known : KvType.values()) {
            type = code(known) == arithmetic[0] ? known.name().toLowerCase(Locale.ROOT) : type;
        }
        String inputs = "inputs " + arithmetic[2];
        for (ActivationType known : ActivationType.values()) {
            inputs = code(known) == arithmetic[2] ? known.toString() : inputs;
        }
        return type + (arithmetic[1] == 1 ? " rotated, " : ", ") + inputs;
    }

    /** Goes through the slots, and compares the checksum. */
    private static void check(Engine engine, Cursor c, int count, MemorySegment bytes) throws FormatException {
        int pages = Math.ceilDiv(count, KvCache.PAGE);
        for (CacheLayout.Slot slot : engine.layout().slots()) {
            long at = c.position();
            int first = c.int32("a slot's first page");
            boolean seen = first == 0;
            if (slot.window() > 0 && first > 0 && first < pages) {
                seen = (long) first * KvCache.PAGE + slot.window() - 1 <= count;
            }
            if (!seen) {
                throw c.fault(
                        at,
                        "pages from " + first + " on of " + pages + " do not hold what a window of " + slot.window()
                                + " sees; the file is corrupted");
            }
            c.slice((pages - first) * slot.pageBytes(engine.kvType()), "keys and values");
        }
        CRC32C crc = new CRC32C();
        long end = c.position();
        update(crc, bytes.asSlice(0, end));
        if (c.int64("the checksum") != crc.getValue()) {
            throw c.fault(end, "the checksum is another; the file is corrupted, delete it");
        }
        if (c.remaining() > 0) {
            throw c.fault(c.position(), c.remaining() + " bytes too many; the file is corrupted, delete it");
        }
    }
}
