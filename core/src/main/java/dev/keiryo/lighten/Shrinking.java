package dev.keiryo.lighten;

import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.prune.PruneOptions;
import dev.keiryo.prune.PrunedModel;
import dev.keiryo.prune.Sparsity;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What is taken out of a model before its types are chosen.
 *
 * @param share of the weights of the layers' matrices
 * @param method how
 */
public record Shrinking(double share, Method method) {
    /** What goes. */
    public enum Method {
        /** Neurons of the feed-forward parts, as many in each layer: the file is smaller, and the model faster. */
        NEURONS,
        /** Single weights, which become zero: {@link PruneOptions.Method#SPARSEGPT}. The file is as large as before. */
        SPARSEGPT,
        /** Likewise, {@link PruneOptions.Method#WANDA}. */
        WANDA
    }

    /** Of the neurons, at most. */
    private static final double MOST = 0.9;

    private static final Pattern IN_LAYER = Pattern.compile("^blk\\.\\d+\\.");
    private static final Pattern FEED_FORWARD = Pattern.compile("^blk\\.\\d+\\.ffn_(gate|up|down)\\.weight$");

    public Shrinking {
        if (!(share > 0 && share < 1)) {
            throw new IllegalArgumentException("the share to take out should be between 0 and 1, but is " + share);
        }
    }

    /**
     * How {@code keiryo prune} would do it.
     *
     * @throws IllegalArgumentException where the feed-forward parts have not so many weights
     */
    PruneOptions options(Checkpoint model) {
        return switch (method) {
            case NEURONS -> PruneOptions.NONE.withFfnRatio(neurons(model));
            case SPARSEGPT -> PruneOptions.NONE.withWeights(PruneOptions.Method.SPARSEGPT, new Sparsity.Ratio(share));
            case WANDA -> PruneOptions.NONE.withWeights(PruneOptions.Method.WANDA, new Sparsity.Ratio(share));
        };
    }

    private double neurons(Checkpoint model) {
        long all = 0;
        long feedForward = 0;
        for (Weight w : model.weights()) {
            if (IN_LAYER.matcher(w.name()).find() && Recipe.isMatrix(w.name(), w.shape())) {
                all += w.count();
                feedForward += FEED_FORWARD.matcher(w.name()).matches() ? w.count() : 0;
            }
        }
        if (share * all > MOST * feedForward) {
            throw new IllegalArgumentException(String.format(
                    java.util.Locale.ROOT,
                    "neurons of the feed-forward parts hold %.0f %% of the layers' weights, of which nine tenths can go;"
                            + " take out less, or use keiryo prune with --head-ratio or --drop-layers",
                    100.0 * feedForward / Math.max(1, all)));
        }
        return share * all / feedForward;
    }

    /** Writes what is left of {@code model} to {@code file}, in the types that it has; quantized matrices that change become float32. */
    void write(Checkpoint model, CalibrationTexts texts, EngineOptions engine, Path file, TypeSearch.Progress progress)
            throws IOException {
        Path folder = Objects.requireNonNullElse(file.toAbsolutePath().getParent(), Path.of("."));
        try (PrunedModel pruned = PrunedModel.of(
                model,
                options(model),
                texts,
                engine,
                folder,
                (what, done, total) -> progress.at("pruning, " + what, done, total))) {
            Files.deleteIfExists(file);
            GgufConverter.convert(
                    pruned.checkpoint(),
                    file,
                    ConvertOptions.NONE,
                    (tensor, done, total) -> progress.at("bytes, writing what is left", done, total));
        }
    }
}
