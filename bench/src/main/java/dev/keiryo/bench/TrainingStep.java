package dev.keiryo.bench;

import dev.keiryo.file.ProcessMemory;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.ShapeCheckpoint;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.Batches;
import dev.keiryo.train.Initialization;
import dev.keiryo.train.NewModel;
import dev.keiryo.train.Objective;
import dev.keiryo.train.RandomWindows;
import dev.keiryo.train.StepFigures;
import dev.keiryo.train.TrainOptions;
import dev.keiryo.train.Trainer;
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.optimize.OptimizerOptions;
import dev.keiryo.train.optimize.ParameterGroup;
import dev.keiryo.train.optimize.Schedule;
import dev.keiryo.train.tape.Parameters;
import dev.keiryo.train.tape.Tape;
import dev.keiryo.train.tape.TapeOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * Whole steps of training, forward, back and AdamW, of 2,048 tokens in four texts: one for each line that is read, which is answered by
 * its seconds, the processor's seconds, its loss and how many bytes the process had at most. {@code compare_steps.py} beside this in {@code src/main/python} runs it
 * in turn with PyTorch.
 */
public final class TrainingStep {
    private static final int TEXTS = 4;
    private static final int LENGTH = 512;

    /** Layers, width, feed-forward, heads, vocabulary. */
    private static final Map<String, int[]> SIZES = Map.of(
            "llama-10m", new int[] {6, 320, 896, 5, 8192},
            "llama-110m", new int[] {12, 768, 2048, 12, 32000},
            "gpt2-10m", new int[] {6, 320, 1280, 5, 4096},
            "gpt2-110m", new int[] {12, 768, 3072, 12, 16384});

    private TrainingStep() {}

    /** Time that the processors have spent on this process. */
    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** {@code MODEL [f32|bf16] [layers computed again] [threads]}. */
    public static void main(String[] args) throws IOException {
        int[] n = Objects.requireNonNull(SIZES.get(args[0]), "models: " + SIZES.keySet());
        ModelShape base = Objects.requireNonNull(ModelShapes.find(args[0].startsWith("gpt2") ? "gpt2" : "tiny"));
        ModelShape shape = base.with(n[0], n[1], n[2], n[3], n[3], n[4], LENGTH);
        TapeOptions options = TapeOptions.of(LENGTH)
                .withStorage(TapeOptions.Storage.valueOf(args.length > 1 ? args[1].toUpperCase(Locale.ROOT) : "F32"))
                .withCheckpointedLayers(args.length > 2 ? Integer.parseInt(args[2]) : 0);
        int[] text = new Random(1).ints(100_000, 0, n[4]).toArray();
        Batches batches = new Objective.NextToken().batches(new RandomWindows(text, LENGTH, TEXTS, 1), 1, 1);
        try (Arena arena = Arena.ofShared();
                Workers workers = new Workers(args.length > 3 ? Integer.parseInt(args[3]) : 2);
                ShapeCheckpoint keys = new ShapeCheckpoint(shape, Recipe.F32);
                Parameters parameters = NewModel.of(shape, args[0], keys.metadata(), Initialization.of(1));
                Optimizer optimizer = OptimizerOptions.parse("adamw")
                        .create(ParameterGroup.assign(parameters.trained(), ParameterGroup.usual(0.1)), workers);
                Tape<Matrix> tape = Tape.inFloat32(parameters, options, workers)) {
            Transformer model = Architectures.read(new Weights(parameters, arena));
            TrainOptions train = TrainOptions.of(1000, 1e-4, Schedule.parse("constant"));
            Trainer trainer = new Trainer(model, tape, optimizer, workers, train);
            System.err.printf(
                    "%,d parameters%n",
                    parameters.trained().stream().mapToLong(Weight::count).sum());
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (long step = 0; in.readLine() != null; step++) {
                Duration before = cpu();
                StepFigures f = trainer.step(step, batches);
                System.out.println(f.seconds() + " " + cpu().minus(before).toNanos() * 1e-9 + " " + f.loss() + " "
                        + ProcessMemory.peak());
                System.out.flush();
            }
        }
    }
}
