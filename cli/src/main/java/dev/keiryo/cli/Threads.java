package dev.keiryo.cli;

import picocli.CommandLine.Option;

/** How many threads compute. */
final class Threads {
    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Threads to compute with. Default: one for each core.")
    private int count = Runtime.getRuntime().availableProcessors();

    int count() {
        if (count < 1) {
            throw new UsageException("--threads should be at least 1, but is " + count);
        }
        return count;
    }
}
