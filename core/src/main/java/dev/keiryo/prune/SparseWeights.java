package dev.keiryo.prune;

import dev.keiryo.FormatException;
import dev.keiryo.calibrate.InputObserver;
import dev.keiryo.calibrate.InputStatistics;
import dev.keiryo.calibrate.MatrixName;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.file.ScratchFile;
import dev.keiryo.kernel.Workers;
import dev.keiryo.prune.PruneOptions.Method;
import dev.keiryo.prune.Sparsity.Pattern;
import dev.keiryo.prune.Sparsity.Ratio;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Sets single weights of the matrices in a model's layers to zero, matrix by matrix. */
final class SparseWeights {
    private final EditedCheckpoint model;
    private final Method method;
    private final Sparsity sparsity;
    private final ScratchFile scratch;
    private final Workers workers;

    SparseWeights(EditedCheckpoint model, PruneOptions.Weights how, ScratchFile scratch, Workers workers)
            throws FormatException {
        this.model = model;
        this.method = how.method();
        this.sparsity = how.sparsity();
        this.scratch = scratch;
        this.workers = workers;
        for (Weight w : matrices(model)) {
            if (sparsity instanceof Pattern p && w.cols() % p.of() != 0) {
                throw new FormatException(
                        model.source(), "the rows of " + w + " are not whole groups of " + p.of() + "; use a ratio");
            }
        }
    }

    /** What the names of each layer's tensors begin with, in the order in which a text meets them. */
    static List<String> layers(Checkpoint model) throws FormatException {
        Metadata keys = model.metadata();
        String architecture = keys.architecture();
        int count = keys.integer(architecture + ".block_count");
        if (!architecture.equals("t5")) {
            return named("blk.", count);
        }
        List<String> both = new ArrayList<>(named("enc.blk.", count));
        both.addAll(named("dec.blk.", keys.integer(architecture + ".decoder_block_count", count)));
        return both;
    }

    private static List<String> named(String stack, int count) {
        return IntStream.range(0, count).mapToObj(i -> stack + i + ".").toList();
    }

    /** The matrices that are pruned. */
    static List<Weight> matrices(Checkpoint model) {
        return model.weights().stream().filter(SparseWeights::isPruned).toList();
    }

    private static boolean isPruned(Weight w) {
        return MatrixName.of(w.name()).isInLayer() && Recipe.isMatrix(w.name(), w.shape());
    }

    /** All matrices, without looking at inputs. */
    void byMagnitude(PruneProgress progress) throws IOException {
        GlobalMagnitude global = method == Method.GLOBAL_MAGNITUDE ? globalLimit() : null;
        List<Weight> matrices = matrices(model);
        for (int i = 0; i < matrices.size(); i++) {
            prune(matrices.get(i), null, global);
            progress.at("matrices", i + 1, matrices.size());
        }
    }

    private GlobalMagnitude globalLimit() throws IOException {
        long count = 0;
        for (Weight w : matrices(model)) {
            count += w.count();
        }
        long zeros = Math.round(((Ratio) sparsity).zeros() * count);
        return GlobalMagnitude.of(
                to -> {
                    for (Weight w : matrices(model)) {
                        for (Weight part : parts(w)) {
                            to.visit(Floats.read(part));
                        }
                    }
                },
                zeros);
    }

    /** Prunes the matrices of a layer, whose names begin with {@code layer}. */
    void layer(String layer, InputObserver inputs) throws IOException {
        for (Weight w : of(layer)) {
            prune(w, inputs, null);
        }
    }

    /** The matrices of a layer, as they are now. */
    List<Weight> of(String layer) {
        return matrices(model).stream().filter(w -> w.name().startsWith(layer)).toList();
    }

    private void prune(Weight w, @Nullable InputObserver inputs, @Nullable GlobalMagnitude global) throws IOException {
        Weight sparse = Floats.allocate(w.name(), Floats.kept(w.type()), w.shape(), scratch);
        long at = 0;
        for (Weight part : parts(w)) {
            float[] values = Floats.read(part);
            if (global != null) {
                global.clear(values);
            } else {
                prune(values, part, inputs);
            }
            Floats.write(values, sparse, at);
            at += values.length;
        }
        model.replace(sparse);
    }

    private void prune(float[] values, Weight part, @Nullable InputObserver inputs) throws FormatException {
        int rows = part.rows();
        int cols = part.cols();
        InputStatistics seen = inputs == null ? null : inputs.of(part);
        double[] gram = seen == null ? null : seen.gram();
        if (seen == null) {
            Scoring.magnitude(values, rows, cols, sparsity, workers);
        } else if (method == Method.WANDA) {
            Scoring.wanda(values, rows, cols, sparsity, seen.squares(), workers);
        } else if (gram != null) {
            SparseGpt.prune(values, rows, cols, sparsity, gram, workers);
        }
    }

    /** Itself, or the experts stacked in it. */
    static List<Weight> parts(Weight w) {
        if (w.shape().length < 3) {
            return List.of(w);
        }
        return IntStream.range(0, Math.toIntExact(w.shape()[0]))
                .mapToObj(w::slice)
                .toList();
    }
}
