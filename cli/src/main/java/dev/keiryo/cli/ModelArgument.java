package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.cache.KvType;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.hub.Hub;
import dev.keiryo.hub.HubException;
import dev.keiryo.hub.RepoName;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The MODEL that a command works on: a file, a folder, a model that comes with the program, or a name on the hub. */
final class ModelArgument {
    @Parameters(
            paramLabel = "MODEL",
            arity = "0..1",
            defaultValue = ShippedModels.DEFAULT,
            description = {
                "A GGUF file, a Hugging Face folder, a llama2.c checkpoint, an ONNX export of a BERT, or ORG/NAME[@REVISION] on the"
                        + " hub.",
                "Default: ${DEFAULT-VALUE}, which comes with the program"
            })
    private String name;

    @Mixin
    private Threads threads = new Threads();

    @Option(
            names = "--kv",
            paramLabel = "TYPE",
            description = "Keys and values of past tokens as f32, f16, bf16, q8_0 or q4_0. Default: f32.")
    private KvType kvType = KvType.F32;

    @Option(
            names = "--kv-rotation",
            negatable = true,
            description = "Whether keys and values are kept rotated, so that few bits lose less. Default: for q4_0.")
    private @Nullable Boolean kvRotation;

    @Option(
            names = "--activations",
            paramLabel = "TYPE",
            description =
                    "Inputs of layers with quantized weights: int8, a scale for each block of 32; int8-token, one for"
                            + " each token; int8-static, one for all, from the file (convert --activation-range); or f32, exact but"
                            + " slower. Default: int8, but f32 for logits.")
    private @Nullable ActivationType activations;

    @Option(
            names = "--packing",
            paramLabel = "WHEN",
            description =
                    "A copy of the weights in the order in which they are read, as large as they are: auto (from the"
                            + " second step on, when there is the memory), always, cached (in a file beside the model,"
                            + " for the next time) or never. Default: auto.")
    private EngineOptions.Packing packing = EngineOptions.Packing.AUTO;

    @Option(
            names = "--max-memory",
            paramLabel = "cpu=SIZE",
            description =
                    "The most memory that the process may hold, such as cpu=1GiB. Weights for which there is no room are"
                            + " read from disk for each use: slower, with the same result.",
            converter = MemoryLimit.class)
    private long memory = EngineOptions.UNLIMITED;

    /** For commands whose figures are compared: inputs stay exact unless the command line says otherwise. */
    LanguageModel loadExact() throws IOException {
        activations = activations == null ? ActivationType.F32 : activations;
        return load();
    }

    /** As {@link #loadExact()}, of a model that another option names. */
    LanguageModel loadExact(String other) throws IOException {
        name = other;
        return loadExact();
    }

    String name() {
        return name;
    }

    int threads() {
        return threads.count();
    }

    /** The file or folder, downloaded first where the name is a hub's. */
    Path path() throws IOException {
        return resolve(name);
    }

    static Path resolve(String name) throws IOException {
        Path path = Path.of(name);
        if (Files.exists(path)) {
            return path;
        }
        Path shipped = ShippedModels.find(name);
        if (shipped != null) {
            return shipped;
        }
        if (!RepoName.matches(name)) {
            return path;
        }
        try (ProgressBar bar = ProgressBar.onStandardError();
                Hub hub = Hub.fromEnvironment(bar)) {
            return hub.resolve(name);
        } catch (HubException e) {
            throw new IOException("there is no file or folder " + name + ", and from the hub: " + e.getMessage(), e);
        } catch (ConnectException e) {
            throw new IOException(
                    "there is no file or folder " + name + " here or in KEIRYO_MODELS, and the hub: " + e.getMessage(),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted; the next call goes on where this one stopped");
        }
    }

    LanguageModel load() throws IOException {
        return Keiryo.load(path(), options());
    }

    /** As {@link #load()}, with an engine that knows again what it has processed once. */
    LanguageModel loadRemembering() throws IOException {
        return Keiryo.load(path(), options().withPrefixMemory(Long.MAX_VALUE));
    }

    /** What the command line says of how to compute. */
    EngineOptions options() {
        return EngineOptions.defaults()
                .withThreads(threads())
                .withKvType(kvType)
                .withKvRotation(kvRotation == null ? kvType == KvType.Q4_0 : kvRotation)
                .withActivations(activations == null ? ActivationType.INT8 : activations)
                .withMemory(memory)
                .withPacking(packing)
                .withPacked(new PackingProgress());
    }

    Checkpoint open() throws IOException {
        return Checkpoints.open(path());
    }
}
