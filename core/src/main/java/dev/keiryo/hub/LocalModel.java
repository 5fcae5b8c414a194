package dev.keiryo.hub;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Finds a model that can be loaded among files on this machine. */
final class LocalModel {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String INDEX = "model.safetensors.index.json";

    private LocalModel() {}

    /** The model of that NAME in one of the user's own folders: whatever lies there is taken to be whole. Null if none. */
    static @Nullable Path below(Path folder, RepoName repo) throws IOException {
        Path gguf = folder.resolve(repo.name() + ".gguf");
        if (repo.files() == null && Files.isRegularFile(gguf)) {
            return gguf;
        }
        Path model = folder.resolve(repo.name());
        if (!Files.isDirectory(model)) {
            return null;
        }
        List<String> paths = RepoCache.files(model);
        if (repo.files() != null) {
            return chosen(model, Selection.byGlob(paths, List.of(repo.files())));
        }
        boolean folderModel = paths.contains("config.json") || paths.stream().anyMatch(p -> p.endsWith(".safetensors"));
        List<String> ggufs = folderModel ? List.of() : Selection.gguf(paths);
        return ggufs.isEmpty() ? model : model.resolve(ggufs.getFirst());
    }

    /**
     * The model in a snapshot of the cache, null where files that it needs are missing.
     *
     * @param last there is no way to get more: a model without a tokenizer, which may have none, will do
     */
    static @Nullable Path in(Path snapshot, RepoName repo, boolean last) throws IOException {
        List<String> paths = RepoCache.files(snapshot);
        if (repo.files() != null) {
            return chosen(snapshot, Selection.byGlob(paths, List.of(repo.files())));
        }
        if (isWhole(snapshot, paths, last)) {
            return snapshot;
        }
        return paths.contains("config.json") ? null : chosen(snapshot, Selection.gguf(paths));
    }

    /** What a glob chose: a GGUF with all its shards, another single file, or the folder where it is several files. */
    private static @Nullable Path chosen(Path folder, List<String> paths) {
        List<String> gguf = Selection.gguf(paths);
        if (!gguf.isEmpty()) {
            return gguf.size() == Selection.shards(gguf.getFirst()) ? folder.resolve(gguf.getFirst()) : null;
        }
        return paths.isEmpty() ? null : paths.size() == 1 ? folder.resolve(paths.getFirst()) : folder;
    }

    /** Configuration, tokenizer and every shard that the index names: other programs may have fetched only some of them. */
    private static boolean isWhole(Path snapshot, List<String> paths, boolean last) throws IOException {
        boolean tokenizer = last
                || paths.stream()
                        .anyMatch(p -> p.equals("tokenizer.json")
                                || p.endsWith(".model")
                                || p.endsWith(".tiktoken")
                                || p.startsWith("vocab."));
        if (!paths.contains("config.json") || !tokenizer) {
            return false;
        }
        if (!paths.contains(INDEX)) {
            return paths.stream().anyMatch(p -> p.endsWith(".safetensors") && !p.matches("model-\\d+-of-\\d+\\..*"));
        }
        Path index = snapshot.resolve(INDEX);
        try {
            JsonNode shards = JSON.readTree(index.toFile()).path("weight_map");
            return !shards.isEmpty()
                    && shards.valueStream().allMatch(shard -> shard.isString() && paths.contains(shard.stringValue()));
        } catch (JacksonException e) {
            throw new FormatException(
                    index.toString(), "expected JSON, found something else; delete it and pull again", e);
        }
    }
}
