package dev.keiryo.gguf;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.file.ReplacedFile;
import dev.keiryo.file.ResumedFile;
import dev.keiryo.tensor.TensorData;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ObjLongConsumer;

/**
 * Writes GGUF version 3, as one file or in shards. Tensors are asked for their bytes only when it is their turn, so
 * memory does not grow with the model. Each file is written beside its target, synced and renamed: a reader never sees
 * half a model.
 *
 * <pre>
 *   new GgufWriter(metadata).add("token_embd.weight", F32, new long[] {512, 64}, sink -> ...).write(path)
 * </pre>
 *
 * <p>Source: the GGUF specification ({@code docs/gguf.md} of the ggml project).
 */
public final class GgufWriter {
    private static final int VERSION = 3;
    /** ggml's limits: {@code GGML_MAX_NAME} less the final zero, and {@code GGML_MAX_DIMS}. */
    private static final int MAX_NAME_BYTES = 63;

    private static final int MAX_DIMENSIONS = 4;

    private record Pending(String name, TensorType type, long[] shape, long bytes, TensorData data) {}

    private final Map<String, MetadataValue> keys;
    private final long alignment;
    private final List<Pending> tensors = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    /**
     * @param metadata written in its order; {@code general.alignment} decides the file's alignment; keys that describe
     *     shards are replaced by the writer's own
     */
    public GgufWriter(Metadata metadata) {
        keys = new LinkedHashMap<>(metadata.values());
        Shards.KEYS.forEach(keys::remove);
        MetadataValue set = keys.get(GgufFile.ALIGNMENT);
        alignment = set == null ? GgufFile.DEFAULT_ALIGNMENT : set.value() instanceof Long n ? n : 0;
        if (!GgufFile.isAlignment(alignment)) {
            throw new IllegalArgumentException(GgufFile.ALIGNMENT + " is no possible alignment: " + set);
        }
    }

    /**
     * Adds a tensor after those added before.
     *
     * @param shape outermost dimension first
     * @param data writes exactly {@code type.bytes(shape)} bytes when asked
     */
    public GgufWriter add(String name, TensorType type, long[] shape, TensorData data) {
        if (!names.add(name)) {
            throw new IllegalArgumentException("tensor " + name + " was added before");
        }
        tensors.add(new Pending(name, type, shape.clone(), type.bytes(shape), data));
        return this;
    }

    /** Adds a copy of {@code weight}. */
    public GgufWriter add(Weight weight) {
        return add(weight.name(), weight.type(), weight.shape(), sink -> sink.write(weight.data()));
    }

    /** Bytes of the one file that {@link #write(Path)} writes. */
    public long size() {
        long bytes = 4 + 4 + 8 + 8;
        for (Map.Entry<String, MetadataValue> key : keys.entrySet()) {
            bytes += GgufSizes.key(key.getKey(), key.getValue());
        }
        long data = 0;
        for (Pending t : tensors) {
            bytes += GgufSizes.string(t.name) + 4 + 8L * t.shape.length + 4 + 8;
            data += GgufFile.aligned(t.bytes, alignment);
        }
        return GgufFile.aligned(bytes, alignment) + data;
    }

    /**
     * Writes one file, replacing {@code target}.
     *
     * @throws FormatException where a name or shape is more than the format can hold
     */
    public void write(Path target) throws IOException {
        checkLimits(target);
        try (ReplacedFile out = new ReplacedFile(target)) {
            write(out, keys, tensors);
            out.finish();
            out.publish();
        }
    }

    /**
     * As {@link #write(Path)}, going on from the last whole tensor where an earlier process that wrote the same was ended
     * before it was done; see {@link ResumedFile}. Where writing fails, what is whole stays for another try.
     *
     * @param origin all that decides about the tensors' bytes beside names, types, shapes and metadata
     * @param there told of each tensor that need not be written again, and of its bytes
     */
    public void write(Path target, byte[] origin, ObjLongConsumer<String> there) throws IOException {
        checkLimits(target);
        try (ResumedFile out = new ResumedFile(target)) {
            writeHeader(out, keys, tensors);
            long total = out.position();
            for (Pending t : tensors) {
                total += GgufFile.aligned(t.bytes, alignment);
            }
            out.begin(origin, total);
            for (Pending t : tensors) {
                if (out.tensorOnce(t.name, t.bytes, t.data)) {
                    there.accept(t.name, t.bytes);
                }
                out.fill(0, GgufFile.aligned(t.bytes, alignment) - t.bytes);
            }
            out.finish();
            out.publish();
        }
    }

    /**
     * Writes as few files as hold at most {@code maxBytes} of tensor data each (more only where one tensor alone is
     * larger), named after {@code target}: {@code NAME-00001-of-00003.gguf}. A model that fits one file is written to
     * {@code target} itself.
     *
     * @return the files, in order
     */
    public List<Path> write(Path target, long maxBytes) throws IOException {
        checkLimits(target);
        List<List<Pending>> shards = divide(maxBytes);
        if (shards.size() == 1) {
            write(target);
            return List.of(target);
        }
        if (shards.size() > Shards.MAX_COUNT) {
            throw new IllegalArgumentException(
                    shards.size() + " shards are too many; allow more bytes than " + maxBytes);
        }
        String prefix = String.valueOf(target.getFileName()).replaceFirst("\\.gguf$", "");
        List<ReplacedFile> files = new ArrayList<>();
        try {
            for (int i = 0; i < shards.size(); i++) {
                files.add(new ReplacedFile(target.resolveSibling(Shards.name(prefix, i, shards.size()))));
                write(files.getLast(), shardKeys(i, shards.size()), shards.get(i));
                files.getLast().finish();
            }
            // The first goes last: who finds it finds all.
            for (ReplacedFile file : files.reversed()) {
                file.publish();
            }
        } finally {
            for (ReplacedFile file : files) {
                file.close();
            }
        }
        return files.stream().map(ReplacedFile::target).toList();
    }

    private List<List<Pending>> divide(long maxBytes) {
        List<List<Pending>> shards = new ArrayList<>();
        shards.add(new ArrayList<>());
        long filled = 0;
        for (Pending t : tensors) {
            long bytes = GgufFile.aligned(t.bytes, alignment);
            if (filled > 0 && bytes > maxBytes - filled) {
                shards.add(new ArrayList<>());
                filled = 0;
            }
            shards.getLast().add(t);
            filled += bytes;
        }
        return shards;
    }

    /** All keys in the first shard; in the others only what is needed to read them. */
    private Map<String, MetadataValue> shardKeys(int i, int count) {
        Map<String, MetadataValue> shard = new LinkedHashMap<>();
        if (i == 0) {
            shard.putAll(keys);
        } else if (keys.containsKey(GgufFile.ALIGNMENT)) {
            shard.put(GgufFile.ALIGNMENT, keys.get(GgufFile.ALIGNMENT));
        }
        shard.put(Shards.NUMBER, number(count > 0xFFFF, i));
        shard.put(Shards.COUNT, number(count > 0xFFFF, count));
        shard.put(Shards.TENSORS, new MetadataValue(MetadataValue.Type.INT32, MetadataValue.Type.INT32, (long)
                tensors.size()));
        return shard;
    }

    /** The specification's uint16 where it suffices. */
    private static MetadataValue number(boolean wide, long n) {
        MetadataValue.Type type = wide ? MetadataValue.Type.UINT32 : MetadataValue.Type.UINT16;
        return new MetadataValue(type, type, n);
    }

    private void checkLimits(Path target) throws FormatException {
        for (Pending t : tensors) {
            if (t.name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
                throw new FormatException(
                        target.toString(),
                        "the name of tensor " + t.name + " is longer than GGUF's " + MAX_NAME_BYTES + " bytes");
            }
            if (t.shape.length > MAX_DIMENSIONS) {
                throw new FormatException(
                        target.toString(),
                        "tensor " + t.name + " has " + t.shape.length + " dimensions; GGUF holds at most "
                                + MAX_DIMENSIONS);
            }
        }
    }

    private void write(ReplacedFile out, Map<String, MetadataValue> metadata, List<Pending> contents)
            throws IOException {
        writeHeader(out, metadata, contents);
        for (Pending t : contents) {
            out.tensor(t.name, t.bytes, t.data);
            out.fill(0, GgufFile.aligned(t.bytes, alignment) - t.bytes);
        }
    }

    private void writeHeader(ReplacedFile out, Map<String, MetadataValue> metadata, List<Pending> contents)
            throws IOException {
        out.int32(GgufFile.MAGIC);
        out.int32(VERSION);
        out.int64(contents.size());
        out.int64(metadata.size());
        GgufValueWriter values = new GgufValueWriter(out);
        for (Map.Entry<String, MetadataValue> key : metadata.entrySet()) {
            values.key(key.getKey(), key.getValue());
        }
        long offset = 0;
        for (Pending t : contents) {
            values.string(t.name);
            out.int32(t.shape.length);
            for (int i = t.shape.length - 1; i >= 0; i--) {
                out.int64(t.shape[i]);
            }
            out.int32(t.type.id());
            out.int64(offset);
            offset = GgufFile.aligned(offset + t.bytes, alignment);
        }
        out.fill(0, GgufFile.aligned(out.position(), alignment) - out.position());
    }
}
