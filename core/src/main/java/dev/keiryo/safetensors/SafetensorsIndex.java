package dev.keiryo.safetensors;

import dev.keiryo.FormatException;
import dev.keiryo.file.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code model.safetensors.index.json}: which of several files beside it holds which tensor.
 *
 * @param files the file of each tensor, in the index's order
 */
record SafetensorsIndex(Map<String, Path> files) {
    static final String NAME = "model.safetensors.index.json";

    /** As for a header: an index lists the same names. */
    private static final int MAX_BYTES = SafetensorsFile.MAX_HEADER_BYTES;

    static SafetensorsIndex read(Path index) throws IOException {
        if (Files.size(index) > MAX_BYTES) {
            throw new FormatException(
                    index.toString(), "the index is larger than the " + MAX_BYTES + " bytes that are possible");
        }
        SafetensorsIndex parsed = parse(index, Files.readAllBytes(index));
        List<String> missing = new ArrayList<>();
        for (Path file : parsed.files.values().stream().distinct().toList()) {
            if (!Files.exists(file)) {
                missing.add(String.valueOf(file.getFileName()));
            }
        }
        if (!missing.isEmpty()) {
            throw new FormatException(
                    index.toString(),
                    missing.size() + " of the model's files are missing: "
                            + String.join(", ", missing.subList(0, Math.min(missing.size(), 20)))
                            + (missing.size() > 20 ? ", …" : ""));
        }
        return parsed;
    }

    static SafetensorsIndex parse(Path index, byte[] bytes) throws IOException {
        Map<String, Path> files = new LinkedHashMap<>();
        Map<String, Path> byName = new LinkedHashMap<>();
        JsonCursor json = new JsonCursor(index.toString(), 0, bytes);
        json.object("the index", key -> {
            if (!key.equals("weight_map")) {
                json.skip(key);
                return;
            }
            json.object(key, tensor -> {
                String name = json.string("the file of tensor " + tensor);
                Path file = byName.get(name);
                if (file == null) {
                    file = beside(index, name);
                    if (file == null) {
                        throw json.fault(
                                "the file of tensor " + tensor + ", " + name + ", lies outside the index's folder");
                    }
                    byName.put(name, file);
                }
                files.put(tensor, file);
            });
        });
        json.end("the index");
        if (files.isEmpty()) {
            throw new FormatException(index.toString(), "the index has no weight_map with tensors");
        }
        return new SafetensorsIndex(files);
    }

    /**
     * The file {@code name} in or below the index's folder, or null where the name leads elsewhere. Symbolic links are
     * not looked at: the hub's cache consists of them.
     */
    private static @Nullable Path beside(Path index, String name) {
        Path relative;
        try {
            relative = Path.of(name);
        } catch (InvalidPathException e) {
            return null;
        }
        boolean leaves = relative.isAbsolute() || name.isEmpty() || name.contains("\\");
        for (Path part : relative) {
            leaves |= part.toString().equals("..");
        }
        return leaves ? null : index.resolveSibling(relative);
    }
}
