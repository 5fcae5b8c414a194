package dev.keiryo.cli;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.huggingface.HuggingFace;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.MaskedLm;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerFiles;
import dev.keiryo.train.ExpertFigures;
import dev.keiryo.train.Initialization;
import dev.keiryo.train.NewModel;
import dev.keiryo.train.Objective;
import dev.keiryo.train.Progress;
import dev.keiryo.train.StepFigures;
import dev.keiryo.train.TrainOptions;
import dev.keiryo.train.Trainer;
import dev.keiryo.train.TrainingRun;
import dev.keiryo.train.Validation;
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.optimize.ParameterGroup;
import dev.keiryo.train.tape.Parameters;
import dev.keiryo.train.tape.Tape;
import dev.keiryo.train.tape.TapeOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keiryo train}: a model from nothing but text. */
@Command(
        name = "train",
        description = {
            "Trains a language model from text.",
            "OUT holds last.gguf (to go on from, and to run), best.gguf, metrics.jsonl, TensorBoard's events and index.html with curves. The same command goes"
                    + " on with a run that was ended."
        })
final class Train implements Callable<Integer> {
    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The run's folder.")
    private Path out = Path.of("");

    @Option(
            names = "--tokenizer",
            required = true,
            paramLabel = "MODEL",
            description = "A GGUF file or a folder with tokenizer.json, as keiryo tokenizer-train writes it.")
    private Path tokenizer = Path.of("");

    @Option(
            names = "--shape",
            defaultValue = "tiny",
            paramLabel = "SHAPE",
            description = "The model to take after: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}",
            completionCandidates = ShapeOptions.ShapeNames.class)
    private String shape = "";

    @Mixin
    private ShapeOptions shapeOptions = new ShapeOptions();

    @Mixin
    private TrainDataOptions data = new TrainDataOptions();

    @Mixin
    private ObjectiveOptions objective = new ObjectiveOptions();

    @Mixin
    private LearningOptions learning = new LearningOptions();

    @Option(names = "--dropout", paramLabel = "P", description = "Default: ${DEFAULT-VALUE}")
    private double dropout;

    @Option(
            names = "--checkpoint-layers",
            paramLabel = "N",
            description =
                    "Layers of which only the input is kept: less memory, a third slower. Default: ${DEFAULT-VALUE}")
    private int checkpointed;

    @Mixin
    private MixtureOptions mixture = new MixtureOptions();

    @Option(names = "--seed", paramLabel = "S", description = "Of weights, batches, dropout. Default: ${DEFAULT-VALUE}")
    private long seed = 1;

    @Mixin
    private Threads threads = new Threads();

    @Override
    public Integer call() throws IOException {
        Tokenizer text = TokenizerFiles.open(tokenizer);
        try {
            ModelShape model = shapeOptions.of(shape, text.size());
            Objective learned = objective.of(model.family(), text);
            try (TrainDataOptions.Opened opened = data.open(text, learned, model.context(), learning.parts(), seed)) {
                train(text, model, learned instanceof Objective.Masked, opened);
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
        return 0;
    }

    /** @param masked whether the model has a head that tells masked tokens */
    private void train(Tokenizer text, ModelShape model, boolean masked, TrainDataOptions.Opened opened)
            throws IOException {
        TrainOptions options = learning.options(seed);
        TapeOptions tapeOptions = TapeOptions.of(opened.window())
                .withCheckpointedLayers(checkpointed)
                .withDropout(dropout)
                .withExperts(mixture.options(model, learning.parts()));
        try (Arena arena = Arena.ofShared();
                Workers workers = new Workers(threads.count());
                Parameters parameters = NewModel.of(
                        model,
                        "keiryo",
                        tokenizerKeys(text.size()),
                        new Initialization(0.02f, mixture.deviation(), seed),
                        masked ? MaskedLm.tensors(model.hidden(), model.vocabulary()) : Map.of());
                Tape<Matrix> tape = Tape.inFloat32(parameters, tapeOptions, workers);
                Optimizer optimizer = learning.optimizer()
                        .create(ParameterGroup.assign(parameters.trained(), learning.groups()), workers)) {
            Weights weights = new Weights(parameters, arena);
            Transformer transformer = Architectures.read(weights);
            Transformer learner = masked ? MaskedLm.of(transformer, weights) : transformer;
            Trainer trainer = new Trainer(learner, tape, optimizer, workers, options);
            TrainingRun run = new TrainingRun(out, parameters, trainer, optimizer, options, recipe(model, opened));
            System.err.printf(
                    Locale.ROOT,
                    "keiryo: %,d parameters; %,d tokens to learn from, %,d to validate with; %,d a step%n",
                    parameters.trained().stream().mapToLong(Weight::count).sum(),
                    opened.tokens(),
                    opened.validationTokens(),
                    data.tokensOfPass(model.context()) * learning.parts());
            finished(shown(run, opened, options));
        }
    }

    private Metadata tokenizerKeys(int size) throws IOException {
        if (Files.isDirectory(tokenizer)) {
            return new Metadata(tokenizer.toString(), HuggingFace.tokenizerMetadata(tokenizer, size));
        }
        try (Checkpoint other = Checkpoints.open(tokenizer)) {
            return EditedCheckpoint.of(other).metadata();
        }
    }

    /** All that decides about the run's numbers. */
    private String recipe(ModelShape model, TrainDataOptions.Opened opened) {
        return String.join(
                " ",
                model.toString(),
                learning.text(),
                data.text(),
                objective.text(),
                "length=" + opened.window(),
                "dropout=" + dropout,
                mixture.text(),
                "seed=" + seed,
                "data=" + opened.identity());
    }

    private Progress shown(TrainingRun run, TrainDataOptions.Opened opened, TrainOptions options) throws IOException {
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            return run.run(opened.batches(), opened.measured(), new TrainingRun.Listener() {
                @Override
                public void stepped(StepFigures f, Progress progress) {
                    bar.detail(String.format(
                            Locale.ROOT,
                            "loss %.4f, rate %.2e, gradient %.2f, %,.0f tokens/s%s%s",
                            f.loss(),
                            f.learningRate(),
                            f.gradientNorm(),
                            f.tokensPerSecond(),
                            experts(f.experts()),
                            f.skipped() ? ", skipped" : ""));
                    bar.stage("training", progress.steps(), options.steps());
                }

                @Override
                public void validated(Validation v, Progress progress) {
                    bar.note(String.format(
                            Locale.ROOT,
                            "step %,d: validation loss %.4f, perplexity %.2f%s%s",
                            progress.steps(),
                            v.loss(),
                            Math.exp(v.loss()),
                            progress.sinceBest() == 0 ? ", the best so far" : "",
                            experts(v)));
                }
            });
        }
    }

    private static String experts(@Nullable ExpertFigures experts) {
        return experts == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        ", imbalance %.2f%s",
                        experts.imbalance(),
                        experts.unserved() == 0
                                ? ""
                                : String.format(Locale.ROOT, ", %.1f %% unserved", 100 * experts.unserved()));
    }

    /** The least and the most used expert of any layer. */
    private static String experts(Validation v) {
        if (v.experts().isEmpty()) {
            return "";
        }
        DoubleSummaryStatistics shares =
                v.experts().stream().flatMapToDouble(Arrays::stream).summaryStatistics();
        return String.format(
                Locale.ROOT,
                "; experts got %.1f %% to %.1f %% of a layer's tokens",
                100 * shares.getMin(),
                100 * shares.getMax());
    }

    private void finished(Progress progress) {
        System.out.printf(
                Locale.ROOT,
                "%,d steps, %,d tokens; best validation loss %.4f after step %,d%n%s%n",
                progress.steps(),
                progress.tokens(),
                progress.bestLoss(),
                progress.bestStep(),
                out.resolve("best.gguf"));
    }
}
