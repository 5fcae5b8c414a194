package dev.keiryo.safetensors;

import dev.keiryo.FormatException;
import dev.keiryo.file.MappedFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of one safetensors file, or of all files that an index lists, under their stored names. The data are
 * memory-mapped; nothing is copied. Thread-safe; tensors live until {@link #close()}.
 */
public final class Safetensors implements AutoCloseable {
    /** The file in a folder that holds a whole model. */
    static final String WHOLE = "model.safetensors";

    private final String source;
    private final Arena arena;
    private final Map<String, String> metadata;
    private final Map<String, SafetensorsTensor> tensors;
    private final List<Path> files;
    private boolean closed;

    private Safetensors(
            String source,
            Arena arena,
            Map<String, String> metadata,
            Map<String, SafetensorsTensor> tensors,
            List<Path> files) {
        this.source = source;
        this.arena = arena;
        this.metadata = Collections.unmodifiableMap(metadata);
        this.tensors = Collections.unmodifiableMap(tensors);
        this.files = files;
    }

    /**
     * Opens a safetensors file, an index ({@code *.index.json}) with all its files, or the {@code model.safetensors} or
     * else {@code model.safetensors.index.json} of a folder.
     *
     * @throws FormatException where a file is missing or is not as specified
     */
    public static Safetensors open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return open(path, arena);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static Safetensors open(Path path, Arena arena) throws IOException {
        Path file = Files.isDirectory(path) ? inFolder(path) : path;
        if (file.toString().endsWith(".index.json")) {
            return openIndex(file, arena);
        }
        SafetensorsFile read = read(file, arena);
        return new Safetensors(file.toString(), arena, read.metadata(), read.tensors(), List.of(file));
    }

    private static Path inFolder(Path folder) throws FormatException {
        for (String name : List.of(WHOLE, SafetensorsIndex.NAME)) {
            if (Files.exists(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        throw new FormatException(
                folder.toString(), "the folder holds neither " + WHOLE + " nor " + SafetensorsIndex.NAME);
    }

    private static SafetensorsFile read(Path file, Arena arena) throws IOException {
        return SafetensorsFile.read(file.toString(), MappedFile.map(file, arena));
    }

    private static Safetensors openIndex(Path path, Arena arena) throws IOException {
        SafetensorsIndex index = SafetensorsIndex.read(path);
        Map<Path, SafetensorsFile> read = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        Map<String, SafetensorsTensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, Path> entry : index.files().entrySet()) {
            Path file = entry.getValue();
            SafetensorsFile contents = read.get(file);
            if (contents == null) {
                contents = read(file, arena);
                read.put(file, contents);
                contents.metadata().forEach(metadata::putIfAbsent);
            }
            SafetensorsTensor tensor = contents.tensors().get(entry.getKey());
            if (tensor == null) {
                throw new FormatException(
                        file.toString(),
                        "tensor " + entry.getKey() + " should be in this file, says " + path.getFileName()
                                + ", but is not");
            }
            tensors.put(entry.getKey(), tensor);
        }
        return new Safetensors(path.toString(), arena, metadata, tensors, List.copyOf(read.keySet()));
    }

    /** The file or index it was opened from, for messages. */
    public String source() {
        return source;
    }

    /** {@code __metadata__}; of several files all keys, the first file's value where they differ. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** All tensors: in file order, or in the index's. An index's unlisted tensors are left out. */
    public Collection<SafetensorsTensor> tensors() {
        return tensors.values();
    }

    /** The tensor of that name, or null where there is none. */
    public @Nullable SafetensorsTensor find(String name) {
        return tensors.get(name);
    }

    /** The tensor of that name; a missing one is an error that names it. */
    public SafetensorsTensor tensor(String name) throws FormatException {
        SafetensorsTensor t = find(name);
        if (t == null) {
            throw new FormatException(source, "tensor " + name + " is missing");
        }
        return t;
    }

    /** The file, or all that the index lists, in its order. */
    public List<Path> files() {
        return files;
    }

    /** Unmaps the files. No tensor may be used from then on, and none be in use. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            arena.close();
        }
    }
}
