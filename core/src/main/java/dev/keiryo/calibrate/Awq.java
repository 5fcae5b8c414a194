package dev.keiryo.calibrate;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.convert.GgufConverter.Planned;
import dev.keiryo.engine.Engine;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.quantize.FixedScales;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
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
import org.jspecify.annotations.Nullable;

/**
 * Activation-aware quantization: before rounding, each column j of a matrix is multiplied by {@code s_j} and its input divided by it, so
 * that columns of large inputs lose less. {@code s_j = m_j^α} with m the mean magnitude of the input, divided by {@code √(max s·min s)};
 * of 21 α from 0 to 1 the one with the least {@code ‖X·Wᵀ - (X/s)·Q(W·s)ᵀ‖²} over the calibration text, for all matrices with that input
 * together. Inputs are divided where they come from: in the norm's weights, in the rows of {@code attn_v} (one s for all query heads
 * that share a value), in the rows of {@code ffn_up}; so that the file is an ordinary one. Q chooses each block's scale such that
 * the error weighed by {@code (XᵀX)_jj / s_j²} is least, below the largest weight if need be, which is the paper's search for a
 * clipping.
 *
 * <p>Lin et al. 2023, "AWQ: activation-aware weight quantization for LLM compression and acceleration", arXiv:2306.00978.
 */
public final class Awq implements CalibratedQuantization {
    /** Whose norms, values and feed-forwards are as this class takes them to be. */
    private static final Set<String> KNOWN = Set.of("llama", "qwen2", "qwen3", "gemma", "gemma2", "granite");

    private static final int STEPS = 20;

    /** Matrices with one input, and the tensor that the input's scale is folded into. */
    private record Group(List<Weight> members, String from, boolean norm) {}

    private final Checkpoint source;
    private final Map<String, Planned> plan;
    private final SequentialGptq.Progress progress;
    private final Workers workers;
    private final GramProducts products;
    private final Arena arena = Arena.ofShared();
    private final Map<String, Group> groups = new HashMap<>();
    /** By the tensor's name: what its columns are multiplied by, and its rows divided by. */
    private final Map<String, float[]> columnScales = new HashMap<>();

    private final Map<String, float[]> rowScales = new HashMap<>();
    private final Map<String, float[]> importances = new HashMap<>();
    private final Map<String, Double> alphas = new HashMap<>();
    private final List<Weight> replaced = new ArrayList<>();
    private final Set<String> finished = new HashSet<>();

    private Awq(Checkpoint source, ConvertOptions convert, int threads, SequentialGptq.Progress progress)
            throws IOException {
        this.source = source;
        this.plan = GgufConverter.plan(source, convert);
        this.progress = progress;
        String architecture = source.metadata().architecture();
        if (!KNOWN.contains(architecture)) {
            throw new FormatException(
                    source.source(),
                    "AWQ does not know where to fold scales into in architecture " + architecture + "; it knows "
                            + String.join(", ", KNOWN.stream().sorted().toList()));
        }
        int layers = source.metadata().integer(architecture + ".block_count");
        for (int i = 0; i < layers; i++) {
            String blk = "blk." + i + ".";
            group(blk, "attn_norm", true, "attn_q", "attn_k", "attn_v");
            group(blk, "attn_norm", true, "attn_qkv");
            group(blk, "ffn_norm", true, "ffn_gate", "ffn_up");
            group(blk, "attn_v", false, "attn_output");
            group(blk, "ffn_up", false, "ffn_down");
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
     */
    public static Awq run(
            Engine engine, CalibrationTexts texts, ConvertOptions convert, SequentialGptq.Progress progress)
            throws IOException {
        Awq run = new Awq(engine.checkpoint(), convert, engine.threads(), progress);
        try {
            texts.runTogether(engine, run::wrap);
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
        return CalibratedModel.of(source, replaced, finished, importances::get);
    }

    /** The α of each tensor whose columns have been scaled. */
    public Map<String, Double> alphas() {
        return Map.copyOf(alphas);
    }

    private void group(String blk, String from, boolean norm, String... names) throws FormatException {
        List<Weight> members = new ArrayList<>();
        for (String name : names) {
            Weight w = source.find(blk + name + ".weight");
            Planned planned = w == null ? null : plan.get(w.name());
            if (w == null || planned == null || FixedScales.of(planned.type(), planned.bits()) == null) {
                return;
            }
            w.type().checkComputable(w.name());
            if (w.count() > Integer.MAX_VALUE - 8 || w.cols() > 46340) {
                throw new FormatException(w.name(), w + " is too large for AWQ");
            }
            members.add(w);
        }
        Weight origin = source.find(blk + from + ".weight");
        if (origin == null || (!norm && members.getFirst().cols() % origin.rows() != 0)) {
            return;
        }
        groups.put(members.getFirst().name(), new Group(members, origin.name(), norm));
    }

    private Ops wrap(Ops inner) {
        return new ForwardingOps(inner) {
            @Override
            public Tensor linear(Linear layer, Tensor x) {
                try {
                    see(layer.weight(), (Matrix) x);
                } catch (FormatException e) {
                    throw new UncheckedIOException(e);
                }
                return super.linear(layer, x);
            }
        };
    }

    private void see(Weight w, Matrix x) throws FormatException {
        MatrixName name = MatrixName.of(w.name());
        Group group = name.from() == 0 && name.expert() < 0 ? groups.get(name.tensor()) : null;
        if (group == null || columnScales.containsKey(name.tensor())) {
            return;
        }
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
        search(group, gram, shared(group, magnitudes));
    }

    /** The mean over all columns that come from one row, repeated for each. */
    private double[] shared(Group group, double[] magnitudes) throws FormatException {
        if (group.norm()) {
            return magnitudes;
        }
        int[] rows = origins(group, magnitudes.length);
        double[] sums = new double[magnitudes.length];
        int[] counts = new int[magnitudes.length];
        for (int j = 0; j < rows.length; j++) {
            sums[rows[j]] += magnitudes[j];
            counts[rows[j]]++;
        }
        double[] means = new double[magnitudes.length];
        Arrays.setAll(means, j -> sums[rows[j]] / counts[rows[j]]);
        return means;
    }

    /** The row of the tensor before that each column comes from: itself, or its head's among those of keys and values. */
    private int[] origins(Group group, int cols) throws FormatException {
        int rows = source.weight(group.from()).rows();
        int[] origins = new int[cols];
        if (rows == cols) {
            Arrays.setAll(origins, j -> j);
            return origins;
        }
        int heads = source.metadata().integer(source.metadata().architecture() + ".attention.head_count");
        int headDim = cols / heads;
        int sharing = cols / rows;
        Arrays.setAll(origins, j -> j / headDim / sharing * headDim + j % headDim);
        return origins;
    }

    private void search(Group group, double[] gram, double[] magnitudes) throws FormatException {
        int cols = magnitudes.length;
        float[] importance = Gptq.importance(gram, cols);
        double least = Double.POSITIVE_INFINITY;
        float[] best = new float[cols];
        Arrays.fill(best, 1);
        double bestAlpha = 0;
        try (OutputError error = new OutputError(gram, cols, workers)) {
            for (int step = 0; step <= STEPS; step++) {
                double alpha = (double) step / STEPS;
                float[] s = scales(magnitudes, alpha);
                double sum = 0;
                for (Weight w : group.members()) {
                    sum += error.of(rounding(w, s, importance), w.rows());
                }
                if (sum < least) {
                    least = sum;
                    best = s;
                    bestAlpha = alpha;
                }
            }
        }
        for (Weight w : group.members()) {
            columnScales.put(w.name(), best);
            importances.put(w.name(), scaled(importance, best));
            alphas.put(w.name(), bestAlpha);
        }
        float[] divisors = best;
        if (!group.norm()) {
            int[] rows = origins(group, cols);
            divisors = new float[source.weight(group.from()).rows()];
            for (int j = 0; j < cols; j++) {
                divisors[rows[j]] = best[j];
            }
        }
        rowScales.put(group.from(), divisors);
        progress.rounded(group.members().getFirst().name(), rowScales.size(), groups.size());
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

    /** {@code Q(W·s)/s - W}. */
    private float[] rounding(Weight w, float[] s, float[] importance) throws FormatException {
        int rows = w.rows();
        int cols = w.cols();
        float[] d = new float[rows * cols];
        w.decode(0, d, 0, d.length);
        float[] values = d.clone();
        for (int i = 0; i < values.length; i++) {
            values[i] *= s[i % cols];
        }
        FixedScales scales = scalesOf(w.name());
        scales.fit(values, rows, cols, scaled(importance, s));
        for (int i = 0; i < d.length; i++) {
            d[i] = scales.round(i / cols, i % cols, values[i]) / s[i % cols] - d[i];
        }
        return d;
    }

    private FixedScales scalesOf(String tensor) {
        Planned planned = plan.get(tensor);
        FixedScales scales = planned == null ? null : FixedScales.of(planned.type(), planned.bits());
        if (scales == null) {
            throw new IllegalStateException(tensor);
        }
        return scales;
    }

    private void quantize() throws FormatException {
        for (Weight w : source.weights()) {
            float[] in = columnScales.get(w.name());
            float[] out = rowScales.get(w.name());
            if (in != null) {
                replaced.add(rounded(w, in, out));
                finished.add(w.name());
            } else if (out != null) {
                replaced.add(divided(w, out));
            } else if (w.name().endsWith(".bias")) {
                float[] ofRows = rowScales.get(w.name().replaceAll("bias$", "weight"));
                if (ofRows != null) {
                    replaced.add(divided(w, ofRows));
                }
            }
        }
    }

    private Weight rounded(Weight w, float[] in, float @Nullable [] out) {
        float[] values = new float[(int) w.count()];
        w.decode(0, values, 0, values.length);
        int cols = w.cols();
        for (int i = 0; i < values.length; i++) {
            values[i] *= in[i % cols] / (out == null ? 1 : out[i / cols]);
        }
        FixedScales scales = scalesOf(w.name());
        scales.fit(values, w.rows(), cols, importances.get(w.name()));
        TensorType type =
                plan.get(w.name()) == null ? w.type() : plan.get(w.name()).type();
        Weight to = new Weight(w.name(), type, w.shape(), arena.allocate(type.bytes(w.shape()), 64));
        scales.pack(to.data(), 0);
        return to;
    }

    /** A norm's weights, a bias, or a matrix that is not quantized itself, by rows. */
    private Weight divided(Weight w, float[] out) throws FormatException {
        w.type().checkComputable(w.name());
        int cols = w.shape().length < 2 ? 1 : w.cols();
        Weight to = new Weight(w.name(), TensorType.F32, w.shape(), arena.allocate(4 * w.count(), 64));
        float[] values = new float[(int) w.count()];
        w.decode(0, values, 0, values.length);
        for (int i = 0; i < values.length; i++) {
            to.data().set(Matrix.F32, 4L * i, values[i] / out[i / cols]);
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
