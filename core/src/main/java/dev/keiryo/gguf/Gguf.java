package dev.keiryo.gguf;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.file.MappedFile;
import dev.keiryo.tensor.NestedScales;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model in GGUF (version 2 or 3, little-endian): one file, or all shards of one model. The weights are memory-mapped;
 * nothing of them is copied. Thread-safe; the weights live until {@link #close()}.
 *
 * <p>Source: the GGUF specification ({@code docs/gguf.md} of the ggml project).
 */
public final class Gguf implements Checkpoint {
    private final String source;
    private final Arena arena;
    private final Metadata metadata;
    private final Map<String, Weight> weights;
    private final List<Path> files;
    private boolean closed;

    private Gguf(String source, Arena arena, Metadata metadata, Map<String, Weight> weights, List<Path> files) {
        this.source = source;
        this.arena = arena;
        this.metadata = metadata;
        this.weights = Collections.unmodifiableMap(weights);
        this.files = files;
    }

    /**
     * Opens a GGUF file. If it is a shard ({@code NAME-00001-of-00003.gguf}), whichever, all shards beside it are opened
     * as one model.
     *
     * @throws FormatException where it, or a shard, is missing or is not GGUF as specified
     */
    public static Gguf open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return open(path, arena);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static Gguf open(Path path, Arena arena) throws IOException {
        MemorySegment bytes = MappedFile.map(path, arena);
        GgufFile file = GgufFile.read(path.toString(), bytes);
        Map<String, Weight> weights = new LinkedHashMap<>();
        Shards shards = Shards.of(path, file.metadata());
        if (shards == null) {
            add(file, bytes, weights);
            attachScales(path.toString(), weights);
            return new Gguf(path.toString(), arena, file.metadata(), weights, List.of(path));
        }
        Metadata metadata = file.metadata();
        for (int i = 0; i < shards.files().size(); i++) {
            Path shard = shards.files().get(i);
            MemorySegment shardBytes = MappedFile.map(shard, arena);
            GgufFile shardFile = GgufFile.read(shard.toString(), shardBytes);
            shards.check(i, shardFile.metadata());
            if (i == 0) {
                metadata = modelKeys(shardFile);
            }
            add(shardFile, shardBytes, weights);
        }
        shards.checkTensors(weights.size());
        attachScales(path.toString(), weights);
        return new Gguf(path.toString(), arena, metadata, weights, shards.files());
    }

    private static void add(GgufFile file, MemorySegment bytes, Map<String, Weight> weights) throws FormatException {
        for (Weight w : weights(file, bytes)) {
            if (weights.put(w.name(), w) != null) {
                throw new FormatException(file.source(), "tensor " + w.name() + " is in another shard too");
            }
        }
    }

    /** The tensors that {@code file} describes, as slices of its {@code bytes}; nested types without their scales yet. */
    static List<Weight> weights(GgufFile file, MemorySegment bytes) {
        List<Weight> weights = new ArrayList<>();
        for (GgufTensor t : file.tensors()) {
            // an empty tensor may be described as lying behind the end of the file
            long offset = t.bytes() == 0 ? 0 : t.offset();
            MemorySegment data = bytes.asSlice(offset, t.bytes());
            NestedScales scales = t.type().isNested() ? new NestedScales(MemorySegment.NULL, 0) : null;
            weights.add(new Weight(t.name(), t.type(), t.shape(), data, scales));
        }
        return weights;
    }

    /** Gives weights of nested types the tensors that hold their scales; these are no weights then. */
    private static void attachScales(String source, Map<String, Weight> weights) throws FormatException {
        for (Weight w : List.copyOf(weights.values())) {
            if (!w.type().isNested()) {
                continue;
            }
            long count = NestedScales.count(w.data().byteSize() / w.type().blockBytes());
            Weight scales = weights.remove(w.name() + NestedScales.SUFFIX);
            if (scales == null || scales.type() != TensorType.F32 || scales.count() != count) {
                throw new FormatException(
                        source,
                        "tensor " + w.name() + " of type " + w.type().label() + " needs a tensor " + w.name()
                                + NestedScales.SUFFIX + " of " + count + " float32, but "
                                + (scales == null ? "there is none" : "found " + scales) + "; convert the model again");
            }
            weights.put(
                    w.name(), new Weight(w.name(), w.type(), w.shape(), w.data(), new NestedScales(scales.data(), 0)));
        }
    }

    /** The first shard's metadata without the keys that describe the shards. */
    private static Metadata modelKeys(GgufFile first) {
        Map<String, MetadataValue> keys = new LinkedHashMap<>(first.metadata().values());
        Shards.KEYS.forEach(keys::remove);
        return new Metadata(first.source(), keys);
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public Metadata metadata() {
        return metadata;
    }

    @Override
    public Collection<Weight> weights() {
        return weights.values();
    }

    @Override
    public @Nullable Weight find(String name) {
        return weights.get(name);
    }

    /** The file, or all shards in order. */
    public List<Path> files() {
        return files;
    }

    /** Unmaps the files. No weight may be used from then on, and none be in use. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            arena.close();
        }
    }
}
