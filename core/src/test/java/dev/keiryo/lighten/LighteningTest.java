package dev.keiryo.lighten;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.measure.ComparedModel;
import dev.keiryo.measure.Evaluation;
import dev.keiryo.measure.PerplexityDefinition.LlamaCpp;
import dev.keiryo.measure.Window;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LighteningTest {
    private static final EngineOptions ENGINE = EngineOptions.defaults().withThreads(2);
    private static final Goal GOAL = new Goal.FileBytes(285_000);

    @TempDir
    private Path folder;

    /** What is tried and kept; the search for types is a short one. */
    private static Lightening.Result lighten(Path target) throws IOException {
        try (LanguageModel model = Keiryo.load(TestData.path("models/stories260K/stories260K.bin"), ENGINE)) {
            String text = Files.readString(TestData.path("corpora/en/sherlock-holmes.txt"));
            List<Window> all = new LlamaCpp(128).windows(model.tokenizer(), text);
            Lightening.Calibration calibration = new Lightening.Calibration(
                    new CalibrationTexts(
                            all.subList(4, 8).stream().map(Window::ids).toList()),
                    new MeasuredText.Windows(all.subList(4, 5)),
                    "sherlock");
            return new Lightening(
                            target,
                            GOAL,
                            new Lightening.Options(2, null, true),
                            ENGINE,
                            new OnWindows(all.subList(0, 4)),
                            calibration,
                            (stage, done, total) -> {})
                    .run(model);
        }
    }

    private record OnWindows(List<Window> windows) implements Lightening.Measure {
        @Override
        public MeasuredText text() {
            return new MeasuredText.Windows(windows);
        }

        @Override
        public ComparedModel of(String name, LanguageModel model, @Nullable LanguageModel reference)
                throws IOException {
            return ComparedModel.ofDecoder(name, model, reference, windows, 128, "Once", Evaluation.Progress.NONE);
        }
    }

    /** Lightens to {@code args[0]}. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws IOException {
            lighten(Path.of(args[0]));
        }
    }

    private static Process start(Path target) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        target.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static int lines(Path journal) throws IOException {
        if (!Files.exists(journal)) {
            return 0;
        }
        return (int) new String(Files.readAllBytes(journal), StandardCharsets.ISO_8859_1)
                .chars()
                .filter(c -> c == '\n')
                .count();
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    /** Processes killed after some of the files were measured: the end is that of an unbroken run, and nothing is measured again. */
    @Test
    void killedProcessesKeepWhatTheyMeasured() throws Exception {
        Path whole = folder.resolve("whole.gguf");
        Lightening.Result expected = lighten(whole);
        assertEquals(0, expected.resumed());
        Path target = folder.resolve("target.gguf");
        Path journal = folder.resolve("target.gguf.lightening");
        int before = 0;
        // Its first line says what it is about, the second is the model itself.
        for (int wanted : new int[] {4, 6}) {
            Process child = start(target);
            for (int i = 0; i < 6000 && child.isAlive() && lines(journal) < wanted; i++) {
                Thread.sleep(5);
            }
            child.destroyForcibly().waitFor();
            assertTrue(lines(journal) >= Math.max(wanted, before), "lines: " + lines(journal));
            assertFalse(Files.exists(target), "nothing is there before the best is known");
            before = lines(journal);
        }
        Lightening.Result resumed = lighten(target);
        assertTrue(resumed.resumed() >= before - 2, resumed.resumed() + " of " + before);
        assertEquals(expected.tried(), resumed.tried());
        assertEquals(expected.best(), resumed.best());
        assertEquals(expected.reference(), resumed.reference());
        assertEquals(-1, Files.mismatch(whole, target));
        assertEquals(List.of("target.gguf", "whole.gguf"), names());
    }

    /** The best file so far is made again where it is gone; lines that are no figures count as not there. */
    @Test
    void damagedWorkIsDoneAgain() throws Exception {
        Path target = folder.resolve("target.gguf");
        Path journal = folder.resolve("target.gguf.lightening");
        Process child = start(target);
        for (int i = 0; i < 6000 && child.isAlive() && lines(journal) < 5; i++) {
            Thread.sleep(5);
        }
        child.destroyForcibly().waitFor();
        List<String> known = Files.readAllLines(journal);
        for (String name : names()) {
            if (name.startsWith(".")) {
                Files.delete(folder.resolve(name));
            }
        }
        String second = known.get(2);
        Files.writeString(
                journal,
                String.join("\n", known.get(0), known.get(1), second.substring(0, second.indexOf('\t') + 9), "x", "\t")
                        + "\n" + known.get(3) + "\n" + known.get(4).substring(0, 40));
        Lightening.Result result = lighten(target);
        assertTrue(result.resumed() <= 1, result.resumed() + " are known and need no file");
        Lightening.Result expected = lighten(folder.resolve("whole.gguf"));
        assertEquals(expected.tried(), result.tried());
        assertEquals(-1, Files.mismatch(folder.resolve("whole.gguf"), target));
    }

    /** An encoder keeps to a similarity, whole or with a part of its neurons taken out. */
    @Test
    void encodersKeepToASimilarity() throws IOException {
        for (String name : new String[] {"all-minilm-l6-v2.onnx", "tokenizer.json"}) {
            String resource = "/" + (name.endsWith("json") ? "all-minilm-l6-v2-tokenizer.json" : name);
            try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream(resource), resource)) {
                Files.copy(in, folder.resolve(name));
            }
        }
        List<String> lines = Files.readString(TestData.path("corpora/en/sherlock-holmes.txt"))
                .lines()
                .filter(l -> l.length() > 40)
                .limit(60)
                .toList();
        MeasuredText.Lines measured = new MeasuredText.Lines(lines.subList(0, 12));
        Lightening.Measure measure = new Lightening.Measure() {
            @Override
            public MeasuredText text() {
                return measured;
            }

            @Override
            public ComparedModel of(String name, LanguageModel model, @Nullable LanguageModel reference)
                    throws IOException {
                return ComparedModel.ofEncoder(name, model, reference, measured.lines());
            }
        };
        try (LanguageModel model = Keiryo.load(folder.resolve("all-minilm-l6-v2.onnx"), ENGINE)) {
            CalibrationTexts texts = CalibrationTexts.lines(
                    model.tokenizer(), String.join("\n", lines.subList(12, 60)), 128, Integer.MAX_VALUE);
            Lightening.Calibration calibration = new Lightening.Calibration(texts, measured, "sherlock");
            Lightening.Result result = new Lightening(
                            folder.resolve("light.gguf"),
                            new Goal.MeanSimilarity(0.95),
                            new Lightening.Options(1, new Shrinking(0.04, Shrinking.Method.NEURONS), false),
                            ENGINE,
                            measure,
                            calibration,
                            (stage, done, total) -> {})
                    .run(model);
            Lightening.Attempt best = result.best();
            assertNotNull(best);
            assertTrue(1 - best.loss() >= 0.95, best.loss() + " lost");
            assertEquals(
                    Files.size(folder.resolve("light.gguf")),
                    best.measured().size().fileBytes());
            long fewer = result.reference().size().parameters()
                    - best.measured().size().parameters();
            assertTrue(fewer > 300_000, fewer + " weights taken out");
        }
    }
}
