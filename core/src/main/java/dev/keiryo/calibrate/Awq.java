package dev.keiryo.calibrate;

import static java.util.Objects.requireNonNull;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.convert.GgufConverter.Planned;
import dev.keiryo.engine.Engine;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.Workers;
import dev.keiryo.quantize.FixedScales;
import dev.keiryo.quantize.Importances;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Activation-aware quantization: before rounding, each column j of a matrix is multiplied by {@code s_j} and its input divided by it, so
 * that columns of large inputs lose less. {@code s_j = m_j^α} with m the mean magnitude of the input, divided by {@code √(max s·min s)};
 * of 21 α from 0 to 1 the one with the least {@code ‖X·Wᵀ - (X/s)·Q(W·s)ᵀ‖²} over the calibration text, for all matrices with that input
 * together. Inputs are divided where they come from ({@link InputGroups}), so that the file is an ordinary one. Q chooses each block's scale
 * such that the error weighed by {@code (XᵀX)_jj / s_j²} is least, below the largest weight if need be, which is the paper's search for a
 * clipping. Of experts, X is what the router reads. Where an input can be divided nowhere, s is 1 and that search is all there is.
 *
 * <p>Lin et al. 2023, "AWQ: activation-aware weight quantization for LLM compression and acceleration", arXiv:2306.00978.
 */
public final class Awq implements CalibratedQuantization {
    private static final int STEPS = 20;

    private final Checkpoint source;
    private final Map<String, Planned> plan;
    private final Importances others;
    private final SequentialGptq.Progress progress;
    private final Workers workers;
    private final GramProducts products;
    private final Arena arena = Arena.ofShared();
    private final List<InputGroup> groups = new ArrayList<>();

    private final FoldedScales folded = new FoldedScales();
    private final Map<String, float[]> importances = new HashMap<>();
    private final Map<String, Double> alphas = new HashMap<>();
    private final List<Weight> replaced = new ArrayList<>();
    private final Set<String> finished = new HashSet<>();

    private Awq(
            Checkpoint source,
            ConvertOptions convert,
            Importances others,
            int threads,
            SequentialGptq.Progress progress)
            throws IOException {
        this.source = source;
        this.others = others;
        this.plan = GgufConverter.plan(source, convert);
        this.progress = progress;
        for (InputGroup group : InputGroups.of(source, "AWQ")) {
            for (Weight w : group.matrices()) {
                w.type().checkComputable(w.name());
                if (w.cols() > 46340) {
                    throw new FormatException(w.name(), w + " is too large for AWQ");
                }
            }
            if (group.matrices().stream().anyMatch(w -> scalesOf(w) != null)) {
                groups.add(group);
            }
        }
        if (groups.isEmpty()) {
            throw new FormatException(
                    source.source(), "AWQ has nothing to do: it is for types of blocks, such as q4_0, q4_k or nf4");
        }
        this.workers = new Workers(threads);
        this.products = new GramProducts(Kernels.best(), workers);
    }

    /**
     * Quantizes the model of {@code engine}, which should compute with exact inputs. Close what is returned when it has been written.
     *
     * @param convert the types of the file to be written
     * @param others what the same texts show of matrices whose inputs can be divided nowhere
     */
    public static Awq run(
            Engine engine,
            CalibrationTexts texts,
            ConvertOptions convert,
            Importances others,
            SequentialGptq.Progress progress)
            throws IOException {
        Awq run = new Awq(engine.checkpoint(), convert, others, engine.threads(), progress);
        try {
            texts.runTogether(engine, new GroupInputs(run.groups, run::see)::wrap);
            run.quantize();
            return run;
        } catch (UncheckedIOException e) {
            run.close();
            throw SequentialGptq.cause(e);
        } catch (IOException | RuntimeException e) {
            run.close();
            throw e;
        }
    }

    @Override
    public CalibratedModel model() throws IOException {
        return CalibratedModel.of(source, replaced, finished, this::importance);
    }

    /** The α of each tensor whose columns have been scaled. */
    public Map<String, Double> alphas() {
        return Map.copyOf(alphas);
    }

    private void see(InputGroup group, Matrix x, int seen) throws FormatException {
        int cols = x.cols();
        double[] gram = new double[cols * cols];
        products.add(x, gram);
        double[] magnitudes = new double[cols];
        for (int r = 0; r < x.rows(); r++) {
            float[] row = x.toArray(r);
            for (int j = 0; j < cols; j++) {
                magnitudes[j] += Math.abs(row[j]) / x.rows();
            }
        }
        search(group, gram, group.mean(magnitudes));
        progress.rounded(group.matrices().getFirst().name(), seen, groups.size());
    }

    private void search(InputGroup group, double[] gram, double[] magnitudes) throws FormatException {
        int cols = magnitudes.length;
        float[] importance = Gptq.importance(gram, cols);
        double least = Double.POSITIVE_INFINITY;
        float[] best = new float[cols];
        Arrays.fill(best, 1);
        double bestAlpha = 0;
        try (OutputError outputs = new OutputError(gram, cols, workers)) {
            for (int step = 0; step <= STEPS; step++) {
                double alpha = (double) step / STEPS;
                float[] s = scales(magnitudes, alpha);
                double sum = 0;
                for (Weight w : group.matrices()) {
                    FixedScales scales = scalesOf(w);
                    if (scales != null) {
                        sum += error(w, scales, s, importance, outputs);
                    }
                }
                if (sum < least) {
                    least = sum;
                    best = s;
                    bestAlpha = alpha;
                }
            }
        }
        folded.fold(group, best);
        for (Weight w : group.matrices()) {
            importances.put(w.name(), scaled(importance, best));
            alphas.put(w.name(), bestAlpha);
        }
    }

    static float[] scales(double[] magnitudes, double alpha) {
        float[] s = new float[magnitudes.length];
        double most = 0;
        double least = Double.POSITIVE_INFINITY;
        for (double m : magnitudes) {
            double v = Math.pow(Math.max(m, 1e-4), alpha);
            most = Math.max(most, v);
            least = Math.min(least, v);
        }
        double unit = Math.sqrt(most * least);
        for (int j = 0; j < s.length; j++) {
            s[j] = (float) (Math.pow(Math.max(magnitudes[j], 1e-4), alpha) / unit);
        }
        return s;
    }

    private static float[] scaled(float[] importance, float[] s) {
        float[] scaled = new float[s.length];
        for (int j = 0; j < s.length; j++) {
            scaled[j] = importance[j] / (s[j] * s[j]);
        }
        return scaled;
    }

    /** The experts of a stack, or the matrix. */
    private static List<Weight> parts(Weight w) {
        return w.shape().length < 3
                ? List.of(w)
                : IntStream.range(0, (int) w.shape()[0]).mapToObj(w::slice).toList();
    }

    private static double error(Weight w, FixedScales scales, float[] s, float[] importance, OutputError outputs) {
        double sum = 0;
        for (Weight part : parts(w)) {
            sum += outputs.of(rounding(part, scales, s, importance), part.rows());
        }
        return sum;
    }

    /** {@code Q(W·s)/s - W}. */
    private static float[] rounding(Weight w, FixedScales scales, float[] s, float[] importance) {
        int rows = w.rows();
        int cols = w.cols();
        float[] d = new float[rows * cols];
        w.decode(0, d, 0, d.length);
        float[] values = d.clone();
        for (int i = 0; i < values.length; i++) {
            values[i] *= s[i % cols];
        }
        scales.fit(values, rows, cols, scaled(importance, s));
        for (int i = 0; i < d.length; i++) {
            d[i] = scales.round(i / cols, i % cols, values[i]) / s[i % cols] - d[i];
        }
        return d;
    }

    /** For what {@code w} becomes; null where AWQ does not round it. */
    private @Nullable FixedScales scalesOf(Weight w) {
        Planned planned = plan.get(MatrixName.of(w.name()).tensor());
        return planned == null ? null : FixedScales.of(planned.type(), planned.bits());
    }

    /** Of each column of a tensor, or of the columns of each expert in turn; null where nothing is known. */
    private float @Nullable [] importance(String tensor) {
        float[] own = importances.get(tensor);
        return own == null ? others.of(tensor) : own;
    }

    private void quantize() throws FormatException {
        for (Weight w : source.weights()) {
            float[] importance = importance(w.name());
            FixedScales scales = importance == null ? null : scalesOf(w);
            if (scales != null && importance != null) {
                replaced.add(rounded(w, scales, importance));
                finished.add(MatrixName.of(w.name()).tensor());
            } else if (folded.changes(w)) {
                replaced.add(folded.write(w, arena.allocate(4 * w.count(), 64)));
            }
        }
    }

    private Weight rounded(Weight w, FixedScales scales, float[] importance) throws FormatException {
        float[] values = folded.values(w);
        TensorType type =
                requireNonNull(plan.get(MatrixName.of(w.name()).tensor())).type();
        Weight to = new Weight(w.name(), type, w.shape(), arena.allocate(type.bytes(w.shape()), 64));
        int parts = w.shape().length < 3 ? 1 : (int) w.shape()[0];
        int size = values.length / parts;
        int cols = w.cols();
        for (int i = 0; i < parts; i++) {
            int from = importance.length > cols ? i * cols : 0;
            scales.fit(
                    Arrays.copyOfRange(values, i * size, (i + 1) * size),
                    w.rows() / parts,
                    cols,
                    Arrays.copyOfRange(importance, from, from + cols));
            scales.pack(to.data(), type.bytes((long) i * size));
        }
        return to;
    }

    @Override
    public void close() {
        products.close();
        workers.close();
        arena.close();
    }
}
