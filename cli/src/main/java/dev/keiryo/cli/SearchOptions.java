package dev.keiryo.cli;

import dev.keiryo.generate.BeamSearch;
import dev.keiryo.prompt.FinalAnswer;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether several texts are looked at, and which of them are shown. */
final class SearchOptions {
    @Option(
            names = "--beams",
            paramLabel = "N",
            description = "Beam search: goes on from the N most probable beginnings, and shows the best texts.")
    private @Nullable Integer beams;

    @Option(
            names = "--beam-groups",
            paramLabel = "G",
            description = "With --beams: groups that avoid each other's tokens. Default: ${DEFAULT-VALUE}")
    private int groups = 1;

    @Option(
            names = "--diversity",
            paramLabel = "D",
            description = "With --beam-groups: what another group's token costs, in log-probability. Default: 0.5")
    private @Nullable Double diversity;

    @Option(
            names = "--length-penalty",
            paramLabel = "L",
            description = "With --beams: scores are divided by length^L. Default: ${DEFAULT-VALUE}")
    private double lengthPenalty = 1;

    @Option(
            names = "--beam-temp",
            paramLabel = "T",
            description = "With --beams: draws continuations at this temperature. Default: takes the most probable.")
    private double beamTemperature;

    @Option(
            names = "--beam-stopping",
            paramLabel = "WHEN",
            description = {
                "With --beams: ${COMPLETION-CANDIDATES}. early: when N texts have ended; heuristic: when none",
                "seems to become better; never: when none can. Default: ${DEFAULT-VALUE}"
            })
    private BeamSearch.Stopping stopping = BeamSearch.Stopping.HEURISTIC;

    @Option(
            names = "--best-of",
            paramLabel = "N",
            description = "Writes N texts at once, with the seeds S, S+1, …, and shows the most probable ones.")
    private @Nullable Integer bestOf;

    @Option(
            names = "--vote",
            paramLabel = "HOW",
            description = {
                "With --best-of: shows the answer that most texts come to. HOW finds a text's answer: number,",
                "choice, boxed, phrase (behind \"the answer is\"), or a regular expression, whose group 1 it is."
            })
    private @Nullable String vote;

    @Option(names = "--results", paramLabel = "N", description = "With --beams or --best-of: texts shown. Default: 1")
    private @Nullable Integer results;

    boolean isBeamSearch() {
        return beams != null;
    }

    boolean isBestOf() {
        return bestOf != null;
    }

    /** How many texts {@code --best-of} writes. */
    int texts() {
        return bestOf == null ? 1 : bestOf;
    }

    int results() {
        return results == null ? 1 : results;
    }

    /** How a text's answer is found; null where nothing is voted on. */
    @Nullable
    Function<String, Optional<String>> vote() {
        if (vote == null) {
            return null;
        }
        for (FinalAnswer known : FinalAnswer.values()) {
            if (known.toString().equalsIgnoreCase(vote)) {
                return known;
            }
        }
        return FinalAnswer.matching(StopOptions.compiled(List.of(vote)).getFirst());
    }

    BeamSearch.Options beamOptions() {
        double apart = diversity != null ? diversity : groups > 1 ? 0.5 : 0;
        try {
            return new BeamSearch.Options(
                    beams == null ? 1 : beams, groups, apart, lengthPenalty, beamTemperature, stopping, results());
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    /** Refuses what would have no effect. */
    void check() {
        if (beams != null && bestOf != null) {
            throw new UsageException("give --beams or --best-of, not both");
        }
        if (bestOf != null && bestOf < 1) {
            throw new UsageException("--best-of should be at least 1, but is " + bestOf);
        }
        if (results != null && (beams == null && bestOf == null)) {
            throw new UsageException("--results goes with --beams or --best-of");
        }
        if (results != null && (results < 1 || results > (beams != null ? beams : texts()))) {
            throw new UsageException(
                    "--results should be from 1 to " + (beams != null ? beams : texts()) + ", but is " + results);
        }
        if (vote != null && bestOf == null) {
            throw new UsageException("--vote goes with --best-of N");
        }
        boolean shaped = groups != 1 || diversity != null || lengthPenalty != 1 || beamTemperature != 0;
        if (beams == null && (shaped || stopping != BeamSearch.Stopping.HEURISTIC)) {
            throw new UsageException(
                    "--beam-groups, --diversity, --length-penalty, --beam-temp and --beam-stopping go with --beams N");
        }
        if (diversity != null && groups == 1) {
            throw new UsageException("--diversity goes with --beam-groups G");
        }
    }
}
