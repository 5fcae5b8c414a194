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
import dev.keiryo.quantize.Importances;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * GPTQ for a whole model in one forward pass: all calibration texts go through it together, and each linear layer is rounded when its
 * input arrives, which is what the layers before it give as they have been rounded ("true-sequential"); the pass then goes on with the
 * rounded layer. So one Gram matrix is held at a time. Matrices of the layers only: the embedding and the output matrix are left to
 * the converter.
 */
public final class SequentialGptq implements CalibratedQuantization {
    /**
     * @param damping λ as a part of the mean of the Gram matrix's diagonal
     * @param actOrder whether columns are rounded in the order of falling activations
     * @param compensate whether errors are made up for at all; otherwise scales are chosen by the importance of columns, and each
     *     weight becomes the nearest
     */
    public record Options(double damping, boolean actOrder, boolean compensate) {
        public static final Options DEFAULT = new Options(0.01, true, true);

        public Options {
            if (!(damping > 0 && damping <= 1)) {
                throw new IllegalArgumentException("damping should be above 0 and at most 1, but is " + damping);
            }
        }
    }

    /** Told of each matrix when it has been rounded. */
    @FunctionalInterface
    public interface Progress {
        void rounded(String tensor, int done, int total);
    }

    private final Checkpoint source;
    private final Map<String, Planned> plan;
    private final Options options;
    private final Progress progress;
    private final Workers workers;
    private final GramProducts products;
    private final Arena arena = Arena.ofShared();
    private final Map<String, Weight> targets = new LinkedHashMap<>();
    private final Set<String> done = new HashSet<>();
    private int total;

    private SequentialGptq(Checkpoint source, ConvertOptions convert, Options options, int threads, Progress progress)
            throws IOException {
        this.source = source;
        this.plan = GgufConverter.plan(source, convert);
        this.options = options;
        this.progress = progress;
        for (Weight w : source.weights()) {
            Planned planned = planned(w);
            if (planned != null) {
                w.type().checkComputable(w.name());
                int experts = w.shape().length > 2 ? (int) w.shape()[0] : 1;
                if (w.count() / experts > Integer.MAX_VALUE - 8 || w.cols() > 46340) {
                    throw new FormatException(w.name(), w + " is too large for GPTQ");
                }
                total += experts;
            }
        }
        if (total == 0) {
            throw new FormatException(
                    source.source(), "GPTQ has nothing to do: it is for types of blocks, such as q4_0, q4_k or nf4");
        }
        this.workers = new Workers(threads);
        this.products = new GramProducts(Kernels.best(), workers);
    }

    /**
     * Rounds the model of {@code engine}, which should compute with exact inputs. Close what is returned when it has been written.
     *
     * @param convert the types of the file to be written
     */
    public static SequentialGptq run(
            Engine engine, CalibrationTexts texts, ConvertOptions convert, Options options, Progress progress)
            throws IOException {
        SequentialGptq run = new SequentialGptq(engine.checkpoint(), convert, options, engine.threads(), progress);
        try {
            texts.runTogether(engine, run::wrap);
            run.roundTheRest();
            return run;
        } catch (UncheckedIOException e) {
            run.close();
            throw cause(e);
        } catch (IOException | RuntimeException e) {
            run.close();
            throw e;
        }
    }

    @Override
    public CalibratedModel model() throws IOException {
        Set<String> finished = new HashSet<>();
        targets.keySet().forEach(name -> finished.add(MatrixName.of(name).tensor()));
        return CalibratedModel.of(source, targets.values(), finished, Importances.NONE);
    }

    static IOException cause(UncheckedIOException e) {
        IOException cause = e.getCause();
        return cause == null ? new IOException(e) : cause;
    }

    /** What becomes of {@code w}, where that is GPTQ's to do. */
    private @Nullable Planned planned(Weight w) {
        MatrixName name = MatrixName.of(w.name());
        Planned planned = plan.get(name.tensor());
        boolean ours = planned != null && name.isInLayer() && FixedScales.of(planned.type(), planned.bits()) != null;
        return ours ? planned : null;
    }

    private Ops wrap(Ops inner) {
        return new ForwardingOps(inner) {
            @Override
            public Tensor linear(Linear layer, Tensor x) {
                try {
                    Weight rounded = round(layer.weight(), (Matrix) x);
                    return super.linear(rounded == null ? layer : new Linear(rounded, layer.bias()), x);
                } catch (FormatException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    private @Nullable Weight round(Weight w, @Nullable Matrix x) throws FormatException {
        Planned planned = planned(w);
        if (planned == null || (x != null && x.rows() == 0)) {
            return null;
        }
        Weight part = part(w, planned);
        if (!done.add(w.name())) {
            return part;
        }
        int rows = w.rows();
        int cols = w.cols();
        float[] values = new float[rows * cols];
        w.decode(0, values, 0, values.length);
        FixedScales scales = FixedScales.of(planned.type(), planned.bits());
        if (scales == null) {
            throw new IllegalStateException(w.name());
        }
        if (x == null) {
            scales.fit(values, rows, cols, null);
        } else {
            double[] gram = new double[cols * cols];
            products.add(x, gram);
            if (options.compensate()) {
                round(w, values, gram, scales);
            } else {
                scales.fit(values, rows, cols, Gptq.importance(gram, cols));
            }
        }
        scales.pack(part.data(), 0);
        progress.rounded(w.name(), done.size(), Math.max(total, done.size()));
        return part;
    }

    private void round(Weight w, float[] values, double[] gram, FixedScales scales) throws FormatException {
        try {
            Gptq.round(values, w.rows(), w.cols(), gram, options.damping(), options.actOrder(), scales, workers);
        } catch (ArithmeticException e) {
            throw new FormatException(
                    w.name(),
                    "its inputs on this text leave too little to reckon with (" + e.getMessage()
                            + "); use more text or more damping");
        }
    }

    /** Where the rounded {@code w}, perhaps a part of a stored matrix, goes. */
    private Weight part(Weight w, Planned planned) throws FormatException {
        int bracket = w.name().indexOf('[');
        String stored = bracket < 0 ? w.name() : w.name().substring(0, bracket);
        Weight whole = source.weight(stored);
        Weight target = targets.computeIfAbsent(
                stored,
                n -> new Weight(
                        n,
                        planned.type(),
                        whole.shape(),
                        arena.allocate(planned.type().bytes(whole.shape()), 64)));
        MatrixName name = MatrixName.of(w.name());
        if (bracket < 0) {
            return target;
        }
        return name.expert() >= 0 ? target.slice(name.expert()) : target.rows(name.from(), name.from() + w.rows());
    }

    /** What no token has come to: experts that were never chosen. */
    private void roundTheRest() throws FormatException {
        for (Weight w : source.weights()) {
            if (planned(w) != null && !w.name().contains("[")) {
                boolean stacked = w.shape().length > 2;
                for (int e = 0; e < (stacked ? w.shape()[0] : 1); e++) {
                    Weight part = stacked ? w.slice(e) : w;
                    boolean fused = done.stream().anyMatch(n -> n.startsWith(w.name() + "["));
                    if (!done.contains(part.name()) && !(fused && !stacked)) {
                        round(part, null);
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        products.close();
        workers.close();
        arena.close();
    }
}
