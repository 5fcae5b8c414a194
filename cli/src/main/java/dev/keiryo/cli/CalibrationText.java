package dev.keiryo.cli;

import dev.keiryo.LanguageModel;
import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.lighten.MeasuredText;
import dev.keiryo.measure.PerplexityDefinition;
import dev.keiryo.measure.Window;
import dev.keiryo.model.Transformer.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The text that a model is calibrated on. */
final class CalibrationText {
    private static final int CHUNKS = 16;
    private static final int LINES = 256;

    private CalibrationText() {}

    /**
     * The first {@code chunks} chunks of {@code file}; for encoders, lines.
     *
     * @param chunks 0: 16, and 256 lines
     * @param context tokens of a chunk; 0: 512, or what the model was made for
     */
    static CalibrationTexts read(LanguageModel model, Path file, int context, int chunks) throws IOException {
        return read(model, file, context, chunks, null);
    }

    /** As above; an encoder-decoder reads the text as {@code definition} has it, where there is one. */
    static CalibrationTexts read(
            LanguageModel model, Path file, int context, int chunks, @Nullable PerplexityDefinition definition)
            throws IOException {
        if (chunks < 0 || (context != 0 && context < 4)) {
            throw new UsageException("there should be at least one chunk, of at least 4 tokens");
        }
        String text = EvaluationText.read(file.toString());
        if (definition == null || model.engine().transformer().kind() != Kind.ENCODER_DECODER) {
            return cut(model, text, file.toString(), context, chunks);
        }
        try {
            return CalibrationTexts.of(definition.windows(model.tokenizer(), text).stream()
                    .limit(chunks > 0 ? chunks : CHUNKS)
                    .toList());
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /** As {@link #read}, of {@code text}, of {@code file}. */
    static CalibrationTexts cut(LanguageModel model, String text, String file, int context, int chunks)
            throws IOException {
        int tokens = context != 0 ? context : EvaluationText.usualContext(model);
        boolean encoder = model.engine().transformer().kind() == Kind.ENCODER;
        int most = chunks > 0 ? chunks : encoder ? LINES : CHUNKS;
        try {
            return encoder
                    ? CalibrationTexts.lines(model.tokenizer(), text, tokens, most)
                    : CalibrationTexts.of(windows(model, text, tokens, most));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /** The first {@code chunks} chunks of {@code text}, to be measured on; for encoders, 16 lines for each. */
    static MeasuredText measured(LanguageModel model, String text, String file, int context, int chunks)
            throws IOException {
        if (model.engine().transformer().kind() == Kind.ENCODER) {
            return new MeasuredText.Lines(EvaluationText.lines(text, 16 * chunks, file));
        }
        int tokens = context != 0 ? context : EvaluationText.usualContext(model);
        try {
            return new MeasuredText.Windows(windows(model, text, tokens, chunks));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static List<Window> windows(LanguageModel model, String text, int context, int most) {
        return EvaluationText.usual(model, context).windows(model.tokenizer(), text).stream()
                .limit(most)
                .toList();
    }
}
