package dev.keiryo.measure;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.tensor.Weight;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the weights of one kind of matrix ({@code ffn_up} of all layers) are distributed, in a model and in a reference. Each is
 * divided by the root mean square of its tensor in the reference; bins of equal width lie between -{@link #RANGE} and
 * +{@link #RANGE}, and what is beyond counts in the outermost.
 *
 * @param reference share of weights in each bin
 * @param model likewise
 * @param relativeError {@code ‖w - w_ref‖ / ‖w_ref‖}; NaN where the two models order the rows otherwise
 */
public record WeightHistogram(List<Double> reference, List<Double> model, double relativeError) {
    /** Root mean squares to each side. */
    public static final double RANGE = 4;

    /** Odd, so that zero is the middle of one. */
    public static final int BINS = 161;

    /** Weights of a tensor that are looked at: all of small ones, evenly spread rows of large ones. */
    private static final int SAMPLE = 1 << 18;

    private static final Pattern LAYER = Pattern.compile("blk\\.\\d+\\.(\\w+)\\.weight|(\\w+)\\.weight");

    public WeightHistogram {
        reference = List.copyOf(reference);
        model = List.copyOf(model);
    }

    /** For each kind of matrix that both have, in the reference's order. */
    public static Map<String, WeightHistogram> of(Checkpoint reference, Checkpoint model) {
        Map<String, Sums> kinds = new LinkedHashMap<>();
        boolean sameOrder = reference.ropeLayout() == model.ropeLayout();
        for (Weight w : reference.weights()) {
            Matcher name = LAYER.matcher(w.name());
            Weight other = model.find(w.name());
            if (w.shape().length >= 2 && name.matches() && other != null && Arrays.equals(w.shape(), other.shape())) {
                String kind = name.group(1) == null ? name.group(2) : name.group(1);
                boolean rotated = kind.equals("attn_q") || kind.equals("attn_k") || kind.equals("attn_qkv");
                kinds.computeIfAbsent(kind, k -> new Sums()).add(w, other, sameOrder || !rotated);
            }
        }
        Map<String, WeightHistogram> histograms = new LinkedHashMap<>();
        kinds.forEach((kind, sums) -> histograms.put(kind, sums.histogram()));
        return histograms;
    }

    private static final class Sums {
        private final long[] reference = new long[BINS];
        private final long[] model = new long[BINS];
        private double squares;
        private double errors;

        void add(Weight w, Weight other, boolean sameOrder) {
            int cols = w.cols();
            int step = Math.max(1, (int) (w.count() / SAMPLE));
            double sum = 0;
            float[] a = new float[cols];
            float[] b = new float[cols];
            long read = 0;
            for (int r = 0; r < w.rows(); r += step, read += cols) {
                w.decode((long) r * cols, a, 0, cols);
                for (float x : a) {
                    sum += (double) x * x;
                }
            }
            double rms = Math.sqrt(sum / read);
            for (int r = 0; r < w.rows() && rms > 0; r += step) {
                w.decode((long) r * cols, a, 0, cols);
                other.decode((long) r * cols, b, 0, cols);
                for (int i = 0; i < cols; i++) {
                    reference[bin(a[i] / rms)]++;
                    model[bin(b[i] / rms)]++;
                    errors += sameOrder ? ((double) a[i] - b[i]) * (a[i] - b[i]) : Double.NaN;
                }
            }
            squares += sum;
        }

        private static int bin(double x) {
            return Math.clamp((int) Math.floor((x + RANGE) / (2 * RANGE) * BINS), 0, BINS - 1);
        }

        WeightHistogram histogram() {
            return new WeightHistogram(shares(reference), shares(model), Math.sqrt(errors / squares));
        }

        private static List<Double> shares(long[] counts) {
            double total = Math.max(1, Arrays.stream(counts).sum());
            return Arrays.stream(counts).mapToObj(c -> c / total).toList();
        }
    }
}
