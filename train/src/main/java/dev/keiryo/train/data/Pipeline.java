package dev.keiryo.train.data;

import dev.keiryo.kernel.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Steps of cleaning in their order.
 *
 * @param steps each at most once
 */
public record Pipeline(List<Step> steps) {
    /** What is done where nothing else is asked for. */
    public static final String USUAL = "html,nfc,boilerplate,spelling,language,length,repetition,exact,near,pii";

    /** What each step does, by name. */
    public static final String NAMES =
            "html, nfc, nfkc, boilerplate, spelling, language=en+ja, length=LEAST..MOST, quality,"
                    + " repetition, exact, near=SIMILARITY, pii";

    public Pipeline {
        steps = List.copyOf(steps);
        Set<String> names = new HashSet<>();
        for (Step step : steps) {
            if (!names.add(step.name())) {
                throw new IllegalArgumentException("the step " + step.name() + " is there twice");
            }
        }
    }

    /**
     * Steps by their names, with commas between: {@code html,nfkc,length=200..,near=0.7}; {@code none} for none.
     *
     * @param seed of hash functions
     */
    public static Pipeline parse(String text, long seed) {
        if (text.strip().equals("none")) {
            return new Pipeline(List.of());
        }
        List<Step> steps = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String name = (equals < 0 ? part : part.substring(0, equals)).strip();
            steps.add(step(name, equals < 0 ? null : part.substring(equals + 1).strip(), seed));
        }
        return new Pipeline(steps);
    }

    private static Step step(String name, @Nullable String value, long seed) {
        Step step = switch (name) {
            case "html" -> new HtmlText();
            case "nfc" -> new UnicodeCleanup(Normalizer.Form.NFC);
            case "nfkc" -> new UnicodeCleanup(Normalizer.Form.NFKC);
            case "boilerplate" -> new BoilerplateLines();
            case "spelling" -> new Misspellings();
            case "language" -> value == null ? LanguageFilter.DEFAULT : languages(value);
            case "length" -> value == null ? Length.DEFAULT : length(value);
            case "quality" -> new GopherQuality();
            case "repetition" -> new GopherRepetition();
            case "exact" -> new ExactDuplicates();
            case "near" ->
                new NearDuplicates(value == null ? NearDuplicates.DEFAULT.threshold() : number(name, value), seed);
            case "pii" -> new PersonalData();
            default ->
                throw new IllegalArgumentException("there is no step '" + name + "' of cleaning; there are " + NAMES);
        };
        if (value != null && !List.of("language", "length", "near").contains(name)) {
            throw new IllegalArgumentException("the step " + name + " has no settings, but is given " + value);
        }
        return step;
    }

    private static LanguageFilter languages(String value) {
        Set<Language> kept = EnumSet.noneOf(Language.class);
        for (String code : value.split("\\+", -1)) {
            boolean known = false;
            for (Language language : Language.values()) {
                if (language.code().equals(code.toLowerCase(Locale.ROOT))) {
                    kept.add(language);
                    known = true;
                }
            }
            if (!known) {
                throw new IllegalArgumentException("languages are en, ja and other, joined by +, not '" + code + "'");
            }
        }
        return new LanguageFilter(kept);
    }

    private static Length length(String value) {
        int dots = value.indexOf("..");
        String least = dots < 0 ? value : value.substring(0, dots);
        String most = dots < 0 ? "" : value.substring(dots + 2);
        return new Length(
                least.isEmpty() ? 0 : (int) number("length", least),
                most.isEmpty() ? Integer.MAX_VALUE : (int) number("length", most));
    }

    private static double number(String name, String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the step " + name + " takes a number, not '" + value + "'", e);
        }
    }

    /** As {@link #parse} reads it. */
    public String text() {
        return steps.isEmpty() ? "none" : steps.stream().map(Step::text).collect(Collectors.joining(","));
    }

    /** Begins a run over documents. */
    public CleaningRun open(Path scratch, Workers workers) throws IOException {
        return new CleaningRun(this, scratch, workers);
    }
}
