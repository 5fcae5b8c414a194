package dev.keiryo.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.gguf.GgufWriter;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.Synthesizer;
import dev.keiryo.tensor.TensorData;
import dev.keiryo.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A conversion that is ended before it is done, and taken up again. */
class ResumeTest {
    private static final int JOURNAL_HEADER = 40;

    @TempDir
    private Path temp;

    /** Converts {@code args[0]} to {@code args[1]}. */
    static final class Converter {
        private Converter() {}

        public static void main(String[] args) throws IOException {
            convert(Path.of(args[0]), Path.of(args[1]));
        }
    }

    private static void convert(Path from, Path to) throws IOException {
        ConvertOptions options = new ConvertOptions(
                Recipe.INT4_ZERO,
                64,
                List.of(new TypeRule(Pattern.compile("ffn_(up|gate)"), Recipe.NF4_DQ)),
                Importances.NONE);
        try (Checkpoint source = Gguf.open(from)) {
            GgufConverter.convert(source, to, options, (tensor, done, total) -> {});
        }
    }

    /** Processes killed at random moments: the file has the bytes of an unbroken run in the end, and no work was lost. */
    @Test
    void killedProcessesLoseAtMostATensor() throws Exception {
        Path source = temp.resolve("source.gguf");
        Synthesizer.write(
                Objects.requireNonNull(ModelShapes.find("tiny")).with(8, 512, 1024, 8, 0, 2000, 64),
                Recipe.F16,
                1,
                source,
                2,
                (tensor, done, total) -> {});
        Path whole = temp.resolve("whole.gguf");
        convert(source, whole);
        assertFalse(Files.exists(temp.resolve("whole.gguf.partial")));

        Path target = temp.resolve("target.gguf");
        Path partial = temp.resolve("target.gguf.partial");
        Random random = new Random();
        List<Long> tensors = new ArrayList<>();
        for (int kills = 0; kills < 3 && !Files.exists(target); kills++) {
            Process child = start(source, target);
            // Some moment after it has begun to write, or while it still starts.
            long journal = tensors.isEmpty() ? 0 : tensors.getLast();
            for (int i = 0; i < 5000 && child.isAlive() && journalled(partial, Files.size(whole)) <= journal; i++) {
                Thread.sleep(2);
            }
            child.waitFor(random.nextInt(100), TimeUnit.MILLISECONDS);
            child.destroyForcibly().waitFor();
            if (Files.exists(partial)) {
                tensors.add(journalled(partial, Files.size(whole)));
            }
        }
        assertTrue(tensors.getFirst() > 0, "tensors that the processes left whole: " + tensors);
        assertEquals(tensors.stream().sorted().toList(), tensors, "what was whole stays");
        assertTrue(Files.exists(target) || start(source, target).waitFor() == 0);
        assertEquals(-1, Files.mismatch(whole, target), "after " + tensors);
        assertFalse(Files.exists(partial));
    }

    private static long journalled(Path partial, long size) throws IOException {
        return Files.exists(partial) ? Math.max(0, (Files.size(partial) - size - JOURNAL_HEADER) / 4) : 0;
    }

    private static Process start(Path source, Path target) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Converter.class.getName(),
                        source.toString(),
                        target.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static final byte[] ORIGIN = {1, 2, 3};

    /** Three tensors of 1000 float32; {@code failing} is told when it is asked for its bytes. */
    private static GgufWriter writer(int from, List<Integer> asked, int failing) {
        GgufWriter writer =
                new GgufWriter(new Metadata("test", Map.of("general.architecture", MetadataValue.of("llama"))));
        for (int i = 0; i < 3; i++) {
            int n = i;
            TensorData data = sink -> {
                asked.add(n);
                if (n == failing) {
                    throw new IOException("no more");
                }
                float[] values = new float[1000];
                values[0] = from + n;
                byte[] bytes = new byte[4000];
                MemorySegment.copy(MemorySegment.ofArray(values), 0, MemorySegment.ofArray(bytes), 0, 4000);
                sink.write(MemorySegment.ofArray(bytes));
            };
            writer.add("t" + i, TensorType.F32, new long[] {1000}, data);
        }
        return writer;
    }

    private List<Integer> fail(Path target, int at) {
        List<Integer> asked = new ArrayList<>();
        assertThrows(IOException.class, () -> writer(0, asked, at).write(target, ORIGIN, (name, bytes) -> {}));
        return asked;
    }

    @Test
    void whatIsWholeIsNotMadeAgain() throws IOException {
        Path target = temp.resolve("t.gguf");
        assertEquals(List.of(0, 1, 2), fail(target, 2));
        assertEquals(List.of(2), fail(target, 2));
        List<Integer> asked = new ArrayList<>();
        List<String> there = new ArrayList<>();
        writer(0, asked, -1).write(target, ORIGIN, (name, bytes) -> there.add(name + " " + bytes));
        assertEquals(List.of(2), asked);
        assertEquals(List.of("t0 4000", "t1 4000"), there);
        Path plain = temp.resolve("plain.gguf");
        writer(0, asked, -1).write(plain);
        assertEquals(-1, Files.mismatch(plain, target));
        try (Gguf read = Gguf.open(target)) {
            float[] first = new float[1000];
            read.weight("t1").decode(0, first, 0, 1000);
            assertEquals(1f, first[0]);
        }
    }

    @Test
    void whatWasMadeFromSomethingElseIsMadeAgain() throws IOException {
        Path target = temp.resolve("t.gguf");
        fail(target, 2);
        List<Integer> asked = new ArrayList<>();
        writer(7, asked, -1).write(target, new byte[] {1, 2, 4}, (name, bytes) -> {});
        assertEquals(List.of(0, 1, 2), asked);
        Path plain = temp.resolve("plain.gguf");
        writer(7, asked, -1).write(plain);
        assertEquals(-1, Files.mismatch(plain, target));
    }

    /** A byte of the second tensor changed, or the file cut: all from there on is made again. */
    @Test
    void whatIsDamagedIsMadeAgain() throws IOException {
        Path target = temp.resolve("t.gguf");
        Path partial = temp.resolve("t.gguf.partial");
        fail(target, 2);
        byte[] bytes = Files.readAllBytes(partial);
        byte[] changed = bytes.clone();
        changed[bytes.length - JOURNAL_HEADER - 8 - 4032 - 100]++;
        Files.write(partial, changed);
        assertEquals(List.of(1, 2), fail(target, 2));
        Files.write(partial, Arrays.copyOf(bytes, bytes.length - 6));
        assertEquals(List.of(0, 1, 2), fail(target, 2));
        Files.write(partial, new byte[] {1, 2, 3});
        assertEquals(List.of(0, 1, 2), fail(target, 2));
        Files.write(partial, Arrays.copyOf(bytes, 5000));
        assertEquals(List.of(0, 1, 2), fail(target, 2));
    }

    @Test
    void twoDoNotWriteTheSameFile() {
        Path target = temp.resolve("t.gguf");
        GgufWriter outer = new GgufWriter(new Metadata("test", Map.of()));
        outer.add("a", TensorType.F32, new long[] {1}, sink -> {
            FileSystemException e = assertThrows(
                    FileSystemException.class,
                    () -> writer(0, new ArrayList<>(), -1).write(target, ORIGIN, (name, bytes) -> {}));
            assertTrue(Objects.requireNonNull(e.getMessage()).contains("being written"));
            throw new IOException("enough");
        });
        assertThrows(IOException.class, () -> outer.write(target, ORIGIN, (name, bytes) -> {}));
        assertFalse(Files.exists(target));
    }

    @Test
    void aChangedSourceIsNoticed() throws IOException {
        Path source = temp.resolve("s.gguf");
        Synthesizer.write(
                Objects.requireNonNull(ModelShapes.find("tiny")),
                Recipe.F16,
                1,
                source,
                2,
                (tensor, done, total) -> {});
        try (Checkpoint c = Gguf.open(source)) {
            List<TensorPlan.Entry> plan = new TensorPlan(c, ConvertOptions.of(Recipe.Q4_0)).entries();
            byte[] origin = Origin.of(c, plan);
            assertEquals(-1, Arrays.mismatch(origin, Origin.of(c, plan)));
            List<TensorPlan.Entry> other = new TensorPlan(c, ConvertOptions.of(Recipe.Q4_1)).entries();
            assertTrue(Arrays.mismatch(origin, Origin.of(c, other)) >= 0);
            Files.setLastModifiedTime(source, FileTime.fromMillis(1_000_000));
            assertTrue(Arrays.mismatch(origin, Origin.of(c, plan)) >= 0);
        }
    }
}
