package dev.keiryo.cli;

import dev.keiryo.FormatException;
import dev.keiryo.file.CacheFolder;
import dev.keiryo.file.ReplacedFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Models that come with the program: GGUF files among its resources. Their hashes are in {@value #HASHES}, as {@code sha256sum} writes them; by its hash a model is looked for in
 * the cache folder, so that it is unpacked once, and anew where the program brings another.
 */
final class ShippedModels {
    /** The model that a command takes where none is named. */
    static final String DEFAULT = "keiryo-tiny";

    private static final String HASHES = "models.sha256";
    private static final String SUFFIX = ".gguf";

    private ShippedModels() {}

    /** Names, and the SHA-256 of each. */
    static Map<String, String> hashes() throws IOException {
        Map<String, String> hashes = new LinkedHashMap<>();
        for (String line :
                new String(resource(HASHES), StandardCharsets.UTF_8).lines().toList()) {
            int space = line.indexOf(' ');
            String file = line.substring(space).strip();
            hashes.put(file.substring(0, file.length() - SUFFIX.length()), line.substring(0, space));
        }
        return hashes;
    }

    /** The file of a model that comes with the program; null where none has that name. */
    static @Nullable Path find(String name) throws IOException {
        String hash = hashes().get(name);
        return hash == null ? null : unpacked(name, hash, folder(System.getenv()));
    }

    /** {@code models} in the {@link CacheFolder}. */
    static Path folder(Map<String, String> env) {
        return CacheFolder.of(env, Path.of(System.getProperty("user.home"))).resolve("models");
    }

    /** The model's file in {@code folder}, written first where it is not there. */
    static Path unpacked(String name, String hash, Path folder) throws IOException {
        Path file = folder.resolve(name + "-" + hash.substring(0, 16) + SUFFIX);
        if (Files.exists(file)) {
            return file; // whole, as it got its name only then
        }
        byte[] bytes = resource(name + SUFFIX);
        if (!HexFormat.of().formatHex(sha256(bytes)).equals(hash)) {
            throw new FormatException(name, "the program's copy is damaged; build or install it again");
        }
        Files.createDirectories(folder);
        ReplacedFile.write(file, bytes);
        return file;
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = ShippedModels.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new FormatException(name, "is missing from the program; build or install it again");
            }
            return in.readAllBytes();
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
