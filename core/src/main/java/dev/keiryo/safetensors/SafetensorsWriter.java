package dev.keiryo.safetensors;

import dev.keiryo.FormatException;
import dev.keiryo.file.ReplacedFile;
import dev.keiryo.tensor.TensorData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes a safetensors file. Tensors are ordered as the reference orders them, those of the largest elements first and
 * then by name, so that equal contents give equal files. They are asked for their bytes only when it is their turn. The
 * file is written beside its target, synced and renamed.
 */
public final class SafetensorsWriter {
    private record Pending(String name, Dtype dtype, long[] shape, long bytes, TensorData data) {}

    private final Map<String, String> metadata;
    private final List<Pending> tensors = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    /** @param metadata {@code __metadata__}, written in its order; empty for none */
    public SafetensorsWriter(Map<String, String> metadata) {
        this.metadata = new LinkedHashMap<>(metadata);
    }

    /**
     * Adds a tensor.
     *
     * @param shape outermost dimension first
     * @param data writes exactly as many bytes as dtype and shape take, little-endian
     */
    public SafetensorsWriter add(String name, Dtype dtype, long[] shape, TensorData data) {
        long bytes = dtype.isSubByte() ? -1 : dtype.bytes(shape);
        if (bytes < 0 || name.equals(SafetensorsFile.METADATA) || !names.add(name)) {
            throw new IllegalArgumentException(
                    "tensor " + name + " (" + dtype + ") cannot be written or was added before");
        }
        tensors.add(new Pending(name, dtype, shape.clone(), bytes, data));
        return this;
    }

    /** Adds a copy of {@code tensor}. */
    public SafetensorsWriter add(SafetensorsTensor tensor) {
        return add(tensor.name(), tensor.dtype(), tensor.shape(), sink -> sink.write(tensor.data()));
    }

    /**
     * Writes the file, replacing {@code target}.
     *
     * @throws FormatException where the header becomes larger than readers accept
     */
    public void write(Path target) throws IOException {
        List<Pending> ordered = new ArrayList<>(tensors);
        ordered.sort(Comparator.comparing(Pending::dtype).reversed().thenComparing(Pending::name));
        byte[] header = header(ordered);
        if (header.length > SafetensorsFile.MAX_HEADER_BYTES) {
            throw new FormatException(
                    target.toString(),
                    "the header would take " + header.length + " bytes; at most " + SafetensorsFile.MAX_HEADER_BYTES
                            + " are possible");
        }
        try (ReplacedFile out = new ReplacedFile(target)) {
            out.int64(header.length);
            out.bytes(MemorySegment.ofArray(header));
            for (Pending t : ordered) {
                out.tensor(t.name, t.bytes, t.data);
            }
            out.finish();
            out.publish();
        }
    }

    /** The JSON, padded with spaces to whole 8 bytes. */
    private byte[] header(List<Pending> ordered) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeName(SafetensorsFile.METADATA);
                json.writeStartObject();
                metadata.forEach(json::writeStringProperty);
                json.writeEndObject();
            }
            long offset = 0;
            for (Pending t : ordered) {
                json.writeName(t.name);
                json.writeStartObject();
                json.writeStringProperty("dtype", t.dtype.name());
                json.writeName("shape");
                json.writeArray(t.shape, 0, t.shape.length);
                json.writeName("data_offsets");
                json.writeArray(new long[] {offset, offset + t.bytes}, 0, 2);
                json.writeEndObject();
                offset += t.bytes;
            }
            json.writeEndObject();
        }
        while (out.size() % 8 != 0) {
            out.write(' ');
        }
        return out.toByteArray();
    }
}
