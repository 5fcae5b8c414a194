package dev.keiryo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.cache.KvType;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.plan.ModelPlan;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.Synthesizer;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What {@code keiryo run} holds at most, in a process of its own: as planned, and within a limit. */
@Timeout(240)
@EnabledOnOs(OS.LINUX)
final class ProcessMemoryTest {
    private static final String PROMPT = "one two three ".repeat(60);

    @TempDir
    private Path folder;

    private record Ran(String text, long peak) {}

    @Test
    void asPlannedAndWithinALimit() throws Exception {
        Path model = folder.resolve("model.gguf");
        Synthesizer.write(
                Objects.requireNonNull(ModelShapes.find("smollm2-135m")), Recipe.BF16, 1, model, 2, (t, d, a) -> {});
        Ran free = run(model);
        try (ModelPlan plan = new ModelPlan(Checkpoints.open(model))) {
            double planned = plan.processBytes(null, 512, KvType.F32);
            assertEquals(1, planned / free.peak, 0.1, planned + " planned, " + free.peak + " held");
        }
        long limit = 280L << 20;
        assertTrue(limit < free.peak, free.peak + " is no more than the limit");
        Ran limited = run(model, "--max-memory", "cpu=280MiB");
        assertTrue(limited.peak <= limit, limited.peak + " bytes were held");
        assertEquals(free.text, limited.text);
    }

    private Ran run(Path model, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(Objects.requireNonNull(System.getProperty("java.home")), "bin", "java")
                        .toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                Stream.of("jdk.module.path", "java.class.path")
                        .map(System::getProperty)
                        .filter(path -> path != null && !path.isEmpty())
                        .collect(Collectors.joining(File.pathSeparator)),
                "dev.keiryo.cli.Main",
                "run",
                model.toString(),
                "-p",
                PROMPT,
                "-n",
                "6",
                "--temp",
                "0"));
        command.addAll(List.of(options));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        int code = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start()
                .waitFor();
        String said = Files.readString(err, StandardCharsets.UTF_8);
        assertEquals(0, code, said);
        Matcher peak = Pattern.compile("peak memory ([0-9.]+) ([MG])iB").matcher(said);
        assertTrue(peak.find(), said);
        double unit = peak.group(2).equals("M") ? 1 << 20 : 1 << 30;
        return new Ran(
                Files.readString(out, StandardCharsets.UTF_8), (long) (Double.parseDouble(peak.group(1)) * unit));
    }
}
