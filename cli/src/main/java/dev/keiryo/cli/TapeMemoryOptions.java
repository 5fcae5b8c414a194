package dev.keiryo.cli;

import dev.keiryo.model.Transformer;
import dev.keiryo.train.MemoryLimit;
import dev.keiryo.train.Microbatch;
import dev.keiryo.train.tape.Parameters;
import dev.keiryo.train.tape.TapeOptions;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What training keeps in memory, and what it computes again. */
final class TapeMemoryOptions {
    @Option(
            names = "--checkpoint-layers",
            paramLabel = "N",
            description =
                    "Layers of which only the input is kept: less memory, a quarter slower. Default: ${DEFAULT-VALUE}, or what --memory takes")
    private int checkpointed;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description =
                    "Memory at most for weights, gradients, the optimizer and intermediate results, such as 2GiB: as many layers are computed again as it"
                            + " takes. The program itself comes on top. Default: no limit",
            converter = Bytes.Amount.class)
    private @Nullable Long memory;

    @Option(
            names = "--storage",
            paramLabel = "TYPE",
            description =
                    "What intermediate results are kept as for the way back: f32, or bf16, rounded, in half the memory. Default: ${DEFAULT-VALUE}")
    private TapeOptions.Storage storage = TapeOptions.Storage.F32;

    TapeOptions apply(TapeOptions options) {
        if (memory != null && checkpointed > 0) {
            throw new UsageException("give either --memory, which chooses, or --checkpoint-layers");
        }
        return options.withCheckpointedLayers(checkpointed).withStorage(storage);
    }

    /** Before anything is allocated: whether there is any hope. */
    void check(long weights) {
        if (memory != null && 8 * weights > memory) {
            throw new UsageException(String.format(
                    Locale.ROOT,
                    "%,d weights and their gradients alone take %s in float32, more than --memory %s",
                    weights,
                    Bytes.format(8 * weights),
                    Bytes.format(memory)));
        }
    }

    /**
     * With as many layers computed again as the limit takes.
     *
     * @param example a batch as all will be
     */
    TapeOptions fitted(
            TapeOptions options,
            Transformer model,
            Parameters parameters,
            long optimizerBytes,
            Microbatch example,
            int threads) {
        if (memory == null) {
            return options;
        }
        MemoryLimit.Choice choice =
                new MemoryLimit(memory).choose(model, parameters, options, optimizerBytes, example, threads);
        if (choice.bytes() > memory) {
            throw new UsageException(String.format(
                    Locale.ROOT,
                    "training takes at least %s, with %d of %d layers computed again (weights and gradients %s, optimizer %s, intermediate results %s):"
                            + " more than --memory %s. Give that much, fewer tokens a pass (--batch, --length; --accumulate makes up for it)%s, or another --optimizer",
                    Bytes.format(choice.bytes()),
                    choice.layers(),
                    choice.of(),
                    Bytes.format(choice.weights() + choice.gradients()),
                    Bytes.format(choice.optimizer()),
                    Bytes.format(choice.results()),
                    Bytes.format(memory),
                    storage == TapeOptions.Storage.F32 ? ", --storage bf16" : ""));
        }
        System.err.printf(
                Locale.ROOT,
                "keiryo: %d of %d layers are computed again; training takes %s of %s%n",
                choice.layers(),
                choice.of(),
                Bytes.format(choice.bytes()),
                Bytes.format(memory));
        return options.withCheckpointedLayers(choice.layers());
    }

    /** What of it decides about a run's numbers: how many layers are computed again does where results are rounded. */
    String text(TapeOptions options) {
        return storage == TapeOptions.Storage.F32
                ? ""
                : " storage=bf16 checkpoint-layers=" + options.checkpointedLayers();
    }
}
