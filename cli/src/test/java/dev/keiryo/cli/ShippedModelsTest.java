package dev.keiryo.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How models that come with the program get into the cache folder. */
class ShippedModelsTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void theyAreUnpackedOnceAndWhole() throws Exception {
        Map<String, String> hashes = ShippedModels.hashes();
        assertEquals(List.of("keiryo-tiny", "keiryo-tiny-draft"), List.copyOf(hashes.keySet()));
        long bytes = 0;
        for (Map.Entry<String, String> model : hashes.entrySet()) {
            Path cache = folder.resolve("a/cache");
            Path file = ShippedModels.unpacked(model.getKey(), model.getValue(), cache);
            bytes += Files.size(file);
            FileTime written = Files.getLastModifiedTime(file);
            assertEquals(file, ShippedModels.unpacked(model.getKey(), model.getValue(), cache));
            assertEquals(written, Files.getLastModifiedTime(file));
            byte[] resource = Objects.requireNonNull(ShippedModels.class.getResourceAsStream(model.getKey() + ".gguf"))
                    .readAllBytes();
            assertArrayEquals(resource, Files.readAllBytes(file));
        }
        assertTrue(bytes <= 8_000_000, bytes + " bytes");
        try (Stream<Path> files = Files.list(folder.resolve("a/cache"))) {
            assertEquals(2, files.count());
        }
    }

    @Test
    void aDamagedCopyIsRefused() throws Exception {
        String wrong = "0".repeat(64);
        assertThrows(FormatException.class, () -> ShippedModels.unpacked("keiryo-tiny", wrong, folder));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void othersAreNotFound() throws Exception {
        assertNull(ShippedModels.find("keiryo-huge"));
        assertEquals(Path.of("/c/models"), ShippedModels.folder(Map.of("KEIRYO_CACHE", "/c", "XDG_CACHE_HOME", "/x")));
        assertEquals(Path.of("/x/keiryo/models"), ShippedModels.folder(Map.of("XDG_CACHE_HOME", "/x")));
    }
}
