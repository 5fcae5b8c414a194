package dev.keiryo.cli;

import dev.keiryo.engine.EngineOptions.PackingListener;
import org.jspecify.annotations.Nullable;

/** A progress bar for the packing of weights, which appears only where that takes longer than a second. */
final class PackingProgress implements PackingListener {
    private static final long PATIENCE_NANOS = 1_000_000_000L;

    private long start;
    private @Nullable ProgressBar bar;

    @Override
    public void packed(long done, long total) {
        long now = System.nanoTime();
        start = start == 0 ? now : start;
        if (bar == null && done < total && now - start > PATIENCE_NANOS) {
            bar = ProgressBar.onStandardError();
            bar.begin(1, total);
        }
        if (bar != null) {
            bar.update("packing weights", done, total);
            if (done == total) {
                bar.close();
            }
        }
    }
}
