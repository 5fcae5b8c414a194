package dev.keiryo.train;

import dev.keiryo.file.ReplacedFile;
import dev.keiryo.model.MaskedLm;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.tape.Parameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A run in a folder, from its first step or from where an earlier process was when it ended:
 *
 * <ul>
 *   <li>{@code last.gguf}: model, optimizer and progress ({@link TrainCheckpoint}); runs as any model
 *   <li>{@code best.gguf}: the model with the least validation loss
 *   <li>{@code encoder.gguf}: the same without a head for masked tokens, where it has one: programs that know of no such heads read it
 *   <li>{@code recipe.yaml}: what the run was asked for
 *   <li>{@code metrics.jsonl}: figures of every step; the same as TensorBoard's events
 *   <li>{@code index.html}: their curves, drawn anew at every validation and at the end
 * </ul>
 *
 * Killed at any moment and run again, it gives the losses and weights of a run that was not.
 */
public final class TrainingRun {
    /** Told of what happens, in the run's thread. */
    public interface Listener {
        void stepped(StepFigures figures, Progress progress);

        void validated(Validation validation, Progress progress);
    }

    /** Text of the model's own, by its weights of the moment. */
    @FunctionalInterface
    public interface Sample {
        String text() throws IOException;
    }

    private final Path folder;
    private final Parameters parameters;
    private final Trainer trainer;
    private final Optimizer optimizer;
    private final TrainOptions options;
    private final String recipe;
    private @Nullable Sample sample;
    private String description = "";

    /**
     * @param recipe what decides about the run's numbers beside the folder's contents, its length and its schedule; a run is gone on with by
     *     the same alone. Length and schedule may be others as long as the learning rates of the steps taken are the same, so that the run is
     *     the one that it would have been by them from the first
     */
    public TrainingRun(
            Path folder,
            Parameters parameters,
            Trainer trainer,
            Optimizer optimizer,
            TrainOptions options,
            String recipe) {
        this.folder = folder;
        this.parameters = parameters;
        this.trainer = trainer;
        this.optimizer = optimizer;
        this.options = options;
        this.recipe = recipe;
    }

    /** Validations write what {@code text} says as well. */
    public TrainingRun sampling(Sample text) {
        sample = text;
        return this;
    }

    /** The run's folder and page hold {@code text} as well, as {@code recipe.yaml}. */
    public TrainingRun describedBy(String text) {
        description = text;
        return this;
    }

    /** Whether {@code folder} holds a run to go on with. */
    public static boolean isBegun(Path folder) {
        return Files.exists(folder.resolve("last.gguf"));
    }

    /**
     * Runs to the end.
     *
     * @param validation what losses are measured on; none where empty
     */
    public Progress run(Batches batches, Microbatch[] validation, Listener listener) throws IOException {
        Files.createDirectories(folder);
        Path last = folder.resolve("last.gguf");
        Progress progress =
                Files.exists(last) ? TrainCheckpoint.read(last, parameters, recipe, optimizer, options) : Progress.NONE;
        if (!description.isEmpty()) {
            ReplacedFile.write(folder.resolve("recipe.yaml"), description);
        }
        MetricsFile metrics = new MetricsFile(folder.resolve("metrics.jsonl"), progress.steps());
        try (EventFile events = new EventFile(folder, System.currentTimeMillis() / 1000)) {
            while (progress.steps() < options.steps() && !isTired(progress)) {
                StepFigures f = trainer.step(progress.steps(), batches);
                progress = progress.stepped(f.tokens());
                metrics.write(f);
                events.write(System.currentTimeMillis() / 1e3, f.step(), figures(f));
                listener.stepped(f, progress);
                boolean ends = progress.steps() == options.steps();
                if (validation.length > 0 && (ends || progress.steps() % options.validateEvery() == 0)) {
                    Validation v = trainer.validate(validation);
                    if (sample != null) {
                        v = v.withSample(sample.text());
                    }
                    progress = progress.validated(v.loss());
                    metrics.validated(progress.steps(), v);
                    events.write(
                            System.currentTimeMillis() / 1e3, progress.steps(), Map.of("validation/loss", v.loss()));
                    if (progress.sinceBest() == 0) {
                        writeBest();
                    }
                    listener.validated(v, progress);
                    drawPage(metrics);
                }
                if (ends || isTired(progress) || progress.steps() % options.saveEvery() == 0) {
                    TrainCheckpoint.write(last, parameters, recipe, optimizer, progress, options);
                }
            }
        }
        drawPage(metrics);
        return progress;
    }

    private void drawPage(MetricsFile metrics) throws IOException {
        RunPage.write(
                folder.resolve("index.html"),
                description.isEmpty() ? recipe : description,
                RunHistory.read(metrics.file()));
    }

    private void writeBest() throws IOException {
        TrainCheckpoint.writeModel(folder.resolve("best.gguf"), parameters, name -> true);
        Predicate<String> isEncoders = name -> !name.startsWith(MaskedLm.PREFIX);
        if (!parameters.weights().stream().map(Weight::name).allMatch(isEncoders)) {
            TrainCheckpoint.writeModel(folder.resolve("encoder.gguf"), parameters, isEncoders);
        }
    }

    /** Whether the loss has not become better for too long. */
    private boolean isTired(Progress progress) {
        return options.patience() > 0 && progress.sinceBest() >= options.patience();
    }

    private static Map<String, Double> figures(StepFigures f) {
        Map<String, Double> all = new LinkedHashMap<>();
        all.put("train/loss", f.loss());
        all.put("train/learning_rate", f.learningRate());
        all.put("train/gradient_norm", f.gradientNorm());
        all.put("train/tokens_per_second", f.tokensPerSecond());
        ExpertFigures experts = f.experts();
        if (experts != null) {
            all.put("train/expert_imbalance", experts.imbalance());
            all.put("train/expert_unserved", experts.unserved());
            all.put("train/expert_loss", experts.loss());
        }
        return all;
    }
}
