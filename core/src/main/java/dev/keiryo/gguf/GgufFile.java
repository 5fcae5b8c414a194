package dev.keiryo.gguf;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.file.Cursor;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that one GGUF file says before its tensor data:
 *
 * <pre>
 *   "GGUF"  uint32 version  uint64 tensors  uint64 keys
 *   keys    * { string key, uint32 type, value }
 *   tensors * { string name, uint32 dimensions, uint64 * dimensions, uint32 type, uint64 offset }
 *   padding to the alignment, then the data, each tensor's offset counted from here
 * </pre>
 *
 * @param source the file, for messages
 * @param version 2 or 3, which differ only in that 3 may be big-endian
 * @param alignment {@code general.alignment}, in bytes
 * @param metadata the keys, in file order
 * @param tensors in file order; their data lies within the file, aligned and without overlap
 */
record GgufFile(String source, int version, long alignment, Metadata metadata, List<GgufTensor> tensors) {
    static final int MAGIC = 0x46554747; // "GGUF"
    static final String ALIGNMENT = "general.alignment";
    static final long DEFAULT_ALIGNMENT = 32;

    /** Twice what ggml can hold; more is a corrupted file. */
    private static final int MAX_DIMENSIONS = 8;

    /** Reads and validates the header of {@code file}, the whole mapped file, which is borrowed. */
    static GgufFile read(String source, MemorySegment file) throws FormatException {
        Cursor in = new Cursor(source, file);
        int version = version(in);
        long tensorCount = in.length(24, "the list of tensors");
        long keyCount = in.length(13, "the metadata");

        GgufValues values = new GgufValues(in);
        Map<String, MetadataValue> keys = new LinkedHashMap<>();
        for (long i = 0; i < keyCount; i++) {
            long at = in.position();
            String key = values.key();
            if (keys.put(key, values.value(key)) != null) {
                throw in.fault(at, "metadata key " + key + " is given twice");
            }
        }
        Metadata metadata = new Metadata(source, keys);
        long alignment = alignment(in, metadata);

        List<GgufTensor> tensors = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (long i = 0; i < tensorCount; i++) {
            long at = in.position();
            GgufTensor tensor = tensor(in, values, alignment);
            if (!names.add(tensor.name())) {
                throw in.fault(at, "tensor " + tensor.name() + " is given twice");
            }
            tensors.add(tensor);
        }
        long dataStart = aligned(in.position(), alignment);
        tensors.replaceAll(
                t -> new GgufTensor(t.name(), t.type(), t.shape(), Math.addExact(dataStart, t.offset()), t.bytes()));
        checkRanges(in, tensors);
        return new GgufFile(source, version, alignment, metadata, List.copyOf(tensors));
    }

    private static int version(Cursor in) throws FormatException {
        int magic = in.int32("the magic number");
        if (magic != MAGIC) {
            throw in.fault(0, String.format("not a GGUF file: expected the bytes \"GGUF\", found 0x%08X", magic));
        }
        int version = in.int32("the version");
        if (version == 2 || version == 3) {
            return version;
        }
        String found = "GGUF version " + Integer.toUnsignedString(version);
        if (version == 1) {
            throw in.fault(4, found + " is not supported, only 2 and 3; convert the original model again");
        }
        if ((version & 0xFFFF) == 0) {
            throw in.fault(4, "the file is big-endian, which is not supported; convert it to little-endian");
        }
        throw in.fault(4, found + " is not known, only 2 and 3 are; a newer Keiryo may read it");
    }

    private static long alignment(Cursor in, Metadata metadata) throws FormatException {
        MetadataValue v = metadata.find(ALIGNMENT);
        if (v == null) {
            return DEFAULT_ALIGNMENT;
        }
        if (!(v.value() instanceof Long n) || !isAlignment(n)) {
            throw new FormatException(
                    in.source(),
                    "key " + ALIGNMENT + " should be a power of two or a multiple of 8 below 2^32, but is "
                            + (v.type() == MetadataValue.Type.ARRAY ? "an array" : v.value()));
        }
        return n;
    }

    static boolean isAlignment(long n) {
        return n > 0 && n < 1L << 32 && (Long.bitCount(n) == 1 || n % 8 == 0);
    }

    /** The least multiple of {@code alignment} that is no less than {@code position}. */
    static long aligned(long position, long alignment) {
        return Math.ceilDiv(position, alignment) * alignment;
    }

    /** A description whose offset still counts from the start of the data. */
    private static GgufTensor tensor(Cursor in, GgufValues values, long alignment) throws FormatException {
        String name = values.name("a tensor's name");
        long at = in.position();
        int dimensions = in.int32("the dimension count of tensor " + name);
        if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
            throw in.fault(
                    at,
                    "tensor " + name + " has " + Integer.toUnsignedString(dimensions) + " dimensions; at most "
                            + MAX_DIMENSIONS + " are possible");
        }
        long[] shape = new long[dimensions];
        for (int i = dimensions - 1; i >= 0; i--) {
            shape[i] = in.int64("a dimension of tensor " + name);
        }
        long typeAt = in.position();
        int id = in.int32("the type of tensor " + name);
        TensorType type = TensorType.ofId(id);
        if (type == null) {
            throw in.fault(
                    typeAt,
                    "tensor " + name + " has element type " + Integer.toUnsignedString(id)
                            + ", which is not known; convert the model to another type");
        }
        long bytes = bytes(in, at, name, type, shape);
        long offsetAt = in.position();
        long offset = in.int64("the data offset of tensor " + name);
        if (offset < 0 || offset > in.size()) {
            throw in.fault(
                    offsetAt,
                    "the data of tensor " + name + " starts at " + Long.toUnsignedString(offset)
                            + ", but the file has only " + in.size() + " bytes; it is cut or corrupted");
        }
        if (offset % alignment != 0) {
            throw in.fault(
                    offsetAt,
                    "the data of tensor " + name + " starts at " + offset
                            + ", which is not a multiple of the alignment " + alignment);
        }
        return new GgufTensor(name, type, shape, offset, bytes);
    }

    private static long bytes(Cursor in, long at, String name, TensorType type, long[] shape) throws FormatException {
        try {
            return type.bytes(shape);
        } catch (IllegalArgumentException e) {
            throw in.fault(at, "tensor " + name + ": " + e.getMessage());
        }
    }

    private static void checkRanges(Cursor in, List<GgufTensor> tensors) throws FormatException {
        GgufTensor[] byOffset = tensors.toArray(GgufTensor[]::new);
        Arrays.sort(byOffset, Comparator.comparingLong(GgufTensor::offset).thenComparingLong(GgufTensor::bytes));
        long end = 0;
        String before = "";
        for (GgufTensor t : byOffset) {
            if (t.bytes() == 0) {
                continue;
            }
            if (t.offset() < end) {
                throw in.fault(t.offset(), "the data of tensor " + t.name() + " overlaps that of tensor " + before);
            }
            if (t.offset() > in.size() || t.bytes() > in.size() - t.offset()) {
                throw in.fault(
                        in.size(),
                        "the file ends before or within the data of tensor " + t.name() + " (" + t.bytes()
                                + " bytes from byte " + t.offset() + "); it is cut or corrupted");
            }
            end = t.offset() + t.bytes();
            before = t.name();
        }
    }
}
