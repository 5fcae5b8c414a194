package dev.keiryo.cli;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.huggingface.HuggingFace;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerFiles;
import dev.keiryo.train.Initialization;
import dev.keiryo.train.Microbatch;
import dev.keiryo.train.NewModel;
import dev.keiryo.train.Progress;
import dev.keiryo.train.RandomWindows;
import dev.keiryo.train.StepFigures;
import dev.keiryo.train.TrainOptions;
import dev.keiryo.train.Trainer;
import dev.keiryo.train.TrainingRun;
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.optimize.OptimizerOptions;
import dev.keiryo.train.optimize.ParameterGroup;
import dev.keiryo.train.optimize.Schedule;
import dev.keiryo.train.tape.ExpertOptions;
import dev.keiryo.train.tape.Parameters;
import dev.keiryo.train.tape.Tape;
import dev.keiryo.train.tape.TapeOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "UTF-8 texts to learn from.")
    private List<Path> data = List.of();

    @Option(
            names = "--validation",
            paramLabel = "FILE",
            description = "A text to measure the loss on. Default: the last tenth of the data")
    private @Nullable Path validation;

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

    @Option(names = "--steps", required = true, paramLabel = "N", description = "Steps of the optimizer.")
    private long steps;

    @Option(names = "--batch", paramLabel = "N", description = "Texts in a pass. Default: ${DEFAULT-VALUE}")
    private int batch = 8;

    @Option(
            names = "--length",
            paramLabel = "N",
            description = "Tokens of a text. Default: the shape's context, 256 at most")
    private int length;

    @Option(
            names = "--accumulate",
            paramLabel = "N",
            description = "Passes whose gradients are summed for a step. Default: ${DEFAULT-VALUE}")
    private int parts = 1;

    @Option(
            names = "--optimizer",
            paramLabel = "NAME:…",
            description = "adamw, adamw-8bit, adafactor, lion, muon or sgd, with arguments. Default: ${DEFAULT-VALUE}")
    private String optimizer = "adamw:beta2=0.95";

    @Option(
            names = "--learning-rate",
            paramLabel = "R",
            description = "The greatest. Default: what is usual for the optimizer")
    private double learningRate;

    @Option(
            names = "--schedule",
            paramLabel = "NAME:…",
            description =
                    "The learning rate's course: constant, linear, cosine, wsd or restarts, with arguments. Default:"
                            + " ${DEFAULT-VALUE}")
    private String schedule = "cosine:warmup=5%,min=0.1";

    @Option(names = "--weight-decay", paramLabel = "R", description = "Of matrices. Default: ${DEFAULT-VALUE}")
    private double decay = 0.1;

    @Option(
            names = "--clip",
            paramLabel = "R",
            description = "The gradient's norm at most, 0 for no limit. Default: ${DEFAULT-VALUE}")
    private double clip = 1;

    @Option(names = "--dropout", paramLabel = "P", description = "Default: ${DEFAULT-VALUE}")
    private double dropout;

    @Option(
            names = "--checkpoint-layers",
            paramLabel = "N",
            description =
                    "Layers of which only the input is kept: less memory, a third slower. Default: ${DEFAULT-VALUE}")
    private int checkpointed;

    @Option(
            names = "--balance",
            paramLabel = "R",
            description = "Weight of the loss that keeps experts balanced. Default: ${DEFAULT-VALUE}")
    private double balance = 0.01;

    @Option(
            names = "--validate-every",
            paramLabel = "N",
            description = "Steps between validations. Default: a twentieth of the run")
    private long validateEvery;

    @Option(
            names = "--validation-texts",
            paramLabel = "N",
            description = "Texts of a validation at most. Default: ${DEFAULT-VALUE}")
    private int validationTexts = 64;

    @Option(
            names = "--save-every",
            paramLabel = "N",
            description = "Steps between checkpoints. Default: a twentieth of the run")
    private long saveEvery;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Ends after so many validations without a better loss. Default: never")
    private int patience;

    @Option(names = "--seed", paramLabel = "S", description = "Of weights, batches, dropout. Default: ${DEFAULT-VALUE}")
    private long seed = 1;

    @Mixin
    private Threads threads = new Threads();

    @Override
    public Integer call() throws IOException {
        try (Arena arena = Arena.ofShared();
                Workers workers = new Workers(threads.count())) {
            Tokenizer text = TokenizerFiles.open(tokenizer);
            ModelShape model = shapeOptions.of(shape, text.size());
            int[][] tokens = tokens(text);
            int window = length > 0 ? length : Math.min(256, model.context());
            try (Parameters parameters =
                    NewModel.of(model, "keiryo", tokenizerKeys(text.size()), Initialization.of(seed))) {
                Transformer transformer = Architectures.read(new Weights(parameters, arena));
                OptimizerOptions chosen = OptimizerOptions.parse(optimizer);
                TrainOptions options = options(chosen);
                TapeOptions tapeOptions = TapeOptions.of(window)
                        .withCheckpointedLayers(checkpointed)
                        .withDropout(dropout)
                        .withExperts(ExpertOptions.NONE.withBalance(balance / parts));
                try (Tape<Matrix> tape = Tape.inFloat32(parameters, tapeOptions, workers);
                        Optimizer update = chosen.create(
                                ParameterGroup.assign(parameters.trained(), ParameterGroup.usual(decay)), workers)) {
                    Trainer trainer = new Trainer(transformer, tape, update, workers, options);
                    TrainingRun run = new TrainingRun(
                            out, parameters, trainer, update, options, recipe(model, window, chosen, tokens));
                    RandomWindows batches = new RandomWindows(tokens[0], window, batch, seed);
                    Microbatch[] measured = RandomWindows.inOrder(tokens[1], window, batch, validationTexts);
                    System.err.printf(
                            Locale.ROOT,
                            "keiryo: %,d parameters; %,d tokens to learn from, %,d to validate with; %,d a step%n",
                            parameters.trained().stream()
                                    .mapToLong(Weight::count)
                                    .sum(),
                            tokens[0].length,
                            tokens[1].length,
                            (long) window * batch * parts);
                    finished(shown(run, batches, measured, options));
                }
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
        return 0;
    }

    private Metadata tokenizerKeys(int size) throws IOException {
        if (Files.isDirectory(tokenizer)) {
            return new Metadata(tokenizer.toString(), HuggingFace.tokenizerMetadata(tokenizer, size));
        }
        try (Checkpoint other = Checkpoints.open(tokenizer)) {
            return EditedCheckpoint.of(other).metadata();
        }
    }

    /** To learn from, and to validate with. */
    private int[][] tokens(Tokenizer text) throws IOException {
        List<int[]> all = new ArrayList<>();
        for (Path file : data) {
            all.add(text.encode(Files.readString(file), Tokenizer.SpecialTokens.PARSED, false));
        }
        int[] joined = all.stream().flatMapToInt(Arrays::stream).toArray();
        if (validation != null) {
            return new int[][] {joined, text.encode(Files.readString(validation), Tokenizer.SpecialTokens.PARSED, false)
            };
        }
        int cut = (int) (joined.length * 9L / 10);
        return new int[][] {Arrays.copyOf(joined, cut), Arrays.copyOfRange(joined, cut, joined.length)};
    }

    private TrainOptions options(OptimizerOptions chosen) {
        double rate = learningRate > 0 ? learningRate : chosen.usualLearningRate();
        TrainOptions usual = TrainOptions.of(steps, rate, Schedule.parse(schedule));
        return new TrainOptions(
                steps,
                parts,
                rate,
                usual.schedule(),
                clip,
                validateEvery > 0 ? validateEvery : usual.validateEvery(),
                saveEvery > 0 ? saveEvery : usual.saveEvery(),
                patience,
                seed);
    }

    /** All that decides about the run's numbers. */
    private String recipe(ModelShape model, int window, OptimizerOptions chosen, int[][] tokens) {
        return String.join(
                " ",
                model.toString(),
                "steps=" + steps,
                "batch=" + batch,
                "length=" + window,
                "accumulate=" + parts,
                "optimizer=" + chosen.text(),
                "rate=" + learningRate,
                "schedule=" + schedule,
                "decay=" + decay,
                "clip=" + clip,
                "dropout=" + dropout,
                "balance=" + balance,
                "seed=" + seed,
                "data=" + Integer.toHexString(Arrays.deepHashCode(tokens)),
                "validation=" + validationTexts + "/" + validateEvery,
                "patience=" + patience);
    }

    private Progress shown(TrainingRun run, RandomWindows batches, Microbatch[] measured, TrainOptions options)
            throws IOException {
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            return run.run(batches, measured, new TrainingRun.Listener() {
                @Override
                public void stepped(StepFigures f, Progress progress) {
                    bar.detail(String.format(
                            Locale.ROOT,
                            "loss %.4f, rate %.2e, gradient %.2f, %,.0f tokens/s%s",
                            f.loss(),
                            f.learningRate(),
                            f.gradientNorm(),
                            f.tokensPerSecond(),
                            f.skipped() ? ", skipped" : ""));
                    bar.stage("training", progress.steps(), options.steps());
                }

                @Override
                public void validated(double loss, Progress progress) {
                    bar.note(String.format(
                            Locale.ROOT,
                            "step %,d: validation loss %.4f, perplexity %.2f%s",
                            progress.steps(),
                            loss,
                            Math.exp(loss),
                            progress.sinceBest() == 0 ? ", the best so far" : ""));
                }
            });
        }
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
