package dev.keiryo.cli;

import dev.keiryo.lighten.Goal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How small a model is to become. */
class SizeGoal {
    @Option(
            names = "--budget",
            paramLabel = "SIZE",
            description = "The file's size at most, such as 600MiB.",
            converter = Bytes.Amount.class)
    private @Nullable Long budget;

    @Option(names = "--bits", paramLabel = "B", description = "Bits a weight at most, scales included, such as 4.5.")
    private @Nullable Double bits;

    /** Whether no size is asked for. */
    boolean isEmpty() {
        return budget == null && bits == null;
    }

    /**
     * The size, if just one is asked for; else null.
     *
     * @throws UsageException where it is none
     */
    @Nullable
    Goal size() {
        try {
            if (budget != null) {
                return bits == null ? new Goal.FileBytes(budget) : null;
            }
            return bits == null ? null : new Goal.BitsPerWeight(bits);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }
}
