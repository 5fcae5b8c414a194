package dev.keiryo.cli;

import dev.keiryo.chat.ToolChoice;
import dev.keiryo.chat.Truncation;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Greedy;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.generate.SamplerLink;
import dev.keiryo.generate.SamplerPreset;
import dev.keiryo.generate.Speculation;
import dev.keiryo.generate.Stops;
import dev.keiryo.generate.Temperature;
import dev.keiryo.generate.WhenFull;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What {@code /params} shows and sets: how the next answers are generated. */
final class ChatSettings {
    private static final List<String> NAMES = List.of(
            "preset",
            "chain",
            "max_tokens",
            "seed",
            "stop",
            "stop_preset",
            "max_time",
            "truncate",
            "thinking",
            "tool_choice");

    private SamplerChain chain;
    private int maxTokens;
    private @Nullable Long seed;
    private Stops stops;
    private Truncation truncation;
    private @Nullable Boolean thinking;
    private ToolChoice toolChoice = ToolChoice.AUTO;
    private Speculation speculation = Speculation.NONE;
    private WhenFull whenFull = WhenFull.STOP;
    private boolean keepGiven;

    ChatSettings(SamplerChain chain, int maxTokens, @Nullable Long seed, Stops stops, Truncation truncation) {
        if (maxTokens < 1) {
            throw new UsageException("an answer needs at least 1 token, but -n is " + maxTokens);
        }
        this.chain = chain;
        this.maxTokens = maxTokens;
        this.seed = seed;
        this.stops = stops;
        this.truncation = truncation;
    }

    ChatSettings copy() {
        ChatSettings copy = new ChatSettings(chain, maxTokens, seed, stops, truncation);
        copy.thinking = thinking;
        copy.toolChoice = toolChoice;
        copy.speculation = speculation;
        copy.setWhenFull(whenFull, keepGiven);
        return copy;
    }

    SamplerChain chain() {
        return chain;
    }

    void setChain(SamplerChain newChain) {
        chain = newChain;
    }

    int maxTokens() {
        return maxTokens;
    }

    @Nullable
    Long seed() {
        return seed;
    }

    Stops stops() {
        return stops;
    }

    void setStops(Stops wanted) {
        stops = wanted;
    }

    Truncation truncation() {
        return truncation;
    }

    @Nullable
    Boolean thinking() {
        return thinking;
    }

    void setThinking(@Nullable Boolean wanted) {
        thinking = wanted;
    }

    ToolChoice toolChoice() {
        return toolChoice;
    }

    void setToolChoice(ToolChoice wanted) {
        toolChoice = wanted;
    }

    void setSpeculation(Speculation wanted) {
        speculation = wanted;
    }

    /** @param exactly whether it says how many tokens are kept; else the system prompt is */
    void setWhenFull(WhenFull wanted, boolean exactly) {
        whenFull = wanted;
        keepGiven = exactly;
    }

    /** What is forgotten when an answer fills the context, but never the first {@code system} tokens, unless told otherwise. */
    WhenFull whenFull(int system) {
        return whenFull.goesOn() && !keepGiven
                ? new WhenFull(whenFull.policy(), Math.max(whenFull.keep(), system))
                : whenFull;
    }

    /** For one answer; without a seed of its own, it gets another one each time. */
    GenerateOptions options(int context) {
        long s = seed == null ? ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE) : seed;
        return GenerateOptions.DEFAULT
                .withMaxTokens(maxTokens)
                .withChain(chain)
                .withSeed(s)
                .withStops(stops)
                .withContext(context)
                .withSpeculation(speculation)
                .withSpecialTokens(true);
    }

    /** What can be set: the names above, and any sampler. */
    static List<String> names() {
        List<String> names = new ArrayList<>(NAMES);
        names.addAll(SamplerChain.linkNames());
        return names;
    }

    /**
     * Sets {@code name}; {@code temp}, {@code top_k} and all other samplers replace their kind in the chain.
     *
     * @throws IllegalArgumentException where there is no such name or value; nothing has changed then
     */
    void set(String name, String value) {
        String key = name.strip().toLowerCase(Locale.ROOT).replace('-', '_');
        String given = value.strip();
        switch (key) {
            case "preset" -> chain = named(key, given, SamplerPreset.values()).chain();
            case "chain" -> chain = SamplerChain.parse(given);
            case "max_tokens", "n" -> maxTokens = (int) number(key, given, 1, Integer.MAX_VALUE);
            case "seed" ->
                seed = given.isEmpty() || given.equals("random") ? null : number(key, given, 0, Long.MAX_VALUE);
            case "stop" ->
                stops = given.isEmpty()
                        ? new Stops(List.of(), List.of(), stops.time(), stops.loops(), stops.when())
                        : stops.plus(List.of(unescaped(given)));
            case "stop_preset" ->
                stops = stops.plus(named(key, given, Stops.Preset.values()).strings());
            case "max_time" -> stops = stops.withTime(Duration.ofSeconds(number(key, given, 0, 1_000_000)));
            case "truncate" -> truncation = named(key, given, Truncation.values());
            case "thinking" -> thinking = given.isEmpty() ? null : flag(key, given);
            case "tool_choice" -> toolChoice = given.isEmpty() ? ToolChoice.AUTO : ToolChoice.parse(given);
            default -> setLink(key, given);
        }
    }

    private void setLink(String key, String value) {
        SamplerChain changed = chain;
        SamplerChain given;
        try {
            given = SamplerChain.parse(value.isEmpty() ? key : key + ":" + value);
        } catch (IllegalArgumentException e) {
            if (String.valueOf(e.getMessage()).startsWith("there is no sampler")) {
                throw new IllegalArgumentException(
                        "there is no parameter " + key + "; there are " + String.join(", ", names()), e);
            }
            throw e;
        }
        for (SamplerLink link : given.links()) {
            if (link instanceof Temperature t && t.t() > 0) {
                changed = changed.without(Greedy.class);
            }
            changed = changed.with(link);
        }
        chain = changed;
    }

    private static long number(String what, String value, long least, long most) {
        try {
            long n = Long.parseLong(value);
            if (n >= least && n <= most) {
                return n;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(
                what + " should be a whole number from " + least + " to " + most + ", but is " + value);
    }

    private static @Nullable Boolean flag(String what, String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "auto" -> null;
            case "on", "true", "yes" -> true;
            case "off", "false", "no" -> false;
            default -> throw new IllegalArgumentException(what + " should be on, off or auto, but is " + value);
        };
    }

    private static <E extends Enum<E>> E named(String what, String value, E[] known) {
        for (E one : known) {
            if (one.name().equalsIgnoreCase(value)) {
                return one;
            }
        }
        throw new IllegalArgumentException("there is no " + what + " " + value + "; there are "
                + Arrays.stream(known)
                        .map(e -> e.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", ")));
    }

    /** {@code \n} and {@code \t} as typed on one line. */
    private static String unescaped(String text) {
        return text.replace("\\n", "\n").replace("\\t", "\t");
    }

    /** A line for each parameter. */
    String shown() {
        String strings = stops.strings().stream()
                .map(s -> s.replace("\n", "\\n").replace("\t", "\\t"))
                .collect(Collectors.joining("  "));
        return String.join(
                "\n",
                "chain       " + chain,
                "max_tokens  " + maxTokens,
                "seed        " + (seed == null ? "random, another one for each answer" : seed.toString()),
                "stop        " + (strings.isEmpty() ? "only where the model ends its turn" : strings),
                "max_time    "
                        + (stops.time().isZero() ? "no limit" : stops.time().toMillis() / 1000.0 + " s"),
                "truncate    " + truncation,
                "thinking    " + (thinking == null ? "auto" : thinking ? "on" : "off"),
                "tool_choice " + toolChoice);
    }
}
