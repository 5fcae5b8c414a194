package dev.keiryo.calibrate;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.quantize.Importances;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes a model as GGUF, quantized by any {@link QuantizationMethod}. What the text shows of the model is computed once. */
public final class CalibratedConverter {
    /** Told how far the work at hand is. */
    @FunctionalInterface
    public interface Progress {
        void at(String stage, long done, long total);
    }

    /**
     * What is done about inputs in 8 bits.
     *
     * @param alpha of {@link QuantizationMethod#SMOOTHQUANT}, see {@link SmoothQuant#run}; null: searched for
     * @param range by which scales for all inputs of a matrix are found and written, {@link StaticRanges}; null: none are
     */
    public record Inputs(@Nullable Double alpha, @Nullable ActivationRange range) {
        public static final Inputs DEFAULT = new Inputs(0.5, null);
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

    /** As {@link #convert(QuantizationMethod, ConvertOptions, SequentialGptq.Options, Inputs, Path)} with {@link Inputs#DEFAULT}. */
    public void convert(QuantizationMethod method, ConvertOptions options, SequentialGptq.Options gptq, Path out)
            throws IOException {
        convert(method, options, gptq, Inputs.DEFAULT, out);
    }

    /**
     * Writes {@code out}, replacing it.
     *
     * @param options what becomes of which matrix; its importances are those of {@link QuantizationMethod#NEAREST} alone
     * @param gptq of that method
     * @throws FormatException where the method is not for this model, or not for these types
     */
    public void convert(
            QuantizationMethod method, ConvertOptions options, SequentialGptq.Options gptq, Inputs inputs, Path out)
            throws IOException {
        ConvertOptions plain = options.withFinished(options.finished(), Importances.NONE);
        switch (method) {
            case NEAREST -> write(CalibratedModel.of(engine.checkpoint(), options), inputs, options, out);
            case IMPORTANCE -> {
                ConvertOptions weighed = options.withFinished(options.finished(), importances());
                write(CalibratedModel.of(engine.checkpoint(), weighed), inputs, weighed, out);
            }
            case GPTQ -> {
                try (SequentialGptq run = SequentialGptq.run(engine, texts, plain, gptq, this::rounded)) {
                    write(run.model(), inputs, plain, out);
                }
            }
            case AWQ -> {
                try (Awq run = Awq.run(engine, texts, plain, importances(), this::rounded)) {
                    write(run.model(), inputs, plain, out);
                }
            }
            case SMOOTHQUANT -> {
                ActivationRange range = Objects.requireNonNullElse(inputs.range(), ActivationRange.MAX);
                Path folder = Objects.requireNonNullElse(out.toAbsolutePath().getParent(), Path.of("."));
                try (SmoothQuant run = SmoothQuant.run(engine, texts, inputs.alpha(), range, folder, this::smoothed)) {
                    write(run.model(), inputs, plain, out);
                }
            }
        }
    }

    private void rounded(String tensor, int done, int total) {
        progress.at("matrices, rounding", done, total);
    }

    private void smoothed(String tensor, int done, int total) {
        progress.at("inputs, smoothing", done, total);
    }

    private void measured(String tensor, int done, int total) {
        progress.at("inputs, range", done, total);
    }

    private void write(CalibratedModel model, Inputs inputs, ConvertOptions options, Path out) throws IOException {
        CalibratedModel made = model;
        if (inputs.range() != null) {
            EngineOptions exact = EngineOptions.defaults()
                    .withActivations(ActivationType.F32)
                    .withThreads(engine.threads())
                    .withPacking(EngineOptions.Packing.NEVER);
            try (Engine calibrated = Engine.open(model.checkpoint(), exact)) {
                made = model.with(StaticRanges.of(calibrated, texts, inputs.range(), this::measured));
            }
        }
        write(made.checkpoint(), options.withFinished(made.finished(), made.importances()), out);
    }

    private void write(Checkpoint checkpoint, ConvertOptions options, Path out) throws IOException {
        GgufConverter.convert(
                checkpoint, out, options, (tensor, done, total) -> progress.at("bytes, writing", done, total));
    }
}
