package dev.keiryo;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * The shared models, tokenizers, corpora and golden outputs, which live beside the project and are never part of it.
 * A test that needs one is skipped loudly where it is absent, and fails where {@code CI} or
 * {@code KEIRYO_REQUIRE_DATA} is set.
 */
public final class TestData {
    private TestData() {}

    /** {@code ../shared/data/path}; skips or fails the calling test where it does not exist. */
    public static Path path(String path) {
        Path found = locate(path);
        if (found != null) {
            return found;
        }
        String message = "shared test data is missing: " + path
                + " (expected in shared/data beside the project, or in $KEIRYO_DATA)";
        if (required()) {
            Assertions.fail(message);
        }
        System.err.println("SKIPPED, " + message);
        Assumptions.abort(message);
        throw new IllegalStateException();
    }

    /** Whether missing data fails tests rather than skipping them. */
    public static boolean required() {
        return System.getenv("CI") != null || System.getenv("KEIRYO_REQUIRE_DATA") != null;
    }

    private static @org.jspecify.annotations.Nullable Path locate(String path) {
        String set = System.getenv("KEIRYO_DATA");
        if (set != null) {
            Path p = Path.of(set).resolve(path);
            return Files.exists(p) ? p : null;
        }
        for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
            Path p = dir.resolve("shared/data").resolve(path);
            if (Files.exists(p)) {
                return p;
            }
        }
        return null;
    }
}
