package dev.keiryo.cli;

import dev.keiryo.engine.ActivationType;
import dev.keiryo.measure.Speed;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo bench} in a process of its own, whose memory is the model's alone. */
final class SpeedProcess {
    private SpeedProcess() {}

    /** @throws IOException where the process fails, with what it said */
    static Speed measure(Path model, int threads, ActivationType activations) throws IOException {
        List<String> command = command();
        command.addAll(List.of(
                "bench",
                model.toString(),
                "--threads",
                Integer.toString(threads),
                "--activations",
                activations.toString(),
                "--json"));
        Path errors = Files.createTempFile("keiryo", ".err");
        Process process = new ProcessBuilder(command)
                .redirectError(errors.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File(nothing())))
                .start();
        // Where Ctrl-C ends this process, its child ends too.
        Thread end = new Thread(process::destroy);
        Runtime.getRuntime().addShutdownHook(end);
        try {
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("measuring the speed of " + model + " failed: "
                        + Files.readString(errors).lines().reduce((a, b) -> b).orElse("no reason given"));
            }
            return read(model, out);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } finally {
            process.destroy();
            Files.deleteIfExists(errors);
            removeHook(end);
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // it runs already
        }
    }

    private static String nothing() {
        return File.separatorChar == '\\' ? "NUL" : "/dev/null";
    }

    private static Speed read(Path model, String json) throws IOException {
        try {
            JsonNode root = JsonMapper.shared().readTree(json);
            double prefill = 0;
            int tokens = 0;
            double decode = 0;
            for (JsonNode test : root.path("tests")) {
                String name = test.path("test").asString();
                double speed = test.path("medianTokensPerSecond").asDouble();
                if (name.startsWith("pp")) {
                    prefill = speed;
                    tokens = Integer.parseInt(name.substring(2));
                } else {
                    decode = speed;
                }
            }
            return new Speed(
                    root.path("loadSeconds").asDouble(),
                    tokens,
                    prefill,
                    decode,
                    root.path("peakProcessBytes").asLong());
        } catch (JacksonException e) {
            throw new IOException("measuring the speed of " + model + " gave no JSON: " + json, e);
        }
    }

    /** Java as it runs here, as far as it matters to speed. */
    private static List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (option.startsWith("-X") || option.startsWith("-Dkeiryo.kernels") || option.startsWith("-Dkeiryo.cpu")) {
                command.add(option);
            }
        }
        command.addAll(List.of(
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Dstdout.encoding=UTF-8"));
        command.add("-cp");
        command.add(Stream.of("java.class.path", "jdk.module.path")
                .map(p -> System.getProperty(p, ""))
                .filter(p -> !p.isEmpty())
                .collect(Collectors.joining(File.pathSeparator)));
        command.add(Main.class.getName());
        return command;
    }
}
