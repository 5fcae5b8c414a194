package dev.keiryo.generate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What ends a text, besides the model's own end-of-text tokens and the number of tokens. What a string or pattern
 * matches is not shown.
 *
 * @param strings text that ends it
 * @param patterns regular expressions that end it where they first match
 * @param time after which it ends, counted from the start of the prompt; {@link Duration#ZERO} for no limit
 * @param loops when it counts as going round in circles
 * @param when asked after each token, with the text shown so far: ends it where true
 */
public record Stops(
        List<String> strings,
        List<Pattern> patterns,
        Duration time,
        LoopDetector.Limits loops,
        Predicate<CharSequence> when) {
    /** Nothing but end-of-text tokens and the number of tokens. */
    public static final Stops NONE =
            new Stops(List.of(), List.of(), Duration.ZERO, LoopDetector.Limits.OFF, text -> false);

    /** Named sets of stops for what is commonly generated. */
    public enum Preset {
        /** A function's body: ends before the next definition, statement at the margin, or closing fence. */
        CODE,
        /** One turn of a dialogue: ends before somebody else speaks, in words or in a model's own marks. */
        CHAT;

        public List<String> strings() {
            return switch (this) {
                case CODE ->
                    List.of(
                            "\n```",
                            "\ndef ",
                            "\nclass ",
                            "\nif __name__",
                            "\n@",
                            "\nprint(",
                            "\nassert ",
                            "<|file_separator|>");
                case CHAT ->
                    List.of(
                            "\nUser:",
                            "\nHuman:",
                            "\nユーザー:",
                            "<|im_end|>",
                            "<|im_start|>",
                            "<|eot_id|>",
                            "<|end|>",
                            "<|user|>",
                            "<end_of_turn>",
                            "[INST]",
                            "</s>");
            };
        }

        /** For messages and options: the name in lower case. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Stops {
        if (strings.contains("")) {
            throw new IllegalArgumentException("an empty stop string would stop everything");
        }
        if (time.isNegative()) {
            throw new IllegalArgumentException("the time should be at least 0, but is " + time);
        }
        strings = List.copyOf(strings);
        patterns = List.copyOf(patterns);
    }

    /** These, and {@code more} strings. */
    public Stops plus(List<String> more) {
        List<String> all = new ArrayList<>(strings);
        all.addAll(more);
        return new Stops(all, patterns, time, loops, when);
    }

    public Stops withPatterns(List<Pattern> newPatterns) {
        return new Stops(strings, newPatterns, time, loops, when);
    }

    public Stops withTime(Duration newTime) {
        return new Stops(strings, patterns, newTime, loops, when);
    }

    public Stops withLoops(LoopDetector.Limits newLoops) {
        return new Stops(strings, patterns, time, newLoops, when);
    }

    public Stops withWhen(Predicate<CharSequence> newWhen) {
        return new Stops(strings, patterns, time, loops, newWhen);
    }
}
