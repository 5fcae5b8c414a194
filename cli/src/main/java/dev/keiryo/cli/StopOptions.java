package dev.keiryo.cli;

import dev.keiryo.generate.LoopDetector;
import dev.keiryo.generate.Stops;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What ends a text, besides the model itself and the number of tokens. */
final class StopOptions {
    @Option(
            names = "--stop",
            paramLabel = "S",
            description = "Ends the text where S appears, which is not shown. Repeatable.")
    private List<String> strings = new ArrayList<>();

    @Option(
            names = "--stop-regex",
            paramLabel = "R",
            description = "Ends the text where the regular expression R first matches. Repeatable.")
    private List<String> patterns = new ArrayList<>();

    @Option(
            names = "--stop-preset",
            paramLabel = "NAME",
            description = "Stop strings by name: ${COMPLETION-CANDIDATES}. code: a function's body; chat: one turn.")
    private Stops.@Nullable Preset preset;

    @Option(
            names = "--max-time",
            paramLabel = "SECONDS",
            description = "Ends the text after so long, counted from the start of the prompt.")
    private @Nullable Double maxTime;

    @Option(
            names = "--stop-loops",
            arity = "0..1",
            fallbackValue = "64,4,48",
            paramLabel = "LONGEST,TIMES,TOKENS",
            description = {
                "Ends a text that goes round in circles: a phrase of up to LONGEST tokens, TIMES in a row,",
                "TOKENS or more together. Without a value: ${FALLBACK-VALUE}."
            })
    private @Nullable String loops;

    /** Whether the command line says anything of this. */
    boolean given() {
        return !strings.isEmpty() || !patterns.isEmpty() || preset != null || maxTime != null || loops != null;
    }

    /** What the command line asks for. */
    Stops stops() {
        Stops stops = Stops.NONE;
        if (preset != null) {
            stops = stops.plus(preset.strings());
        }
        if (maxTime != null) {
            stops = stops.withTime(duration(maxTime));
        }
        if (loops != null) {
            stops = stops.withLoops(limits(loops));
        }
        try {
            return stops.plus(strings).withPatterns(compiled(patterns));
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private static Duration duration(double seconds) {
        if (!(seconds > 0 && seconds <= Integer.MAX_VALUE)) {
            throw new UsageException("--max-time should be a number of seconds above 0, but is " + seconds);
        }
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    static List<Pattern> compiled(List<String> patterns) {
        List<Pattern> compiled = new ArrayList<>();
        for (String pattern : patterns) {
            try {
                compiled.add(Pattern.compile(pattern));
            } catch (PatternSyntaxException e) {
                throw new UsageException("the regular expression " + pattern + " has a fault at character "
                        + (e.getIndex() + 1) + ": " + e.getDescription());
            }
        }
        return compiled;
    }

    private static LoopDetector.Limits limits(String text) {
        String[] parts = text.split(",", -1);
        try {
            if (parts.length != 3) {
                throw new NumberFormatException();
            }
            return new LoopDetector.Limits(
                    Integer.parseInt(parts[0].strip()),
                    Integer.parseInt(parts[1].strip()),
                    Integer.parseInt(parts[2].strip()));
        } catch (NumberFormatException e) {
            throw new UsageException("--stop-loops should be three whole numbers, such as 64,4,48, but is " + text);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--stop-loops: " + e.getMessage());
        }
    }
}
