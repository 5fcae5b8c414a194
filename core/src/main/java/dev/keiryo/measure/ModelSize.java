package dev.keiryo.measure;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How large a model is.
 *
 * @param fileBytes of its file, of all its shards, or of all files of its folder
 * @param weightBytes of its tensors as stored
 * @param parameters numbers in its tensors
 */
public record ModelSize(long fileBytes, long weightBytes, long parameters) {
    private static final Pattern SHARD = Pattern.compile("(.*-)\\d{5}(-of-\\d{5}\\.gguf)");

    public static ModelSize of(Checkpoint checkpoint) throws IOException {
        long files = 0;
        for (Path file : files(Path.of(checkpoint.source()))) {
            files += Files.size(file);
        }
        return new ModelSize(
                files,
                checkpoint.weights().stream()
                        .mapToLong(w -> w.data().byteSize())
                        .sum(),
                checkpoint.weights().stream().mapToLong(Weight::count).sum());
    }

    private static List<Path> files(Path source) throws IOException {
        if (Files.isDirectory(source)) {
            try (Stream<Path> files = Files.list(source)) {
                return files.filter(Files::isRegularFile).toList();
            }
        }
        Matcher shard = SHARD.matcher(String.valueOf(source.getFileName()));
        Path folder = source.toAbsolutePath().getParent();
        if (!shard.matches() || folder == null) {
            return List.of(source);
        }
        Pattern siblings = Pattern.compile(Pattern.quote(shard.group(1)) + "\\d{5}" + Pattern.quote(shard.group(2)));
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f ->
                            siblings.matcher(String.valueOf(f.getFileName())).matches())
                    .toList();
        }
    }

    /** {@code 8·weightBytes / parameters}, scales included. */
    public double bitsPerWeight() {
        return 8.0 * weightBytes / parameters;
    }
}
