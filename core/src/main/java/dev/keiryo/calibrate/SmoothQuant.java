package dev.keiryo.calibrate;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.engine.Engine;
import dev.keiryo.file.ScratchFile;
import dev.keiryo.kernel.Workers;
import dev.keiryo.quantize.Importances;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * SmoothQuant: inputs X of matrices W that are hard to round, as some columns are much larger than the others, are divided by numbers s
 * column by column, and the matrices' columns multiplied by them: {@code X·Wᵀ = (X/s)·(W·s)ᵀ},
 *
 * <pre>
 *   s_j = max|X_j|^α / max|W_j|^(1-α)
 * </pre>
 *
 * over the tokens of a text, and the rows of all matrices with that input. Inputs are divided where they come from ({@link InputGroups}), so
 * that the model computes the same as before and the file is an ordinary one. Nothing is rounded here. Only columns of an input that come from
 * one row share their s, and so their maxima.
 *
 * <p>Xiao et al. 2023, "SmoothQuant: accurate and efficient post-training quantization for large language models", arXiv:2211.10438.
 */
public final class SmoothQuant implements CalibratedQuantization {
    /** Of the largest: columns that are nearly always 0 are not scaled up without end. */
    private static final float FLOOR = 1e-5f;

    private final Checkpoint source;
    private final @Nullable Double alpha;
    private final SequentialGptq.Progress progress;
    private final ScratchFile scratch;
    private final SmoothingSearch search;
    private final List<InputGroup> groups;
    private final FoldedScales folded = new FoldedScales();
    private final Map<String, Double> alphas = new LinkedHashMap<>();
    private final List<Weight> replaced = new ArrayList<>();

    private SmoothQuant(
            Checkpoint source,
            @Nullable Double alpha,
            ActivationRange range,
            Workers workers,
            ScratchFile scratch,
            SequentialGptq.Progress progress)
            throws FormatException {
        this.source = source;
        this.alpha = alpha;
        this.progress = progress;
        this.scratch = scratch;
        this.search = new SmoothingSearch(range, workers);
        this.groups = InputGroups.of(source, "SmoothQuant");
    }

    /**
     * Smooths the model of {@code engine}, which should compute with exact inputs. Close what is returned when it has been written.
     *
     * @param alpha from 0, all difficulty left to the inputs, to 1; null: of 0, 0.05 … 1 and no smoothing at all, for each input the one with
     *     the least error of outputs, weights being rounded to 8 bits with a scale for each row, inputs with one for all tokens
     * @param range how that one scale is found
     * @param folder where there is room for what changes, as float32
     */
    public static SmoothQuant run(
            Engine engine,
            CalibrationTexts texts,
            @Nullable Double alpha,
            ActivationRange range,
            Path folder,
            SequentialGptq.Progress progress)
            throws IOException {
        if (alpha != null && !(alpha >= 0 && alpha <= 1)) {
            throw new IllegalArgumentException("alpha should be from 0 to 1, but is " + alpha);
        }
        ScratchFile scratch = new ScratchFile(folder);
        try (Workers workers = new Workers(engine.threads())) {
            SmoothQuant run = new SmoothQuant(engine.checkpoint(), alpha, range, workers, scratch, progress);
            texts.runTogether(engine, new GroupInputs(run.groups, run::see)::wrap);
            for (Weight w : engine.checkpoint().weights()) {
                if (run.folded.changes(w)) {
                    run.replaced.add(run.folded.write(w, scratch.allocate(4 * w.count())));
                }
            }
            return run;
        } catch (UncheckedIOException e) {
            scratch.close();
            throw SequentialGptq.cause(e);
        } catch (IOException | RuntimeException e) {
            scratch.close();
            throw e;
        }
    }

    @Override
    public CalibratedModel model() throws IOException {
        return CalibratedModel.of(source, replaced, Set.of(), Importances.NONE);
    }

    /** The α of each tensor whose columns have been scaled. */
    public Map<String, Double> alphas() {
        return Map.copyOf(alphas);
    }

    private void see(InputGroup group, Matrix x, int seen) throws FormatException {
        float[] inputs = new float[x.cols()];
        for (int r = 0; r < x.rows(); r++) {
            largest(x.toArray(r), inputs);
        }
        float[] weights = new float[x.cols()];
        float[] row = new float[x.cols()];
        for (Weight matrix : group.matrices()) {
            matrix.type().checkComputable(matrix.name());
            for (int r = 0; r < matrix.rows(); r++) {
                matrix.decode((long) r * row.length, row, 0, row.length);
                largest(row, weights);
            }
        }
        float[] most = group.most(inputs);
        float[] heaviest = group.most(weights);
        float[] s = new float[most.length];
        Arrays.fill(s, 1);
        double chosen = 0;
        if (alpha != null) {
            s = scales(most, heaviest, alpha);
            chosen = alpha;
        } else {
            double least = search.error(group, x, s);
            for (int step = 0; step <= 20; step++) {
                float[] candidate = scales(most, heaviest, step / 20.0);
                double error = search.error(group, x, candidate);
                if (error < least) {
                    least = error;
                    s = candidate;
                    chosen = step / 20.0;
                }
            }
        }
        folded.fold(group, s);
        for (Weight matrix : group.matrices()) {
            alphas.put(matrix.name(), chosen);
        }
        progress.rounded(group.matrices().getFirst().name(), seen, groups.size());
    }

    private static void largest(float[] row, float[] most) {
        for (int j = 0; j < most.length; j++) {
            most[j] = Math.max(most[j], Math.abs(row[j]));
        }
    }

    /** {@code x_j^α / w_j^(1-α)}. */
    static float[] scales(float[] x, float[] w, double alpha) {
        float leastInput = floor(x);
        float leastWeight = floor(w);
        float[] s = new float[x.length];
        for (int j = 0; j < s.length; j++) {
            s[j] = (float)
                    (Math.pow(Math.max(x[j], leastInput), alpha) / Math.pow(Math.max(w[j], leastWeight), 1 - alpha));
        }
        return s;
    }

    private static float floor(float[] of) {
        float most = 0;
        for (float v : of) {
            most = Math.max(most, v);
        }
        return most > 0 ? most * FLOOR : 1;
    }

    @Override
    public void close() throws IOException {
        scratch.close();
    }
}
