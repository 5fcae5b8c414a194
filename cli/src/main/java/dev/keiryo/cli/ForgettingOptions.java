package dev.keiryo.cli;

import dev.keiryo.generate.WhenFull;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What happens when a text has filled its context, and what is known of it from before. */
final class ForgettingOptions {
    private static final int KEEP = 4;

    @Option(
            names = "--context-full",
            paramLabel = "WHAT",
            description = {
                "When prompt and text fill the context: stop, or forget tokens and go on: shift (the older half), sinks"
                        + " (the oldest few), h2o (those that received least attention).",
                "Default: stop"
            })
    private WhenFull.Policy contextFull = WhenFull.Policy.STOP;

    @Option(
            names = "--keep",
            paramLabel = "N",
            description = "With --context-full, tokens at the beginning that are never forgotten. Default: " + KEEP
                    + "; in a chat, up to the end of the system prompt")
    private @Nullable Integer keep;

    @Option(
            names = "--prompt-cache",
            paramLabel = "FILE",
            description =
                    "Takes over from FILE what is known of the beginning of the text, and keeps the prompt (in a chat, the"
                            + " conversation) there.")
    private @Nullable Path promptCache;

    @Nullable
    Path promptCache() {
        return promptCache;
    }

    boolean keepGiven() {
        return keep != null;
    }

    WhenFull whenFull() {
        return contextFull == WhenFull.Policy.STOP
                ? WhenFull.STOP
                : new WhenFull(contextFull, keep == null ? KEEP : keep);
    }

    /** Refuses what would have no effect. */
    void check(DraftOptions draft) {
        if (keep != null && contextFull == WhenFull.Policy.STOP) {
            throw new UsageException("--keep goes with --context-full shift, sinks or h2o");
        }
        if (keep != null && keep < 0) {
            throw new UsageException("--keep should be at least 0, but is " + keep);
        }
        if (contextFull == WhenFull.Policy.H2O && promptCache != null) {
            throw new UsageException(
                    "--context-full h2o has to see all attention, and takes over nothing from --prompt-cache");
        }
        if (contextFull == WhenFull.Policy.H2O && draft.given()) {
            throw new UsageException(
                    "--context-full h2o counts all attention, that of wrong guesses too, and so takes no"
                            + " --draft; sinks and shift do");
        }
    }
}
