package dev.keiryo.prune;

import dev.keiryo.FormatException;
import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.calibrate.InputObserver;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.Fingerprint;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.file.ScratchFile;
import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A model with parts taken out, to be used or written as any other while this, and what it was made from, are open. Changed tensors
 * are in a file without a name.
 */
public final class PrunedModel implements AutoCloseable {
    /** What was done to a model, in words. */
    public static final String KEY = "keiryo.pruning";

    private final ScratchFile scratch;
    private final EngineOptions options;
    private final @Nullable CalibrationTexts texts;
    private final PruneProgress progress;
    private final @Nullable Path finished;
    private @Nullable FinishedLayers layers;
    private EditedCheckpoint model;
    private double[] influence = {};
    private BitSet dropped = new BitSet();

    private PrunedModel(
            EditedCheckpoint model,
            ScratchFile scratch,
            EngineOptions options,
            @Nullable CalibrationTexts texts,
            @Nullable Path finished,
            PruneProgress progress) {
        this.finished = finished;
        this.model = model;
        this.scratch = scratch;
        this.options = options;
        this.texts = texts;
        this.progress = progress;
    }

    /**
     * Prunes {@code source}, which stays as it is.
     *
     * @param texts what inputs of layers are known from; may be null where {@link PruneOptions#isCalibrated} is not so
     * @param engine how texts are computed
     * @param folder where there is room for what changes
     * @throws FormatException where the architecture cannot have it, or the checkpoint is damaged
     * @throws IllegalArgumentException where the model has not so much to take out, or texts are missing
     */
    public static PrunedModel of(
            Checkpoint source,
            PruneOptions options,
            @Nullable CalibrationTexts texts,
            EngineOptions engine,
            Path folder,
            PruneProgress progress)
            throws IOException {
        return of(source, options, texts, engine, folder, null, progress);
    }

    /**
     * As {@link #of(Checkpoint, PruneOptions, CalibrationTexts, EngineOptions, Path, PruneProgress)}, going on where an earlier process that did the same was
     * ended: single weights are chosen layer by layer, which takes longest.
     *
     * @param finished a folder for layers that are done, which {@link #forget} removes when nobody needs to go on any more; null: none is kept
     */
    public static PrunedModel of(
            Checkpoint source,
            PruneOptions options,
            @Nullable CalibrationTexts texts,
            EngineOptions engine,
            Path folder,
            @Nullable Path finished,
            PruneProgress progress)
            throws IOException {
        if (options.isCalibrated() && texts == null) {
            throw new IllegalArgumentException("texts are needed to see what the layers' inputs are");
        }
        ScratchFile scratch = new ScratchFile(folder);
        try {
            PrunedModel pruned = new PrunedModel(
                    EditedCheckpoint.of(source),
                    scratch,
                    engine.withPacking(EngineOptions.Packing.NEVER).withActivations(ActivationType.F32),
                    texts,
                    finished,
                    progress);
            try {
                pruned.prune(options);
            } catch (IOException | RuntimeException e) {
                pruned.closeLayers();
                throw e;
            }
            return pruned;
        } catch (IOException | RuntimeException e) {
            scratch.close();
            throw e;
        }
    }

    private void prune(PruneOptions how) throws IOException {
        if (how.dropLayers() > 0 || how.layers() != null) {
            dropLayers(how);
        }
        if (how.headRatio() > 0) {
            reduceWidth((reduction, inputs) -> reduction.withoutHeads(how.headRatio(), inputs));
        }
        if (how.ffnRatio() > 0) {
            reduceWidth((reduction, inputs) -> reduction.withoutNeurons(how.ffnRatio(), inputs));
        }
        if (how.weights() != null) {
            clearWeights(how.weights());
        }
        if (how.equals(PruneOptions.NONE)) {
            return;
        }
        MetadataValue before = model.metadata().find(KEY);
        String done = how.describe() + (how.isCalibrated() ? " on " + digest() : "");
        model = model.with(KEY, MetadataValue.of(before == null ? done : before.value() + "; " + done));
    }

    /** Makes a model narrower. */
    private interface Narrowing {
        EditedCheckpoint of(WidthReduction reduction, InputObserver inputs) throws IOException;
    }

    private void reduceWidth(Narrowing how) throws IOException {
        WidthReduction reduction = new WidthReduction(model, scratch);
        try (Workers workers = new Workers(options.threads());
                InputObserver inputs = new InputObserver(name -> true, name -> false, options.kernels(), workers)) {
            TextPasses passes = passes();
            passes.run(model, options, (source, text) -> {
                progress.at("tokens", text.first(), passes.tokens());
                return inputs::wrap;
            });
            model = how.of(reduction, inputs);
        }
    }

    private void clearWeights(PruneOptions.Weights how) throws IOException {
        try (Workers workers = new Workers(options.threads())) {
            SparseWeights weights = new SparseWeights(model, how, scratch, workers);
            if (!how.method().isCalibrated()) {
                weights.byMagnitude(progress);
                return;
            }
            List<String> names = SparseWeights.layers(model);
            FinishedLayers kept = finished == null ? null : new FinishedLayers(finished, origin(how));
            layers = kept;
            int first = 0;
            while (kept != null && first < names.size() && kept.restore(first, weights.of(names.get(first)), model)) {
                first++;
            }
            LayerWalk walk = new LayerWalk(model, names, passes(), options, scratch, progress);
            for (int layer = first; layer < names.size(); layer++) {
                try (InputObserver inputs = new InputObserver(
                        name -> true,
                        name -> how.method() == PruneOptions.Method.SPARSEGPT,
                        options.kernels(),
                        workers)) {
                    walk.watch(layer, inputs::wrap);
                    weights.layer(names.get(layer), inputs);
                }
                if (kept != null) {
                    kept.keep(layer, weights.of(names.get(layer)));
                }
            }
        }
    }

    /** All that decides about pruned layers. */
    private String origin(PruneOptions.Weights how) {
        return HexFormat.of().formatHex(Fingerprint.of(model)) + " " + how.method() + " " + how.sparsity() + " "
                + digest();
    }

    /** Removes what {@code finished} holds, as it was given to {@link #of}; this must be closed. */
    public static void forget(Path finished) throws IOException {
        FinishedLayers.delete(finished);
    }

    private void closeLayers() {
        if (layers != null) {
            layers.close();
        }
    }

    /** Tells texts apart, so that no interrupted conversion goes on with another's. */
    private String digest() {
        int hash = 1;
        CalibrationTexts read = read();
        for (int[] text : read.texts()) {
            hash = 31 * hash + Arrays.hashCode(text);
        }
        for (int[] text : read.sources()) {
            hash = 31 * hash + Arrays.hashCode(text);
        }
        return read.texts().size() + " texts " + Integer.toHexString(hash);
    }

    private CalibrationTexts read() {
        return Objects.requireNonNull(texts);
    }

    private TextPasses passes() {
        return new TextPasses(read());
    }

    private void dropLayers(PruneOptions how) throws IOException {
        LayerRemoval removal = new LayerRemoval(model);
        if (how.layers() != null) {
            dropped = how.layers();
        } else {
            influence = measuredInfluence();
            dropped = removal.leastOf(influence, how.dropLayers());
        }
        model = removal.without(dropped);
    }

    private double[] measuredInfluence() throws IOException {
        BlockInfluence influences = new BlockInfluence();
        TextPasses passes = passes();
        passes.run(model, options, (source, text) -> {
            progress.at("tokens", text.first(), passes.tokens());
            return influences::observe;
        });
        return influences.influence();
    }

    /** The result. */
    public Checkpoint checkpoint() {
        return model;
    }

    /** Of each layer that there was, where layers have been chosen by it; else empty. */
    public double[] influence() {
        return influence.clone();
    }

    /** The layers that there are no more, by their numbers before. */
    public BitSet dropped() {
        return (BitSet) dropped.clone();
    }

    /**
     * How many of the weights that are pruned in {@code model} are zero.
     *
     * @param zeros exactly zero, as decoded
     * @param weights all of the matrices in layers
     */
    public record Zeros(long zeros, long weights) {
        public double share() {
            return weights == 0 ? 0 : (double) zeros / weights;
        }
    }

    /** Counts the zeros of a model as stored. */
    public static Zeros zeros(Checkpoint model) throws FormatException {
        long zeros = 0;
        long weights = 0;
        for (Weight w : SparseWeights.matrices(model)) {
            for (Weight part : SparseWeights.parts(w)) {
                for (float v : Floats.read(part)) {
                    zeros += v == 0 ? 1 : 0;
                }
                weights += part.count();
            }
        }
        return new Zeros(zeros, weights);
    }

    @Override
    public void close() throws IOException {
        closeLayers();
        scratch.close();
    }
}
