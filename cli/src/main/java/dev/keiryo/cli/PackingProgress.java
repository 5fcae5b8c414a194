package dev.keiryo.cli;

import dev.keiryo.engine.EngineOptions.PackingListener;
import org.jspecify.annotations.Nullable;

/** A progress bar for the packing of weights, which appears only where that takes longer than a second. */
final class PackingProgress implements PackingListener, AutoCloseable {
    private static final long PATIENCE_NANOS = 1_000_000_000L;

    private final long start = System.nanoTime();
    private @Nullable ProgressBar bar;

    @Override
    public void packed(long done, long total) {
        if (bar == null && System.nanoTime() - start > PATIENCE_NANOS) {
            bar = ProgressBar.onStandardError();
            bar.begin(1, total);
        }
        if (bar != null) {
            bar.update("packing weights", done, total);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
