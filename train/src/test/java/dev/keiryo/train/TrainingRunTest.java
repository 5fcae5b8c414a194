package dev.keiryo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.MaskedLm;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.ShapeCheckpoint;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.train.data.MaskedTokens;
import dev.keiryo.train.data.SpanCorruption;
import dev.keiryo.train.data.StreamOptions;
import dev.keiryo.train.data.TokenFile;
import dev.keiryo.train.data.TokenFileWriter;
import dev.keiryo.train.data.TokenStream;
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.optimize.OptimizerOptions;
import dev.keiryo.train.optimize.ParameterGroup;
import dev.keiryo.train.optimize.Schedule;
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
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingRunTest {
    private static final int STEPS = 12;

    @TempDir
    private Path folder;

    /** What a run learns, from what. */
    private enum Task {
        TEXT("tiny"),
        TOKEN_FILE("tiny"),
        MASKED("bert-base"),
        SPANS("t5-v1.1-small");

        private final String shape;

        Task(String shape) {
            this.shape = shape;
        }

        Objective objective() {
            return switch (this) {
                case MASKED -> new Objective.Masked(new MaskedTokens(511, 512, 0.3, id -> id > 500));
                case SPANS -> new Objective.Spans(SpanCorruption.of(new int[] {510, 509, 508}, -1), 511);
                default -> new Objective.NextToken();
            };
        }
    }

    private Task task = Task.TEXT;

    /** Thrown in the middle of a run, which leaves what kill -9 would leave. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static ModelShape shape(String name) {
        ModelShape known = ModelShapes.find(name);
        if (known == null) {
            throw new IllegalArgumentException(name);
        }
        return known.with(2, 32, 48, 2, 2, 512, 64);
    }

    /** Runs until step {@code killAt}, or to the end, and returns what listeners were told. */
    private List<String> run(String name, String recipe, TrainOptions options, int threads, String shape, long killAt)
            throws IOException {
        List<String> told = new ArrayList<>();
        ModelShape small = shape(shape);
        try (ShapeCheckpoint plan = new ShapeCheckpoint(small, Recipe.F32);
                Arena arena = Arena.ofConfined();
                Workers workers = new Workers(threads);
                Parameters parameters = NewModel.of(
                        small,
                        "test",
                        plan.metadata(),
                        Initialization.of(3),
                        task == Task.MASKED ? MaskedLm.tensors(32, 512) : Map.of());
                Tape<Matrix> tape =
                        Tape.inFloat32(parameters, TapeOptions.of(64).withDropout(0.1), workers);
                Optimizer optimizer = OptimizerOptions.parse("adamw")
                        .create(ParameterGroup.assign(parameters.trained(), ParameterGroup.usual(0.1)), workers)) {
            Weights weights = new Weights(parameters, arena);
            Transformer read = Architectures.read(weights);
            Transformer model = task == Task.MASKED ? MaskedLm.of(read, weights) : read;
            Trainer trainer = new Trainer(model, tape, optimizer, workers, options);
            Objective learned = task.objective();
            TrainingRun run = new TrainingRun(folder.resolve(name), parameters, trainer, optimizer, options, recipe);
            TrainingRun.Listener listener = new TrainingRun.Listener() {
                @Override
                public void stepped(StepFigures f, Progress progress) {
                    told.add(f.step() + " " + f.loss() + " " + f.gradientNorm() + " " + f.learningRate());
                    if (f.step() == killAt) {
                        throw new Killed();
                    }
                }

                @Override
                public void validated(Validation v, Progress progress) {
                    told.add(progress.steps() + " " + v.loss());
                }
            };
            if (task != Task.TEXT) {
                try (TokenFile file = TokenFile.open(tokenFile())) {
                    TokenStream stream =
                            new TokenStream(file, new StreamOptions(24, 3, StreamOptions.Packing.BEST_FIT, 5));
                    run.run(
                            learned.batches(new StreamedWindows(stream, 2), 2, 5),
                            learned.measured(StreamedWindows.inOrder(stream, 3), 5),
                            listener);
                }
            } else {
                run.run(
                        learned.batches(new RandomWindows(text(), 24, 3, 5), 2, 5),
                        learned.measured(RandomWindows.inOrder(text(), 24, 4, 8), 5),
                        listener);
            }
        }
        return told;
    }

    /** The text, as documents of different lengths, of which an epoch is shorter than the run. */
    private Path tokenFile() throws IOException {
        Path file = folder.resolve("text.tokens");
        if (!Files.exists(file)) {
            try (TokenFileWriter writer = new TokenFileWriter(file, 512, 7)) {
                int[] text = text();
                for (int from = 0, length = 1; from + length < 1000; from += length, length = 1 + (length * 5) % 47) {
                    writer.add(Arrays.copyOfRange(text, from, from + length));
                }
                writer.publish();
            }
        }
        return file;
    }

    /** Words that follow each other by a rule, so that there is something to learn. */
    private static int[] text() {
        SplittableRandom random = new SplittableRandom(1);
        int[] text = new int[2000];
        for (int i = 1; i < text.length; i++) {
            text[i] = random.nextInt(10) == 0 ? random.nextInt(20) : (text[i - 1] * 7 + 3) % 20;
        }
        return text;
    }

    private static TrainOptions options(double rate) {
        return TrainOptions.of(STEPS, rate, Schedule.parse("cosine:warmup=2"))
                .withEvery(4, 3)
                .withParts(2);
    }

    private static double loss(String told) {
        return Double.parseDouble(told.split(" ", -1)[1]);
    }

    @ParameterizedTest
    @EnumSource(Task.class)
    void killedAndGoneOnWithIsTheSameToTheBit(Task learned) throws Exception {
        task = learned;
        String shape = learned.shape;
        List<String> whole = run("whole", "r", options(1e-2), 2, shape, -1);
        assertThrows(Killed.class, () -> run("parts", "r", options(1e-2), 1, shape, 5));
        assertTrue(TrainingRun.isBegun(folder.resolve("parts")));
        assertThrows(Killed.class, () -> run("parts", "r", options(1e-2), 2, shape, 11));
        List<String> rest = run("parts", "r", options(1e-2), 3, shape, -1);
        assertTrue(rest.size() < whole.size());
        assertEquals(whole.subList(whole.size() - rest.size(), whole.size()), rest);
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("whole/best.gguf")),
                Files.readAllBytes(folder.resolve("parts/best.gguf")));
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("whole/last.gguf")),
                Files.readAllBytes(folder.resolve("parts/last.gguf")));
        assertEquals(losses("whole"), losses("parts"));
    }

    /** Lines of the metrics without what depends on time. */
    private List<String> losses(String run) throws IOException {
        return Files.readAllLines(folder.resolve(run).resolve("metrics.jsonl")).stream()
                .map(line -> line.replaceAll("\"tokens_per_second\":[^,}]*", ""))
                .toList();
    }

    @Test
    void anotherRecipeIsRefused() throws Exception {
        run("run", "one", options(1e-2), 1, "tiny", -1);
        FormatException refused =
                assertThrows(FormatException.class, () -> run("run", "other", options(1e-2), 1, "tiny", -1));
        assertTrue(String.valueOf(refused.getMessage()).contains("another recipe"), refused.getMessage());
    }

    /** A run whose rate is constant yet becomes the run that it would have been had it been meant to be longer from the first. */
    @Test
    void itsLengthMayChangeWhileItsRateIsConstant() throws Exception {
        List<String> whole = run("whole", "r", constantThenDown(16), 2, "tiny", -1);
        TrainOptions constant =
                TrainOptions.of(10, 1e-2, Schedule.parse("constant:warmup=2")).withEvery(4, 3);
        assertThrows(Killed.class, () -> run("parts", "r", constant, 2, "tiny", 5));
        List<String> rest = run("parts", "r", constantThenDown(16), 2, "tiny", -1);
        assertEquals(whole.subList(whole.size() - rest.size(), whole.size()), rest);
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("whole/last.gguf")),
                Files.readAllBytes(folder.resolve("parts/last.gguf")));
        FormatException late =
                assertThrows(FormatException.class, () -> run("parts", "r", constantThenDown(20), 2, "tiny", -1));
        assertTrue(
                String.valueOf(late.getMessage()).contains("at step 13 was not that of 20 steps"), late.getMessage());
        FormatException few =
                assertThrows(FormatException.class, () -> run("parts", "r", constantThenDown(14), 2, "tiny", -1));
        assertTrue(String.valueOf(few.getMessage()).contains("has taken 16 steps"), few.getMessage());
    }

    private static TrainOptions constantThenDown(long steps) {
        return TrainOptions.of(steps, 1e-2, Schedule.parse("wsd:warmup=2,decay=4"))
                .withEvery(4, 3);
    }

    @Test
    void learnsAndRuns() throws Exception {
        List<String> told = run("run", "r", options(2e-2), 2, "tiny", -1);
        assertEquals(Math.log(512), loss(told.getFirst()), 0.2, "a model that knows nothing");
        assertTrue(loss(told.getLast()) < 4, told.toString());
        for (String file : List.of("best.gguf", "last.gguf")) {
            try (LanguageModel model = Keiryo.load(folder.resolve("run").resolve(file), EngineOptions.defaults())) {
                assertEquals(512, model.engine().transformer().shape().vocabulary());
            }
        }
    }

    @Test
    void expertsLearnToo() throws Exception {
        List<String> told = run("run", "r", options(2e-2), 2, "mixtral-small", -1);
        assertTrue(loss(told.getLast()) < 4.5, told.toString());
        assertTrue(losses("run").getFirst().contains("expert_imbalance"));
    }

    /** The rule of the text tells what is hidden, and what was taken out. */
    @ParameterizedTest
    @EnumSource(
            value = Task.class,
            names = {"MASKED", "SPANS"})
    void encodersAndEncoderDecodersLearn(Task learned) throws Exception {
        task = learned;
        // Encoders learn little for a while, before they find out where to look.
        TrainOptions longer = (learned == Task.MASKED
                        ? TrainOptions.of(800, 3e-3, Schedule.parse("cosine:warmup=10"))
                        : TrainOptions.of(200, 1e-2, Schedule.parse("cosine:warmup=10")))
                .withEvery(800, 800);
        List<String> told = run("run", "r", longer, 2, learned.shape, -1);
        double unigram = Math.log(20);
        // Three of four tokens that T5 tells are no sentinels.
        double alone = learned == Task.MASKED ? unigram : 0.75 * unigram;
        assertTrue(loss(told.getLast()) < (learned == Task.MASKED ? 0.93 : 0.8) * alone, told.getLast());
        try (LanguageModel model = Keiryo.load(folder.resolve("run/best.gguf"), EngineOptions.defaults())) {
            assertEquals(512, model.engine().transformer().shape().vocabulary());
        }
        Path encoder = folder.resolve("run/encoder.gguf");
        assertEquals(learned == Task.MASKED, Files.exists(encoder));
        if (learned == Task.MASKED) {
            try (Checkpoint stored = Gguf.open(encoder)) {
                assertEquals(2, stored.metadata().integer("tokenizer.ggml.token_type_count"));
                assertTrue(stored.weights().stream().noneMatch(w -> w.name().startsWith(MaskedLm.PREFIX)));
            }
        }
    }

    @Test
    void endsWhenTired() throws Exception {
        // A learning rate that spoils everything.
        TrainOptions options = options(30).withClip(0).withEvery(1, 5).withPatience(2);
        List<String> told = run("run", "r", options, 2, "tiny", -1);
        assertTrue(told.size() < 2 * STEPS, told.toString());
    }
}
