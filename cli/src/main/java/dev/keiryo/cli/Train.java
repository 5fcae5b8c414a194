package dev.keiryo.cli;

import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.MaskedLm;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.train.Initialization;
import dev.keiryo.train.NewModel;
import dev.keiryo.train.Objective;
import dev.keiryo.train.Progress;
import dev.keiryo.train.RecipeFile;
import dev.keiryo.train.TrainOptions;
import dev.keiryo.train.Trainer;
import dev.keiryo.train.TrainingRun;
import dev.keiryo.train.optimize.LearningRateFinder;
import dev.keiryo.train.optimize.LossCurve;
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.optimize.ParameterGroup;
import dev.keiryo.train.scaling.SizedShape;
import dev.keiryo.train.tape.Parameters;
import dev.keiryo.train.tape.Tape;
import dev.keiryo.train.tape.TapeOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code keiryo train}: a model from nothing but text. */
@Command(
        name = "train",
        customSynopsis = "keiryo train [RECIPE.yaml] --data FILE... --tokenizer MODEL --steps N --out DIR [OPTIONS]",
        description = {
            "Trains a language model from text.",
            "OUT holds last.gguf (to go on from, and to run), best.gguf, recipe.yaml, metrics.jsonl, TensorBoard's events and index.html with curves. The"
                    + " same command goes on with a run that was ended."
        })
final class Train implements Callable<Integer> {
    @picocli.CommandLine.Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "RECIPE.yaml",
            description =
                    "A file of lines such as steps: 2000, whose names are those of the options below. Comes first; options beside it count more.")
    private @Nullable Path recipe;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The run's folder.")
    private Path out = Path.of("");

    @Mixin
    private TokenizerOption tokenizer = new TokenizerOption();

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

    @Mixin
    private TapeMemoryOptions memory = new TapeMemoryOptions();

    @Mixin
    private MixtureOptions mixture = new MixtureOptions();

    @Mixin
    private SampleOptions samples = new SampleOptions();

    @Option(names = "--seed", paramLabel = "S", description = "Of weights, batches, dropout. Default: ${DEFAULT-VALUE}")
    private long seed = 1;

    @Option(
            names = "--find-learning-rate",
            description = "Tries growing learning rates for a hundred steps, says which one suits, and writes nothing.")
    private boolean findLearningRate;

    @Option(names = "--print-recipe", description = "Writes the whole recipe in effect as YAML, and trains nothing.")
    private boolean printRecipe;

    @Mixin
    private Threads threads = new Threads();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (recipe != null) {
            throw new UsageException("a recipe comes first: keiryo train " + recipe + " …");
        }
        try {
            Tokenizer text = tokenizer.open();
            ModelShape model = shapeOptions.of(shape, text.size());
            Objective learned = objective.of(model.family(), text);
            shapeOptions.settle(model);
            data.settle(model.context());
            learning.settle();
            if (printRecipe) {
                System.out.print(RecipeFile.text(TrainRecipe.inEffect(spec)));
                return 0;
            }
            try (TrainDataOptions.Opened opened = data.open(text, learned, learning.parts(), seed)) {
                train(text, model, learned, opened);
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
        return 0;
    }

    private void train(Tokenizer text, ModelShape model, Objective learned, TrainDataOptions.Opened opened)
            throws IOException {
        boolean masked = learned instanceof Objective.Masked;
        TrainOptions options = learning.options(seed);
        memory.check(SizedShape.of(model).parameters());
        try (Arena arena = Arena.ofShared();
                Workers workers = new Workers(threads.count());
                Parameters parameters = NewModel.of(
                        model,
                        "keiryo",
                        tokenizer.keys(text.size()),
                        new Initialization(0.02f, mixture.deviation(), seed),
                        masked ? MaskedLm.tensors(model.hidden(), model.vocabulary()) : Map.of());
                Optimizer optimizer = learning.optimizer()
                        .create(ParameterGroup.assign(parameters.trained(), learning.groups()), workers)) {
            Weights weights = new Weights(parameters, arena);
            Transformer transformer = Architectures.read(weights);
            Transformer learner = masked ? MaskedLm.of(transformer, weights) : transformer;
            TapeOptions tapeOptions = memory.fitted(
                    memory.apply(TapeOptions.of(opened.window())
                            .withDropout(dropout)
                            .withExperts(mixture.options(model, learning.parts()))),
                    learner,
                    parameters,
                    optimizer.stateBytes(),
                    opened.batches().get(0, 0),
                    workers.size());
            try (Tape<Matrix> tape = Tape.inFloat32(parameters, tapeOptions, workers)) {
                Trainer trainer = new Trainer(learner, tape, optimizer, workers, options);
                System.err.printf(
                        Locale.ROOT,
                        "keiryo: %,d parameters; %,d tokens to learn from, %,d to validate with; %,d a step%n",
                        parameters.trained().stream().mapToLong(Weight::count).sum(),
                        opened.tokens(),
                        opened.validationTokens(),
                        data.tokensOfPass() * learning.parts());
                if (findLearningRate) {
                    find(trainer, optimizer, opened);
                    return;
                }
                Map<String, List<String>> whole = TrainRecipe.inEffect(spec);
                TrainingRun run = new TrainingRun(
                                out,
                                parameters,
                                trainer,
                                optimizer,
                                options,
                                TrainRecipe.identity(whole, opened.identity() + memory.text(tapeOptions)))
                        .describedBy(RecipeFile.text(whole));
                TrainingRun.Sample sample = samples.of(learned, learner, parameters, tape, text, seed, threads.count());
                if (sample != null) {
                    run.sampling(sample);
                }
                Progress progress;
                try (ProgressBar bar = ProgressBar.onStandardError()) {
                    progress = run.run(opened.batches(), opened.measured(), new TrainReport(bar, options.steps()));
                }
                finished(progress);
            }
        }
    }

    private static void find(Trainer trainer, Optimizer optimizer, TrainDataOptions.Opened opened) {
        LossCurve curve;
        long[] step = {0};
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            curve = LearningRateFinder.USUAL.run(optimizer, rate -> {
                bar.stage("trying", step[0] + 1, LearningRateFinder.USUAL.steps());
                return trainer.step(step[0]++, opened.batches(), rate).loss();
            });
        }
        System.out.println("learning rate   loss, smoothed (nats)");
        List<LossCurve.Point> points = curve.points();
        for (int i = 0; i < points.size(); i++) {
            if (i % 5 == 0 || i == points.size() - 1) {
                LossCurve.Point p = points.get(i);
                System.out.printf(Locale.ROOT, "%10.2e   %10.4f%n", p.learningRate(), p.smoothed());
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%s; it falls fastest at %.2e: --learning-rate %.1e%n",
                curve.diverged() ? "the loss got out of hand" : "the loss never got out of hand",
                curve.steepest(),
                curve.suggestion());
    }

    private void finished(Progress progress) {
        System.out.printf(Locale.ROOT, "%,d steps, %,d tokens", progress.steps(), progress.tokens());
        if (Double.isFinite(progress.bestLoss())) {
            System.out.printf(
                    Locale.ROOT,
                    "; best validation loss %.4f after step %,d%n%s%n",
                    progress.bestLoss(),
                    progress.bestStep(),
                    out.resolve("best.gguf"));
        } else {
            System.out.printf("; no validation%n%s%n", out.resolve("last.gguf"));
        }
    }
}
