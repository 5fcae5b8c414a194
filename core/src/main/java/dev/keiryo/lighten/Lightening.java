package dev.keiryo.lighten;

import dev.keiryo.FormatException;
import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.calibrate.CalibratedConverter;
import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.calibrate.QuantizationMethod;
import dev.keiryo.calibrate.SequentialGptq;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Fingerprint;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.measure.ComparedModel;
import dev.keiryo.measure.ModelSize;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tries what may reach a {@link Goal}, measures what each has lost, and keeps the best: {@link Variants} says what is tried. Where the
 * size is given, that is the one that loses least; where the loss is given, the smallest file that keeps to it. Sizes are computed, and a
 * file that would not fit is not written; what is lost is measured on the file as written.
 *
 * <p>Files being tried are hidden ones beside the target, which appears when the best is known. What was measured is kept in a file beside the
 * target until then ({@link FinishedWork}), with the best file so far: after an interruption the same work goes on with them.
 */
public final class Lightening {
    /** How a model is measured against the one that it is made from. */
    public interface Measure {
        /** What is measured on. */
        MeasuredText text();

        /** @param reference null where {@code model} is the one */
        ComparedModel of(String name, LanguageModel model, @Nullable LanguageModel reference) throws IOException;
    }

    /**
     * What a model is calibrated on, and what types are searched on; not what it is measured on.
     *
     * @param name of the texts
     */
    public record Calibration(CalibrationTexts texts, MeasuredText search, String name) {
        private int digest() {
            return texts.texts().stream().map(Arrays::hashCode).reduce(search.digest(), (a, b) -> 31 * a + b);
        }
    }

    /**
     * What is tried.
     *
     * @param tries where the size is given: how many recipes are measured at most, at least 1
     * @param shrinking what is taken out before; null: nothing
     * @param search whether types are searched for, too
     */
    public record Options(int tries, @Nullable Shrinking shrinking, boolean search) {
        public Options {
            if (tries < 1) {
                throw new IllegalArgumentException("at least one recipe must be tried, not " + tries);
            }
        }
    }

    /**
     * A variant that was tried.
     *
     * @param types a recipe's name, or {@code auto} and bits a weight
     * @param reaches whether the file keeps to the goal
     */
    public record Attempt(String types, QuantizationMethod method, ComparedModel measured, boolean reaches) {
        /** Mean divergence; for encoders, what a vector's mean cosine lacks of 1. */
        public double loss() {
            if (measured.evaluation() != null && measured.evaluation().divergence() != null) {
                return measured.evaluation().divergence().kl().value();
            }
            return measured.similarity() == null
                    ? Double.POSITIVE_INFINITY
                    : 1 - measured.similarity().cosine().value();
        }
    }

    /**
     * @param reference the model as it was
     * @param tried in the order of their trial
     * @param best the one kept, or null where none reaches the goal
     * @param notes what could not be tried, and why
     * @param resumed how many of those tried had been by an earlier process, which was interrupted
     */
    public record Result(
            ComparedModel reference,
            List<Attempt> tried,
            @Nullable Attempt best,
            List<String> notes,
            int resumed) {}

    private static final String ORIGINAL = "original";
    /** In the names of files that are tried. */
    private static final String TRIED = ".tried.";

    private final Path target;
    private final Goal goal;
    private final Options options;
    private final EngineOptions engine;
    private final Measure measure;
    private final Calibration calibration;
    private final TypeSearch.Progress progress;
    private final List<Attempt> tried = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private int resumed;
    private @Nullable Attempt best;
    private @Nullable Path kept;

    /** @param engine options of the engines that measure */
    public Lightening(
            Path target,
            Goal goal,
            Options options,
            EngineOptions engine,
            Measure measure,
            Calibration calibration,
            TypeSearch.Progress progress) {
        this.target = target;
        this.goal = goal;
        this.options = options;
        this.engine = engine;
        this.measure = measure;
        this.calibration = calibration;
        this.progress = progress;
    }

    /**
     * Writes the target, replacing it, if anything reaches the goal. To be called once.
     *
     * @param model which stays open
     * @throws IllegalArgumentException where there is not so much to take out
     */
    public Result run(LanguageModel model) throws IOException {
        try (FinishedWork finished = new FinishedWork(beside(".lightening", ""), origin(model))) {
            if (finished.models().isEmpty()) {
                deleteTried(); // of another goal, or another text
            }
            ComparedModel reference = reference(model, finished);
            Shrinking shrinking = options.shrinking();
            if (shrinking == null) {
                tryAll(model, model, Path.of(model.engine().checkpoint().source()), reference.size(), finished);
            } else {
                Path pruned = tried("pruned");
                if (!Files.exists(pruned)) {
                    shrinking.write(model.engine().checkpoint(), calibration.texts(), engine, pruned, progress);
                }
                try (LanguageModel less = Keiryo.load(pruned, engine)) {
                    tryAll(model, less, pruned, reference.size(), finished);
                }
            }
            if (kept != null) {
                Files.move(kept, target, StandardCopyOption.ATOMIC_MOVE);
            }
            finished.delete();
            deleteTried();
            Files.deleteIfExists(journal());
            return new Result(reference, List.copyOf(tried), best, List.copyOf(notes), resumed);
        }
    }

    /** All that decides about what is tried, and its figures. */
    private String origin(LanguageModel model) {
        return String.join(
                " ",
                HexFormat.of().formatHex(Fingerprint.of(model.engine().checkpoint())),
                goal.toString(),
                options.toString(),
                engine.activations().toString(),
                Integer.toHexString(measure.text().digest()),
                Integer.toHexString(calibration.digest()));
    }

    private ComparedModel reference(LanguageModel model, FinishedWork finished) throws IOException {
        ComparedModel known = finished.find(ORIGINAL);
        if (known == null) {
            known = measure.of(ORIGINAL, model, null);
            finished.add(ORIGINAL, known);
        }
        return known;
    }

    /**
     * @param model what is measured against
     * @param base what is quantized: it, or what pruning has left of it
     * @param original size of {@code model}
     */
    private void tryAll(LanguageModel model, LanguageModel base, Path path, ModelSize original, FinishedWork finished)
            throws IOException {
        EngineOptions exact = engine.withActivations(ActivationType.F32).withPacking(EngineOptions.Packing.NEVER);
        try (LanguageModel watched = Keiryo.load(path, exact)) {
            CalibratedConverter converter =
                    new CalibratedConverter(watched.engine(), calibration.texts(), calibration.name(), progress::at);
            Variants variants = new Variants(base.engine().checkpoint(), goal, original, this::note);
            Trial trial = variant -> attempt(variant, converter, base.engine().checkpoint(), model, finished);
            if (goal instanceof Goal.MostLoss most) {
                variants.bySize(most, trial, search(base, converter));
            } else {
                variants.byLoss(options.tries(), trial, search(base, converter));
            }
        }
    }

    /** Opens a search for types; null where there is to be none. */
    private Variants.@Nullable Search search(LanguageModel base, CalibratedConverter converter) {
        return options.search()
                ? () -> new TypeSearch(
                        base,
                        calibration.search(),
                        converter.importances(),
                        TypeSearch.Options.of(
                                ModelSize.of(base.engine().checkpoint()).parameters()),
                        journal(),
                        progress)
                : null;
    }

    /** Writes and measures a variant. */
    interface Trial {
        /** Null where it cannot be made. */
        @Nullable
        Attempt of(Variant variant) throws IOException;
    }

    private @Nullable Attempt attempt(
            Variant variant, CalibratedConverter converter, Checkpoint base, LanguageModel model, FinishedWork finished)
            throws IOException {
        Path file = tried(variant.key(base));
        ComparedModel found = known(variant.key(base), file, finished);
        if (found == null) {
            try {
                converter.convert(variant.method(), variant.options(), SequentialGptq.Options.DEFAULT, file);
            } catch (FormatException | IllegalArgumentException e) {
                Files.deleteIfExists(file);
                note(variant.name() + ": " + e.getMessage());
                return null;
            }
            try (LanguageModel lighter = Keiryo.load(file, engine)) {
                found = measure.of(variant.name(), lighter, model);
            }
            finished.add(variant.key(base), found);
        } else {
            resumed++;
        }
        Attempt attempt = judged(variant.types(), variant.method(), found);
        tried.add(attempt);
        // A file that is there no more was not the best.
        if (attempt.reaches && Files.exists(file) && (best == null || isBetter(attempt, best))) {
            if (kept != null) {
                Files.delete(kept);
            }
            best = attempt;
            kept = file;
        } else {
            Files.deleteIfExists(file);
        }
        return attempt;
    }

    /** What an earlier process has measured; null where that is nothing, or was the best and its file is gone. */
    private @Nullable ComparedModel known(String key, Path file, FinishedWork finished) throws IOException {
        ComparedModel found = finished.find(key);
        if (found == null) {
            return null;
        }
        Attempt attempt = judged("", QuantizationMethod.NEAREST, found);
        boolean isBest = attempt.reaches
                && finished.models().entrySet().stream()
                        .filter(e -> !e.getKey().equals(key) && !e.getKey().equals(ORIGINAL))
                        .map(e -> judged("", QuantizationMethod.NEAREST, e.getValue()))
                        .noneMatch(other -> other.reaches && isBetter(other, attempt));
        boolean isThere = Files.exists(file) && Files.size(file) == found.size().fileBytes();
        return isBest && !isThere ? null : found;
    }

    private Attempt judged(String types, QuantizationMethod method, ComparedModel found) {
        Attempt attempt = new Attempt(types, method, found, false);
        return new Attempt(types, method, found, reaches(found.size(), attempt.loss()));
    }

    private boolean reaches(ModelSize size, double loss) {
        return switch (goal) {
            case Goal.FileBytes budget -> size.fileBytes() <= budget.bytes();
            case Goal.BitsPerWeight weight -> size.bitsPerWeight() <= weight.bits();
            case Goal.MostLoss most -> loss <= most.loss();
        };
    }

    private boolean isBetter(Attempt one, Attempt other) {
        long bytes = one.measured.size().fileBytes();
        long otherBytes = other.measured.size().fileBytes();
        return (goal instanceof Goal.MostLoss && bytes != otherBytes) ? bytes < otherBytes : one.loss() < other.loss();
    }

    private void note(String what) {
        notes.add(what);
    }

    private Path journal() {
        return beside(".search", "");
    }

    /** A file that is tried. */
    private Path tried(String what) {
        return beside(TRIED, what.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._]+", "-") + ".gguf");
    }

    private Path beside(String what, String more) {
        return target.resolveSibling((more.isEmpty() ? "" : ".") + target.getFileName() + what + more);
    }

    /** Removes the files that were tried, of processes that were interrupted, too. */
    private void deleteTried() throws IOException {
        String begin = "." + target.getFileName() + TRIED;
        Path folder = Objects.requireNonNullElse(target.toAbsolutePath().getParent(), Path.of("."));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(
                folder, file -> String.valueOf(file.getFileName()).startsWith(begin))) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }
}
