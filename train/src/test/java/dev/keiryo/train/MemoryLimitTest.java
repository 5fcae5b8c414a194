package dev.keiryo.train;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.optimize.OptimizerOptions;
import dev.keiryo.train.optimize.ParameterGroup;
import dev.keiryo.train.optimize.Schedule;
import dev.keiryo.train.tape.Parameters;
import dev.keiryo.train.tape.Tape;
import dev.keiryo.train.tape.TapeOptions;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two steps of a model of six layers under limits of memory. */
class MemoryLimitTest {
    private static final RandomWindows WINDOWS =
            new RandomWindows(IntStream.range(0, 3000).map(i -> i * i % 509).toArray(), 64, 4, 1);

    private static final Batches BATCHES = new Objective.NextToken().batches(WINDOWS, 1, 1);

    /** What two steps came to. */
    private record Run(MemoryLimit.Choice choice, long taken, List<float[]> weights) {}

    private static Run run(String shape, TapeOptions options, long limit) throws Exception {
        ModelShape model = requireNonNull(ModelShapes.find(shape)).with(6, 96, 256, 3, 3, 512, 64);
        try (Arena arena = Arena.ofConfined();
                Workers workers = new Workers(2);
                ShapeCheckpoint keys = new ShapeCheckpoint(model, Recipe.F32);
                Parameters parameters = NewModel.of(model, "test", keys.metadata(), Initialization.of(1), Map.of());
                Optimizer optimizer = OptimizerOptions.parse("lion")
                        .create(ParameterGroup.assign(parameters.trained(), ParameterGroup.usual(0.1)), workers)) {
            Transformer transformer = Architectures.read(new Weights(parameters, arena));
            MemoryLimit.Choice choice = new MemoryLimit(limit)
                    .choose(transformer, parameters, options, optimizer.stateBytes(), BATCHES.get(0, 0), 2);
            TapeOptions chosen = options.withCheckpointedLayers(choice.layers());
            try (Tape<Matrix> tape = Tape.inFloat32(parameters, chosen, workers)) {
                TrainOptions train = TrainOptions.of(2, 1e-3, Schedule.parse("constant"));
                Trainer trainer = new Trainer(transformer, tape, optimizer, workers, train);
                trainer.step(0, BATCHES);
                trainer.step(1, BATCHES);
                List<float[]> weights = new ArrayList<>();
                for (Weight w : parameters.trained()) {
                    weights.add(w.data().toArray(Matrix.F32));
                }
                return new Run(choice, choice.weights() + optimizer.stateBytes() + tape.heldBytes(), weights);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny", "gpt2"})
    void computesAsFewLayersAgainAsFit(String shape) throws Exception {
        TapeOptions options = TapeOptions.of(64);
        Run free = run(shape, options, Long.MAX_VALUE);
        assertEquals(0, free.choice.layers());
        assertEquals(6, free.choice.of());
        int layers = 0;
        Run before = free;
        while (true) {
            Run less = run(shape, options, before.choice.bytes() - 1);
            if (less.choice.bytes() >= before.choice.bytes()) {
                // Nothing takes less: the choice is the least there is, and says so by being above the limit.
                assertEquals(before.choice, less.choice);
                break;
            }
            assertTrue(less.choice.layers() > layers);
            layers = less.choice.layers();
            before = less;
            assertEquals(1, (double) less.choice.bytes() / less.taken, 0.01, layers + " layers");
            // A limit that is met exactly gives the same choice, and all choices the same weights.
            assertEquals(less.choice, run(shape, options, less.choice.bytes()).choice);
            for (int i = 0; i < free.weights.size(); i++) {
                assertArrayEquals(free.weights.get(i), less.weights.get(i));
            }
        }
        assertTrue(layers >= 4, layers + " layers");
        long bfloat16 = run(shape, options.withStorage(TapeOptions.Storage.BF16), Long.MAX_VALUE)
                .choice
                .results();
        assertTrue(bfloat16 < 0.8 * free.choice.results(), bfloat16 + " of " + free.choice.results());
    }
}
