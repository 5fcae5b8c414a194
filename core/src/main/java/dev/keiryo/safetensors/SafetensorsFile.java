package dev.keiryo.safetensors;

import dev.keiryo.FormatException;
import dev.keiryo.file.Cursor;
import dev.keiryo.file.JsonCursor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One safetensors file:
 *
 * <pre>
 *   uint64 n
 *   n bytes of JSON: {"__metadata__": {KEY: TEXT, ...}, NAME: {"dtype": ..., "shape": [...], "data_offsets": [from, to]}, ...}
 *   the data, offsets counted from here, without holes or overlap
 * </pre>
 *
 * @param metadata {@code __metadata__}, in file order
 * @param tensors by name, in the order of their data
 */
record SafetensorsFile(Map<String, String> metadata, Map<String, SafetensorsTensor> tensors) {
    static final String METADATA = "__metadata__";
    /** The reference implementation's limit. */
    static final int MAX_HEADER_BYTES = 100_000_000;

    private static final int MAX_DIMENSIONS = 64;

    /** What a header says of one tensor; offsets from the start of the data. */
    private record Entry(String name, Dtype dtype, long[] shape, long from, long to) {}

    /** Reads and validates {@code file}, the whole mapped file, which is borrowed. */
    static SafetensorsFile read(String source, MemorySegment file) throws IOException {
        Cursor in = new Cursor(source, file);
        long length = in.length(1, "the header");
        if (length > MAX_HEADER_BYTES) {
            throw in.fault(0, "the header is " + length + " bytes long; at most " + MAX_HEADER_BYTES + " are possible");
        }
        byte[] json = in.slice(length, "the header").toArray(ValueLayout.JAVA_BYTE);
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Entry> entries = new ArrayList<>();
        JsonCursor header = new JsonCursor(source, 8, json);
        header.object("the header", key -> {
            if (key.equals(METADATA)) {
                header.object(METADATA, k -> metadata.put(k, header.string(METADATA + " " + k)));
            } else {
                entries.add(entry(header, key));
            }
        });
        header.end("the header");
        return new SafetensorsFile(metadata, tensors(in, file, entries));
    }

    private static Entry entry(JsonCursor header, String name) throws IOException {
        String what = "tensor " + name;
        Fields fields = new Fields();
        header.object(what, key -> {
            switch (key) {
                case "dtype" -> fields.dtype = dtype(header, what);
                case "shape" -> fields.shape = counts(header, "the shape of " + what, MAX_DIMENSIONS);
                case "data_offsets" -> fields.offsets = counts(header, "data_offsets of " + what, 2);
                default -> throw header.fault("key " + key + " of " + what + " is not known");
            }
        });
        Dtype dtype = fields.dtype;
        long[] shape = fields.shape;
        long[] offsets = fields.offsets;
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw header.fault(what + " should have dtype, shape and two data_offsets");
        }
        long bytes = dtype.bytes(shape);
        if (bytes < 0 || offsets[1] - offsets[0] != bytes) {
            throw header.fault(what + ": " + dtype + Arrays.toString(shape) + " takes "
                    + (bytes < 0 ? "more bytes than any file has" : bytes + " bytes") + ", but data_offsets are "
                    + Arrays.toString(offsets));
        }
        return new Entry(name, dtype, shape, offsets[0], offsets[1]);
    }

    private static final class Fields {
        private @Nullable Dtype dtype;
        private long @Nullable [] shape;
        private long @Nullable [] offsets;
    }

    private static Dtype dtype(JsonCursor header, String what) throws FormatException {
        String name = header.string("dtype of " + what);
        Dtype dtype = Dtype.named(name);
        if (dtype == null || dtype.isSubByte()) {
            throw header.fault(what + " is of type " + name + ", which "
                    + (dtype == null ? "is not known" : "packs several elements into a byte and is not supported"));
        }
        return dtype;
    }

    private static long[] counts(JsonCursor header, String what, int limit) throws IOException {
        List<Long> counts = new ArrayList<>();
        header.array(what, limit, () -> counts.add(header.count("an entry of " + what)));
        return counts.stream().mapToLong(Long::longValue).toArray();
    }

    private static Map<String, SafetensorsTensor> tensors(Cursor in, MemorySegment file, List<Entry> entries)
            throws FormatException {
        entries.sort(Comparator.comparingLong(Entry::from).thenComparingLong(Entry::to));
        long dataStart = in.position();
        long end = 0;
        Map<String, SafetensorsTensor> tensors = new LinkedHashMap<>();
        for (Entry e : entries) {
            if (e.from != end) {
                throw in.fault(
                        Math.min(dataStart + end, in.size()),
                        "the data of tensor " + e.name + " should start at offset " + end
                                + " after the one before, but " + "data_offsets say " + e.from);
            }
            if (e.to > in.remaining()) {
                throw in.fault(
                        in.size(),
                        "the file ends within the data of tensor " + e.name + ", " + (e.to - in.remaining())
                                + " bytes short; it is cut or corrupted");
            }
            MemorySegment data = file.asSlice(dataStart + e.from, e.to - e.from);
            tensors.put(e.name, new SafetensorsTensor(e.name, e.dtype, e.shape, data, in.source(), dataStart + e.from));
            end = e.to;
        }
        if (end != in.remaining()) {
            throw in.fault(
                    dataStart + end,
                    (in.remaining() - end) + " bytes follow that belong to no tensor; the header is corrupted");
        }
        return tensors;
    }
}
