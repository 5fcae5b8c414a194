package dev.keiryo.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** One thread's working memory, kept from call to call so that kernels allocate nothing. */
public final class Scratch {
    private final AttentionTile attention = new AttentionTile();
    private final GemmScratch gemm = new GemmScratch();
    private MemorySegment panel = MemorySegment.NULL;
    private final MemorySegment lanes = Arena.ofAuto().allocate(4L * Activations.TILE * Panels.ROWS, 64);

    private @Nullable VectorMatmul matmul;

    public Scratch() {}

    /** One for each of {@code threads}. */
    public static Scratch[] forThreads(int threads) {
        Scratch[] all = new Scratch[threads];
        for (int i = 0; i < threads; i++) {
            all[i] = new Scratch();
        }
        return all;
    }

    /** At least {@code bytes} of unknown content, for a panel that is not packed. */
    MemorySegment panel(long bytes) {
        if (panel.byteSize() < bytes) {
            panel = Arena.ofAuto().allocate(bytes, 64);
        }
        return panel;
    }

    /** Matrix products in vector code, with the memory that they take. */
    VectorMatmul matmul() {
        if (matmul == null) {
            matmul = new VectorMatmul();
        }
        return matmul;
    }

    /** A panel's results for a tile: {@code [TILE, ROWS]} floats. */
    MemorySegment lanes() {
        return lanes;
    }

    AttentionTile attention() {
        return attention;
    }

    /** For {@link Gemm}. */
    GemmScratch gemm() {
        return gemm;
    }
}
