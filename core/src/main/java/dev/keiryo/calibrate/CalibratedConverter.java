package dev.keiryo.calibrate;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.Engine;
import dev.keiryo.quantize.Importances;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Writes a model as GGUF, quantized by any {@link QuantizationMethod}. What the text shows of the model is computed once. */
public final class CalibratedConverter {
    /** Told how far the work at hand is. */
    @FunctionalInterface
    public interface Progress {
        void at(String stage, long done, long total);
    }

    private final Engine engine;
    private final CalibrationTexts texts;
    private final String name;
    private final Progress progress;
    private @Nullable Importances importances;

    /**
     * @param engine of the model; it should compute with exact inputs, and stays its owner's
     * @param texts that it is calibrated on
     * @param name of the texts
     */
    public CalibratedConverter(Engine engine, CalibrationTexts texts, String name, Progress progress) {
        this.engine = engine;
        this.texts = texts;
        this.name = name;
        this.progress = progress;
    }

    /** What the texts show of the layers' matrices. */
    public Importances importances() throws FormatException {
        Importances known = importances;
        if (known == null) {
            int count = texts.texts().size();
            known = ImportanceMatrix.measured(
                    engine, texts, false, name, done -> progress.at("texts, importance", done, count));
            importances = known;
        }
        return known;
    }

    /** What {@code method} weighs errors by; {@link Importances#NONE} where it does not, or does so by itself. */
    public Importances importances(QuantizationMethod method) throws FormatException {
        return method == QuantizationMethod.IMPORTANCE ? importances() : Importances.NONE;
    }

    /**
     * Writes {@code out}, replacing it.
     *
     * @param options what becomes of which matrix; its importances are those of {@link QuantizationMethod#NEAREST} alone
     * @param gptq of that method
     * @throws FormatException where the method is not for this model, or not for these types
     */
    public void convert(QuantizationMethod method, ConvertOptions options, SequentialGptq.Options gptq, Path out)
            throws IOException {
        ConvertOptions plain = options.withFinished(options.finished(), Importances.NONE);
        switch (method) {
            case NEAREST -> write(engine.checkpoint(), options, out);
            case IMPORTANCE -> write(engine.checkpoint(), options.withFinished(options.finished(), importances()), out);
            case GPTQ -> {
                try (SequentialGptq run = SequentialGptq.run(engine, texts, plain, gptq, this::rounded)) {
                    write(run, plain, out);
                }
            }
            case AWQ -> {
                try (Awq run = Awq.run(engine, texts, plain, this::rounded)) {
                    write(run, plain, out);
                }
            }
        }
    }

    private void rounded(String tensor, int done, int total) {
        progress.at("matrices, rounding", done, total);
    }

    private void write(CalibratedQuantization run, ConvertOptions options, Path out) throws IOException {
        CalibratedModel model = run.model();
        write(model.checkpoint(), options.withFinished(model.finished(), model.importances()), out);
    }

    private void write(Checkpoint checkpoint, ConvertOptions options, Path out) throws IOException {
        GgufConverter.convert(
                checkpoint, out, options, (tensor, done, total) -> progress.at("bytes, writing", done, total));
    }
}
