package dev.keiryo.cli;

import dev.keiryo.LanguageModel;
import dev.keiryo.calibrate.CalibrationTexts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The text that a model is calibrated on. */
final class CalibrationText {
    private static final int CONTEXT = 512;

    private CalibrationText() {}

    /**
     * The first {@code chunks} chunks of {@code file}.
     *
     * @param context tokens of a chunk; 0: 512, or what the model was made for
     */
    static CalibrationTexts read(LanguageModel model, Path file, int context, int chunks) throws IOException {
        if (chunks < 1 || (context != 0 && context < 4)) {
            throw new UsageException("there should be at least one chunk, of at least 4 tokens");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IOException(file + " is not UTF-8 text; convert it, for example with iconv", e);
        }
        int trained = model.engine().transformer().shape().context();
        int tokens = context != 0 ? context : trained > 0 ? Math.min(CONTEXT, trained) : CONTEXT;
        try {
            return CalibrationTexts.cut(model.tokenizer(), text, tokens, chunks);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }
}
