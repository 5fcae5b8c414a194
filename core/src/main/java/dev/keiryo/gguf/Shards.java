package dev.keiryo.gguf;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The shards of one model, {@code NAME-00001-of-00003.gguf} to {@code NAME-00003-of-00003.gguf}. The first holds the
 * metadata, each its own tensors, its number and the count of all.
 *
 * @param files in order
 * @param tensors how many all shards hold together, or -1 where the file opened does not say
 */
record Shards(List<Path> files, int tensors) {
    static final String COUNT = "split.count";
    static final String NUMBER = "split.no";
    static final String TENSORS = "split.tensors.count";
    static final Set<String> KEYS = Set.of(COUNT, NUMBER, TENSORS);

    /** Five digits are in the name. */
    static final int MAX_COUNT = 99_999;

    private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

    /** The name of shard {@code i}, counted from 0, of {@code count}. */
    static String name(String prefix, int i, int count) {
        return String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", prefix, i + 1, count);
    }

    /** The shards that {@code path} is one of, or null where it is a whole model. */
    static @Nullable Shards of(Path path, Metadata metadata) throws FormatException {
        int count = metadata.integer(COUNT, 1);
        if (count == 1) {
            return null;
        }
        String source = path.toString();
        if (count < 1 || count > MAX_COUNT) {
            throw new FormatException(source, "key " + COUNT + ": " + count + " is out of range");
        }
        Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
        if (!name.matches() || Integer.parseInt(name.group(3)) != count) {
            throw new FormatException(
                    source,
                    "this is one of " + count + " shards, so its name should end in \""
                            + name("", metadata.integer(NUMBER), count) + "\"; rename it as it was");
        }
        List<Path> files = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String sibling = name(name.group(1), i, count);
            files.add(path.resolveSibling(sibling));
            if (!Files.exists(files.getLast())) {
                missing.add(sibling);
            }
        }
        if (!missing.isEmpty()) {
            throw new FormatException(
                    source,
                    missing.size() + " of the model's " + count + " shards are missing beside it: "
                            + String.join(", ", missing.subList(0, Math.min(missing.size(), 20)))
                            + (missing.size() > 20 ? ", …" : ""));
        }
        return new Shards(List.copyOf(files), metadata.integer(TENSORS, -1));
    }

    /** Checks what shard {@code i}, counted from 0, says of itself. */
    void check(int i, Metadata metadata) throws FormatException {
        expect(i, metadata, COUNT, files.size());
        expect(i, metadata, NUMBER, i);
    }

    private void expect(int i, Metadata metadata, String key, int expected) throws FormatException {
        int found = metadata.integer(key);
        if (found != expected) {
            throw new FormatException(
                    files.get(i).toString(),
                    "key " + key + " should be " + expected + ", but is " + found + "; this is another model's shard");
        }
    }

    void checkTensors(int found) throws FormatException {
        if (tensors >= 0 && tensors != found) {
            throw new FormatException(
                    files.getFirst().toString(),
                    "key " + TENSORS + " promises " + tensors + " tensors, but the shards hold " + found);
        }
    }
}
