package dev.keiryo.cli;

import dev.keiryo.LanguageModel;
import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.lighten.Lightening.Calibration;
import dev.keiryo.lighten.MeasuredText;
import dev.keiryo.lighten.OwnText;
import dev.keiryo.lighten.TypeSearch;
import dev.keiryo.measure.ModelSize;
import dev.keiryo.measure.PerplexityDefinition;
import dev.keiryo.measure.Window;
import dev.keiryo.model.Transformer.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * What {@code keiryo lighten} measures on, and what it calibrates on: parts of one text that have nothing in common, if it is long enough.
 *
 * @param definition how it was cut; null for encoders, whose texts are lines
 * @param measured on which the report's figures are
 * @param name of the text, and what of it is measured on and calibrated on
 * @param firstWords of the text
 */
record LighteningText(
        @Nullable PerplexityDefinition definition,
        MeasuredText measured,
        Calibration calibration,
        String name,
        String firstWords) {
    private static final int CHUNKS = 16;
    private static final int LINES = 64;
    /** Of encoders: lines to calibrate on, for each that is measured on. */
    private static final int MORE = 4;

    /** Of the text that a model writes itself. */
    private static final int OWN_TOKENS = 4096;

    private static final int OWN_WORDS = 16;

    /**
     * The parts of {@code corpus}, or of what the model has to say.
     *
     * @param chunks to measure on; 0: 16 chunks, or 64 lines
     */
    static LighteningText of(LanguageModel model, @Nullable Path corpus, int chunks) throws IOException {
        boolean encoder = model.engine().transformer().kind() == Kind.ENCODER;
        String name = corpus != null
                ? String.valueOf(corpus.getFileName())
                : encoder
                        ? "random words of the model's vocabulary, seed 1"
                        : "text that the model wrote, seeds 1, 2, ...";
        String file = corpus == null ? name : corpus.toString();
        try {
            return encoder
                    ? ofLines(model, text(model, corpus, chunks), chunks == 0 ? LINES : chunks, file, name)
                    : ofChunks(model, text(model, corpus, chunks), chunks == 0 ? CHUNKS : chunks, name);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static String text(LanguageModel model, @Nullable Path corpus, int chunks) throws IOException {
        if (corpus != null) {
            return EvaluationText.read(corpus.toString());
        }
        return model.engine().transformer().kind() == Kind.ENCODER
                ? OwnText.words(
                        model.tokenizer(), (1 + MORE) * (chunks == 0 ? LINES : chunks), OWN_WORDS, new Random(1))
                : OwnText.of(model, OWN_TOKENS);
    }

    private static LighteningText ofChunks(LanguageModel model, String text, int chunks, String name)
            throws IOException {
        PerplexityDefinition definition = EvaluationText.usual(model, EvaluationText.usualContext(model));
        List<Window> all = definition.windows(model.tokenizer(), text);
        int first = first(all.size(), chunks, 1);
        List<Window> measured = all.subList(0, first);
        List<Window> others = others(all, first, chunks);
        long weights = ModelSize.of(model.engine().checkpoint()).parameters();
        int searched = Math.min(others.size(), TypeSearch.chunks(weights));
        return new LighteningText(
                definition,
                new MeasuredText.Windows(measured),
                new Calibration(
                        CalibrationTexts.of(others), new MeasuredText.Windows(others.subList(0, searched)), name),
                described(name, measured.size(), others.size(), all.size() == 1, "chunks"),
                EvaluationText.firstWords(text));
    }

    private static LighteningText ofLines(LanguageModel model, String text, int chunks, String file, String name)
            throws IOException {
        List<String> all = EvaluationText.lines(text, Integer.MAX_VALUE, file);
        int first = Math.max(2, first(all.size(), chunks, MORE));
        List<String> measured = all.subList(0, first);
        List<String> others = all.size() < 4 ? all : others(all, first, MORE * chunks);
        long weights = ModelSize.of(model.engine().checkpoint()).parameters();
        int context = model.engine().transformer().shape().context();
        return new LighteningText(
                null,
                new MeasuredText.Lines(measured),
                new Calibration(
                        CalibrationTexts.lines(
                                model.tokenizer(), String.join("\n", others), context, Integer.MAX_VALUE),
                        new MeasuredText.Lines(
                                others.subList(0, Math.min(others.size(), 16 * TypeSearch.chunks(weights)))),
                        name),
                described(name, measured.size(), others.size(), all.size() < 4, "lines"),
                "");
    }

    /** How many of {@code all} are measured on: those wanted, or fewer, that something is left. */
    private static int first(int all, int wanted, int more) {
        return all >= (1 + more) * (long) wanted ? wanted : Math.clamp(all / (1 + more), 1, wanted);
    }

    private static <T> List<T> others(List<T> all, int first, int most) {
        return first == all.size() ? all : all.subList(first, (int) Math.min(all.size(), first + (long) most));
    }

    private static String described(String name, int measured, int others, boolean same, String what) {
        return name + ": " + measured + " " + what + "; calibrated on " + (same ? "the same" : others + " others");
    }
}
