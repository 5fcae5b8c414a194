package dev.keiryo.file;

import java.nio.file.Path;
import java.util.Map;

/** Where files are kept that can be made again. */
public final class CacheFolder {
    private CacheFolder() {}

    /**
     * {@code $KEIRYO_CACHE}, else {@code $XDG_CACHE_HOME/keiryo}, else {@code ~/.cache/keiryo}.
     *
     * @param home the user's home folder
     */
    public static Path of(Map<String, String> env, Path home) {
        String own = env.getOrDefault("KEIRYO_CACHE", "");
        String shared = env.getOrDefault("XDG_CACHE_HOME", "");
        return !own.isEmpty()
                ? Path.of(own)
                : (shared.isEmpty() ? home.resolve(".cache") : Path.of(shared)).resolve("keiryo");
    }
}
