package dev.keiryo.engine;

import dev.keiryo.file.MappedFile;
import dev.keiryo.file.ReplacedFile;
import dev.keiryo.kernel.Panels;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Packed weights kept in a file beside their model, so that later processes map them instead of packing again, and the
 * weights are in memory once. The file is a page that begins with a digest of what was packed, then all panels:
 *
 * <pre>
 *   digest[32]   SHA-256 of the layout's version and each matrix's type, shape and samples of its bytes
 *   zeros        up to 4096
 *   panels       of each matrix in the model's order
 * </pre>
 *
 * A file of another model, of another version, or of another length counts as none, and is replaced.
 */
final class PanelFile {
    /** To be raised whenever {@link Panels} lays out weights in another way. */
    private static final String VERSION = "keiryo panels 1";

    private static final int HEADER = 4096;
    private static final int SAMPLES = 32;
    private static final int SAMPLE_BYTES = 256;

    private final Path path;
    private final byte[] digest;
    private final long bytes;

    /** @param model the file or folder of the model */
    PanelFile(Path model, Collection<Weight> weights) {
        this.path = Files.isDirectory(model)
                ? model.resolve("keiryo.panels")
                : model.resolveSibling(model.getFileName() + ".panels");
        this.digest = digest(weights);
        this.bytes = weights.stream().mapToLong(Panels::bytes).sum();
    }

    Path path() {
        return path;
    }

    /** All panels, as long as {@code arena} lives; null where there is no file of these weights. */
    @Nullable
    MemorySegment open(Arena arena) throws IOException {
        if (!Files.isRegularFile(path) || Files.size(path) != HEADER + bytes) {
            return null;
        }
        MemorySegment file = MappedFile.map(path, arena);
        boolean same = file.asSlice(0, digest.length).mismatch(MemorySegment.ofArray(digest)) < 0;
        return same ? file.asSlice(HEADER) : null;
    }

    /** Writes the file, whole or not at all. */
    void write(MemorySegment panels) throws IOException {
        try (ReplacedFile file = new ReplacedFile(path)) {
            file.bytes(MemorySegment.ofArray(digest));
            file.fill(0, HEADER - digest.length);
            file.bytes(panels);
            file.finish();
            file.publish();
        }
    }

    private static byte[] digest(Collection<Weight> weights) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(VERSION.getBytes(StandardCharsets.UTF_8));
            for (Weight w : weights) {
                sha.update("|%s %d %d|"
                        .formatted(w.type().label(), w.rows(), w.cols())
                        .getBytes(StandardCharsets.UTF_8));
                if (w.scales() != null) {
                    sha.update(w.scales().constants().asByteBuffer());
                }
                long length = w.data().byteSize();
                int sample = (int) Math.min(SAMPLE_BYTES, length);
                for (int i = 0; i < SAMPLES; i++) {
                    sha.update(w.data()
                            .asSlice((length - sample) * i / (SAMPLES - 1), sample)
                            .asByteBuffer());
                }
            }
            return sha.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
