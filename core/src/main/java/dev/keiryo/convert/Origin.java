package dev.keiryo.convert;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Fingerprint;
import dev.keiryo.file.ResumedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What a conversion's bytes come from, in 32 bytes: the source's fingerprint, its files' sizes and times, and each tensor's plan. */
final class Origin {
    /** To be raised whenever the same source and options give other bytes. */
    private static final String VERSION = "convert 1";

    private Origin() {}

    static byte[] of(Checkpoint source, List<TensorPlan.Entry> entries) throws IOException {
        StringBuilder text = new StringBuilder(VERSION);
        Path path = Path.of(source.source());
        if (Files.isDirectory(path)) {
            try (Stream<Path> files = Files.list(path)) {
                for (Path file : files.sorted().toList()) {
                    if (!file.toString().endsWith(ResumedFile.SUFFIX)) {
                        describe(file, text);
                    }
                }
            }
        } else if (Files.exists(path)) {
            describe(path, text);
        }
        for (TensorPlan.Entry e : entries) {
            text.append('|')
                    .append(e.name())
                    .append(' ')
                    .append(e.type())
                    .append(' ')
                    .append(e.heads());
            text.append(' ')
                    .append(e.integers() ? e.bits() + ":" + e.group() : -1)
                    .append(' ')
                    .append(e.parts().size());
            text.append(' ').append(Arrays.hashCode(e.importance()));
        }
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(Fingerprint.of(source));
            return sha.digest(text.toString().getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private static void describe(Path file, StringBuilder text) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (attributes.isRegularFile()) {
            text.append('|').append(file.getFileName()).append(' ').append(attributes.size());
            text.append(' ').append(attributes.lastModifiedTime().toMillis());
        }
    }
}
