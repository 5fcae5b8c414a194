package dev.keiryo.train.optimize;

import static dev.keiryo.train.optimize.FloatLanes.F;
import static dev.keiryo.train.optimize.FloatLanes.all;
import static dev.keiryo.train.optimize.FloatLanes.get;
import static dev.keiryo.train.optimize.FloatLanes.load;
import static dev.keiryo.train.optimize.FloatLanes.set;
import static dev.keiryo.train.optimize.FloatLanes.store;
import static dev.keiryo.train.optimize.WeightBlocks.floats;

import dev.keiryo.kernel.Workers;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import jdk.incubator.vector.FloatVector;

/**
 * Orthogonalized momentum, for the matrices of the layers:
 *
 * <pre>{@code
 * m = μ·m + (1 - μ)·g
 * u = (1 - μ)·g + μ·m            Nesterov's momentum; else u = m
 * w = (1 - αλ)·w - α·s·orthogonal(u)
 * }</pre>
 *
 * by {@link NewtonSchulz}, with s by {@link MuonOptions.Scaling}. Of stacked experts each is a matrix. All other weights, which are embeddings, the output matrix, routers, norms and
 * biases, are changed as by {@link AdamW}, at a learning rate of their own. State: 4 bytes for each weight of a layer's matrices, 8 for others.
 *
 * <p>Source: Jordan et al. 2024, kellerjordan.github.io/posts/muon.
 */
public final class Muon extends Optimizer {
    private static final Pattern LAYER = Pattern.compile("(?:enc\\.|dec\\.)?blk\\.\\d+\\..*");

    /** One matrix: {@code [rows, cols]} of tensor {@code owner} from number {@code from} on. */
    private record Layer(int owner, long from, int rows, int cols, MemorySegment momentum, WeightBlocks blocks) {}

    private final MuonOptions options;
    private final AdamKernel kernel;
    private final NewtonSchulz iteration;
    private final List<Layer> layers = new ArrayList<>();
    /** The tensors that AdamW changes, with their moments. */
    private final List<Integer> others = new ArrayList<>();

    private final List<MemorySegment> firsts = new ArrayList<>();
    private final List<MemorySegment> seconds = new ArrayList<>();
    private final WeightBlocks otherBlocks;

    Muon(MuonOptions options, List<Member> members, Workers workers) {
        super(members, workers);
        this.options = options;
        kernel = new AdamKernel(options.adam());
        long most = 0;
        int side = 0;
        for (int i = 0; i < weights().size(); i++) {
            Weight w = weights().get(i);
            if (!isOrthogonalized(w)) {
                others.add(i);
                firsts.add(keepLike(w, "first_moment"));
                seconds.add(keepLike(w, "second_moment"));
                continue;
            }
            MemorySegment momentum = keepLike(w, "momentum");
            int rows = Math.toIntExact(w.shape()[w.shape().length - 2]);
            long count = (long) rows * w.cols();
            for (long from = 0; from < w.count(); from += count) {
                layers.add(new Layer(
                        i, from, rows, w.cols(), momentum.asSlice(4 * from, 4 * count), WeightBlocks.of(count)));
            }
            most = Math.max(most, count);
            side = Math.max(side, Math.min(rows, w.cols()));
        }
        iteration = new NewtonSchulz(most, side, workers, this);
        otherBlocks = WeightBlocks.of(others.stream().map(weights()::get).toList());
    }

    /** Whether {@code w} is a matrix of a layer, but not a router. */
    static boolean isOrthogonalized(Weight w) {
        return LAYER.matcher(w.name()).matches() && Recipe.isMatrix(w.name(), w.shape());
    }

    @Override
    void update(Step step) {
        for (Layer layer : layers) {
            update(step, layer);
        }
        otherBlocks.run(workers, (block, k, from, count, worker) -> {
            int i = others.get(k);
            double rate = learningRate(step, i) * options.adamRate();
            kernel.update(
                    floats(weights().get(i).data(), from, count),
                    floats(step.gradients().get(i), from, count),
                    floats(firsts.get(k), from, count),
                    floats(seconds.get(k), from, count),
                    count,
                    step.scale(),
                    rate,
                    (float) (1 - rate * group(i).weightDecay()),
                    step.number());
        });
    }

    private void update(Step step, Layer layer) {
        WeightBlocks blocks = layer.blocks;
        double[] squares = new double[blocks.size()];
        MemorySegment direction = iteration.input();
        blocks.run(workers, (block, k, from, count, worker) -> {
            MemorySegment out = floats(direction, from, count);
            momentum(
                    floats(step.gradients().get(layer.owner), layer.from + from, count),
                    floats(layer.momentum, from, count),
                    out,
                    count,
                    step.scale());
            squares[block] = FloatLanes.squares(out, 0, count);
        });
        double sum = 0;
        for (double s : squares) {
            sum += s;
        }
        MemorySegment result = iteration.run(layer.rows, layer.cols, sum, options.iterations());
        float rate =
                (float) (learningRate(step, layer.owner) * options.scaling().of(layer.rows, layer.cols));
        float decay = decay(step, layer.owner);
        blocks.run(
                workers,
                (block, k, from, count, worker) -> subtract(
                        floats(weights().get(layer.owner).data(), layer.from + from, count),
                        floats(result, from, count),
                        count,
                        rate,
                        decay));
    }

    private void momentum(MemorySegment g, MemorySegment m, MemorySegment out, int n, float scale) {
        float kept = (float) options.momentum();
        float rest = (float) (1 - options.momentum());
        boolean nesterov = options.nesterov();
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += F.length()) {
            FloatVector gradient = load(g, 4L * i).mul(scale).mul(rest);
            FloatVector moment = load(m, 4L * i).fma(all(kept), gradient);
            store(moment, m, 4L * i);
            store(nesterov ? moment.fma(all(kept), gradient) : moment, out, 4L * i);
        }
        for (int i = whole; i < n; i++) {
            float gradient = get(g, 4L * i) * scale * rest;
            float moment = Math.fma(get(m, 4L * i), kept, gradient);
            set(m, 4L * i, moment);
            set(out, 4L * i, nesterov ? Math.fma(moment, kept, gradient) : moment);
        }
    }

    private static void subtract(MemorySegment w, MemorySegment u, int n, float rate, float decay) {
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += F.length()) {
            store(load(u, 4L * i).fma(all(-rate), load(w, 4L * i).mul(decay)), w, 4L * i);
        }
        for (int i = whole; i < n; i++) {
            set(w, 4L * i, Math.fma(get(u, 4L * i), -rate, get(w, 4L * i) * decay));
        }
    }
}
