package dev.keiryo.train.tape;

import static java.util.Objects.requireNonNull;

import dev.keiryo.model.Attention;
import dev.keiryo.model.Block;
import dev.keiryo.model.Ops;
import dev.keiryo.model.PositionBias;
import dev.keiryo.model.Rope;
import dev.keiryo.model.Routing;
import dev.keiryo.model.Tokens;
import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The recording interpreter: computes a forward pass, remembers how each result was made, and leads the gradient of a loss back
 * through it to the parameters that are trained. Any architecture is trained by it, as none knows of it.
 *
 * <p>What a layer computed is let go of when the layer ends, unless the way back reads it; results that are cheap to compute
 * (norms, activations) are let go of all the same and computed again. The way back lets go of each result as it passes.
 *
 * <p>One pass at a time: {@link #run}, {@link #crossEntropy}, {@link #back}.
 */
public final class Tape<M extends Tensor> implements Ops, AutoCloseable {
    /** Keys and values of a slot, and the batch that they belong to. */
    private record Remembered<M extends Tensor>(Node<M> keys, Node<M> values, TrainBatch batch) {}

    private final Arithmetic<M> arithmetic;
    private final Gradients<M> gradients;
    private final TapeOptions options;
    private final List<Node<M>> nodes = new ArrayList<>();
    private final Map<Integer, Remembered<M>> slots = new HashMap<>();
    private TrainBatch batch = TrainBatch.of(0);
    private int vocabulary;
    /** How many layers are being computed, one within the other. */
    private int depth;
    /** Layers of this pass that have begun. */
    private int layers;
    /** Whether ways back are noted. */
    private boolean recording = true;
    /** Whether the rows that count have been picked: what follows are the logits. */
    private boolean picked;

    /** Whether an expert is being computed. */
    private boolean inExpert;
    /** Whether a layer is being computed once more. */
    private boolean again;

    private final List<ExpertUse> expertUse = new ArrayList<>();
    private long step;
    private int drops;

    Tape(Arithmetic<M> arithmetic, Parameters parameters, TapeOptions options) {
        this.arithmetic = arithmetic;
        this.gradients = new Gradients<>(arithmetic, parameters);
        this.options = options;
    }

    /**
     * In float32, on {@code threads} threads.
     *
     * @param parameters what is trained; stays its owner's
     */
    public static Tape<Matrix> inFloat32(Parameters parameters, TapeOptions options, int threads) {
        return new Tape<>(new FloatArithmetic(threads), parameters, options);
    }

    Arithmetic<M> arithmetic() {
        return arithmetic;
    }

    /** What the ways back have added to. */
    public Gradients<M> gradients() {
        return gradients;
    }

    /**
     * Forgets what was recorded, and computes.
     *
     * @param source of encoder-decoders: the text to encode; else null
     * @param seed of dropout: the same gives the same
     * @return logits {@code [outputs, vocab]}, or an encoder's hidden states
     */
    public Tensor run(Transformer model, @Nullable TrainBatch source, TrainBatch target, long seed) {
        clear();
        expertUse.clear();
        step = Dropout.mix(seed);
        vocabulary = model.shape().vocabulary();
        if (source != null) {
            begin(source);
            model.encode(this, source);
        }
        begin(target);
        return model.forward(this, target);
    }

    private void begin(TrainBatch next) {
        batch = next;
        picked = false;
    }

    /** Gives all results back. */
    public void clear() {
        release(0);
        slots.clear();
        layers = 0;
        drops = 0;
    }

    /**
     * {@code Σ w_i·(-log p(target_i)) / total} over the rows of {@code logits}; notes its gradient for {@link #back}.
     *
     * @param total what the sum is divided by: usually the sum of the weights of all batches of a step
     */
    public double crossEntropy(Tensor logits, int[] targets, float[] weights, double total) {
        if (targets.length != logits.rows() || weights.length != logits.rows()) {
            throw new IllegalArgumentException(logits.rows() + " rows of logits, but " + targets.length
                    + " targets and " + weights.length + " weights");
        }
        return losses().crossEntropy(logits(logits), targets, weights, total);
    }

    /** How the experts of each mixture of the last pass were used, in order. Their losses are added to gradients by {@link #back}. */
    public List<ExpertUse> expertUse() {
        return List.copyOf(expertUse);
    }

    /** The logits themselves, all of them. */
    M values(Tensor logits) {
        return logits instanceof Logits<?>
                ? losses().values(logits(logits))
                : node(logits).value();
    }

    private LogitLoss<M> losses() {
        return new LogitLoss<>(arithmetic, gradients, options.logitBytes());
    }

    /** Sets the gradient of a result from which {@link #back} is to begin. */
    M gradientOf(Tensor result) {
        Node<M> x = node(result);
        if (x.gradient == null) {
            x.gradient = arithmetic.take(x.rows(), x.cols());
            arithmetic.zero(x.gradient);
        }
        return x.gradient;
    }

    /** Leads gradients back through all that was recorded, and forgets it. */
    public void back() {
        back(0);
        clear();
    }

    private void back(int from) {
        for (int i = nodes.size() - 1; i >= from; i--) {
            Node<M> node = nodes.get(i);
            if (node.back != null && node.gradient != null) {
                node.back.run();
            }
            nodes.remove(i);
            give(node);
        }
    }

    private void release(int from) {
        for (int i = nodes.size() - 1; i >= from; i--) {
            give(nodes.remove(i));
        }
    }

    private void give(Node<M> node) {
        letGo(node);
        if (node.gradient != null) {
            arithmetic.give(node.gradient);
            node.gradient = null;
        }
    }

    private void letGo(Node<M> node) {
        if (node.value != null && !node.borrowed) {
            arithmetic.give(node.value);
        }
        node.value = null;
    }

    @Override
    public void close() {
        clear();
        arithmetic.close();
    }

    /** A new result, whose value is unknown yet. */
    private Node<M> result(int rows, int cols, boolean wanted) {
        Node<M> y = new Node<>(rows, cols, wanted && recording);
        y.value = arithmetic.take(rows, cols);
        nodes.add(y);
        return y;
    }

    @SuppressWarnings("unchecked")
    private Node<M> node(Tensor x) {
        if (x instanceof Node<?> node) {
            return (Node<M>) node;
        }
        throw new IllegalArgumentException(
                "this operation does not apply to logits, or to another interpreter's result");
    }

    @SuppressWarnings("unchecked")
    private static <M extends Tensor> Logits<M> logits(Tensor x) {
        if (x instanceof Logits<?> logits) {
            return (Logits<M>) logits;
        }
        throw new IllegalArgumentException("these are no logits of a model's output layer");
    }

    /** Adds to a gradient, or sets it. */
    private interface Flow<M> {
        void into(M gradient, boolean add);
    }

    /** Leads a gradient on to {@code x}, if it is wanted there. */
    private void flow(Node<M> x, Flow<M> flow) {
        if (!x.wanted) {
            return;
        }
        boolean add = x.gradient != null;
        if (!add) {
            x.gradient = arithmetic.take(x.rows(), x.cols());
        }
        flow.into(requireNonNull(x.gradient), add);
    }

    /** For operations of one input whose result is cheap: computed now, and again where it was let go of. */
    private Node<M> cheap(Node<M> x, boolean wanted, Map1<M> forward) {
        Node<M> y = result(x.rows(), x.cols(), wanted);
        forward.apply(x.value(), y.value());
        y.again = () -> {
            y.value = arithmetic.take(y.rows(), y.cols());
            forward.apply(x.value(), y.value());
        };
        x.kept = true;
        return y;
    }

    private interface Map1<M> {
        void apply(M x, M y);
    }

    @Override
    public Tensor embed(Weight table, Tokens tokens) {
        int[] ids = new int[tokens.count()];
        Arrays.setAll(ids, tokens::id);
        return lookUp(table, ids);
    }

    @Override
    public Tensor embedPositions(Weight table, Tokens tokens) {
        int[] positions = new int[tokens.count()];
        Arrays.setAll(positions, tokens::position);
        return lookUp(table, positions);
    }

    private Tensor lookUp(Weight table, int[] ids) {
        for (int id : ids) {
            if (id < 0 || id >= table.rows()) {
                throw new IllegalArgumentException(
                        table.name() + " has rows 0 to " + (table.rows() - 1) + ", but row " + id + " was asked for");
            }
        }
        M dTable = gradients.of(table);
        Node<M> y = result(ids.length, table.cols(), dTable != null);
        arithmetic.embed(table, ids, y.value());
        if (dTable != null) {
            y.back = () -> arithmetic.embedBack(y.gradient(), ids, dTable);
        }
        return y;
    }

    @Override
    public Tensor linear(Linear layer, Tensor input) {
        Node<M> x = node(input);
        if (x.cols() != layer.in()) {
            throw new IllegalArgumentException(layer.weight() + " does not take rows of " + x.cols());
        }
        if (picked && depth == 0 && layer.out() == vocabulary) {
            x.kept = true;
            return new Logits<>(x, layer, List.of());
        }
        M dw = gradients.of(layer.weight());
        M db = gradient(layer.bias());
        Node<M> y = result(x.rows(), layer.out(), x.wanted || dw != null || db != null);
        arithmetic.linear(layer, x.value(), y.value());
        x.kept |= dw != null;
        y.back = () -> {
            flow(x, (dx, add) -> arithmetic.linearBack(layer.weight(), y.gradient(), dx, add));
            if (dw != null) {
                arithmetic.linearWeight(y.gradient(), x.value(), dw);
            }
            if (db != null) {
                arithmetic.sumRows(y.gradient(), db);
            }
        };
        return y;
    }

    private @Nullable M gradient(@Nullable Matrix m) {
        return m == null ? null : gradients.of(m.data(), m.rows(), m.cols());
    }

    @Override
    public Tensor rmsNorm(Norm norm, Tensor x) {
        return norm(norm, false, node(x));
    }

    @Override
    public Tensor layerNorm(Norm norm, Tensor x) {
        return norm(norm, true, node(x));
    }

    private Tensor norm(Norm norm, boolean centered, Node<M> x) {
        if (x.cols() % norm.width() != 0) {
            throw new IllegalArgumentException("a norm of " + norm.width() + " does not fit rows of " + x.cols());
        }
        M dw = gradient(norm.weight());
        M db = gradient(norm.bias());
        Node<M> y =
                cheap(x, x.wanted || dw != null || db != null, (from, to) -> arithmetic.norm(norm, centered, from, to));
        y.back = () -> {
            if (x.wanted) {
                flow(x, (dx, add) -> arithmetic.normBack(norm, centered, x.value(), y.gradient(), dx, add, dw, db));
            } else {
                arithmetic.normBack(norm, centered, x.value(), y.gradient(), null, false, dw, db);
            }
        };
        return y;
    }

    @Override
    public Tensor rope(Rope rope, Tensor input) {
        Node<M> x = node(input);
        if (x.cols() % rope.headDim() != 0) {
            throw new IllegalArgumentException("heads of " + rope.headDim() + " do not fit rows of " + x.cols());
        }
        Rope used = rope.forCapacity(options.context());
        int[] positions = batch.positions();
        Node<M> y = result(x.rows(), x.cols(), x.wanted);
        arithmetic.rope(used, positions, false, x.value(), y.value(), false);
        y.back = () -> flow(x, (dx, add) -> arithmetic.rope(used, positions, true, y.gradient(), dx, add));
        return y;
    }

    @Override
    public void remember(int slot, Attention attention, Tensor k, Tensor v) {
        slots.put(slot, new Remembered<>(node(k), node(v), batch));
    }

    @Override
    public Tensor attend(int slot, Attention a, Tensor query) {
        Node<M> q = node(query);
        Remembered<M> past = requireNonNull(slots.get(slot), "nothing has been remembered to attend to");
        Node<M> k = past.keys();
        Node<M> v = past.values();
        AttentionSpans spans = new AttentionSpans(a, batch, past.batch(), dropout(options.dropout()));
        M dBias = a.bias() instanceof PositionBias.RelativeBuckets buckets ? gradient(buckets.table()) : null;
        Node<M> y = result(q.rows(), a.heads() * a.valueDim(), q.wanted || k.wanted || v.wanted || dBias != null);
        Node<M> sums = result(q.rows(), a.heads(), false);
        arithmetic.attend(spans, q.value(), k.value(), v.value(), y.value(), sums.value());
        q.kept = true;
        k.kept = true;
        v.kept = true;
        y.kept = true;
        sums.kept = true;
        // The sums lie behind y on the tape, but the way back of y needs them.
        nodes.remove(nodes.size() - 1);
        nodes.add(nodes.size() - 1, sums);
        y.back = () -> arithmetic.attendBack(
                spans,
                q.value(),
                k.value(),
                v.value(),
                y.value(),
                sums.value(),
                y.gradient(),
                gradientOf(q),
                gradientOf(k),
                gradientOf(v),
                dBias);
        return y;
    }

    /** A new key for what is random. */
    private long nextKey() {
        return Dropout.mix(step + 0x9E3779B97F4A7C15L * ++drops);
    }

    private @Nullable Dropout dropout(double p) {
        return p == 0 ? null : new Dropout(p, nextKey());
    }

    private Node<M> dropped(Node<M> x, double p) {
        Dropout dropout = dropout(p);
        if (dropout == null) {
            return x;
        }
        Node<M> y = result(x.rows(), x.cols(), x.wanted);
        arithmetic.drop(dropout, x.value(), y.value(), false);
        y.back = () -> flow(x, (dx, add) -> arithmetic.drop(dropout, y.gradient(), dx, add));
        return y;
    }

    @Override
    public Tensor activate(Activation f, Tensor input) {
        Node<M> x = node(input);
        Node<M> y = cheap(x, x.wanted, (from, to) -> arithmetic.activate(f, from, to));
        y.back = () -> flow(x, (dx, add) -> arithmetic.activateBack(f, x.value(), y.gradient(), dx, add));
        return inExpert ? dropped(y, options.experts().dropout()) : y;
    }

    @Override
    public Tensor gated(Activation f, Tensor gateInput, Tensor upInput) {
        Node<M> gate = node(gateInput);
        Node<M> up = node(upInput);
        Node<M> y = cheap(gate, gate.wanted || up.wanted, (from, to) -> arithmetic.gated(f, from, up.value(), to));
        up.kept = true;
        y.back = () -> {
            boolean addGate = gate.gradient != null;
            boolean addUp = up.gradient != null;
            arithmetic.gatedBack(f, gate.value(), up.value(), y.gradient(), taken(gate), addGate, taken(up), addUp);
        };
        return y;
    }

    /** Where the gradient is to go, of unknown content where it was not there; null where none is wanted. */
    private @Nullable M taken(Node<M> x) {
        if (x.wanted && x.gradient == null) {
            x.gradient = arithmetic.take(x.rows(), x.cols());
        }
        return x.gradient;
    }

    @Override
    public Tensor add(Tensor first, Tensor second) {
        Node<M> a = node(first);
        Node<M> b = depth > 0 ? dropped(node(second), options.dropout()) : node(second);
        Node<M> y = result(a.rows(), a.cols(), a.wanted || b.wanted);
        arithmetic.sum(a.value(), b.value(), y.value());
        y.back = () -> {
            flow(b, (db, add) -> arithmetic.scale(y.gradient(), 1, db, add));
            if (a.wanted && a.gradient == null) {
                // The sum's gradient is the term's: it changes hands.
                a.gradient = y.gradient;
                y.gradient = null;
            } else {
                flow(a, (da, add) -> arithmetic.scale(y.gradient(), 1, da, add));
            }
        };
        return y;
    }

    @Override
    public Tensor scale(Tensor input, float s) {
        if (input instanceof Logits<?>) {
            return logits(input).then(new Logits.Step.Scale(s));
        }
        Node<M> x = node(input);
        Node<M> y = cheap(x, x.wanted, (from, to) -> arithmetic.scale(from, s, to, false));
        y.back = () -> flow(x, (dx, add) -> arithmetic.scale(y.gradient(), s, dx, add));
        return y;
    }

    @Override
    public Tensor softcap(Tensor input, float cap) {
        if (cap == 0) {
            return input;
        }
        if (input instanceof Logits<?>) {
            return logits(input).then(new Logits.Step.Softcap(cap));
        }
        Node<M> x = node(input);
        Node<M> y = cheap(x, x.wanted, (from, to) -> arithmetic.softcap(from, cap, to));
        y.back = () -> flow(x, (dx, add) -> arithmetic.softcapBack(y.value(), cap, y.gradient(), dx, add));
        return y;
    }

    @Override
    public Tensor clamp(Tensor input, float limit) {
        Node<M> x = node(input);
        Node<M> y = cheap(x, x.wanted, (from, to) -> arithmetic.clamp(from, limit, to));
        y.back = () -> flow(x, (dx, add) -> arithmetic.clampBack(x.value(), limit, y.gradient(), dx, add));
        return y;
    }

    @Override
    public Tensor gateRows(Tensor input, Tensor gateInput) {
        Node<M> x = node(input);
        Node<M> gate = node(gateInput);
        Node<M> y = result(x.rows(), x.cols(), x.wanted || gate.wanted);
        double[] open = new double[x.rows()];
        arithmetic.zero(y.value());
        for (int t = 0; t < open.length; t++) {
            open[t] = 1 / (1 + Math.exp(-arithmetic.get(gate.value(), t, 0)));
            arithmetic.addRow(x.value(), t, open[t], y.value(), t);
        }
        x.kept = true;
        y.back = () -> {
            M dx = x.wanted ? gradientOf(x) : null;
            M dGate = gate.wanted ? gradientOf(gate) : null;
            for (int t = 0; t < open.length; t++) {
                if (dx != null) {
                    arithmetic.addRow(y.gradient(), t, open[t], dx, t);
                }
                if (dGate != null) {
                    double d = arithmetic.dotRows(y.gradient(), t, x.value(), t) * open[t] * (1 - open[t]);
                    arithmetic.put(dGate, t, 0, arithmetic.get(dGate, t, 0) + d);
                }
            }
        };
        return y;
    }

    @Override
    public Tensor mixture(Routing routing, Tensor routerInput, List<? extends Block> experts, Tensor input) {
        Node<M> router = node(routerInput);
        Node<M> x = node(input);
        ExpertChoice<M> choice = new ExpertChoice<>(arithmetic, routing, options.experts(), router.value(), nextKey());
        if (!again) {
            expertUse.add(choice.use());
        }
        List<int[]> rows = new ArrayList<>();
        List<Node<M>> results = new ArrayList<>();
        boolean wanted = router.wanted;
        for (int e = 0; e < experts.size(); e++) {
            int[] chosen = choice.rows(e);
            if (chosen.length > 0) {
                inExpert = true;
                Node<M> result = node(experts.get(e).forward(this, gathered(x, chosen)));
                inExpert = false;
                result.kept = true;
                wanted |= result.wanted;
                results.add(result);
            } else {
                results.add(new Node<>(0, x.cols(), false));
            }
            rows.add(chosen);
        }
        Node<M> y = result(x.rows(), x.cols(), wanted);
        arithmetic.zero(y.value());
        for (int e = 0; e < rows.size(); e++) {
            for (int i = 0; i < rows.get(e).length; i++) {
                int t = rows.get(e)[i];
                arithmetic.addRow(results.get(e).value(), i, choice.weight(t, e), y.value(), t);
            }
        }
        y.back = () -> {
            double[] dWeights = new double[router.rows() * router.cols()];
            for (int e = 0; e < rows.size(); e++) {
                Node<M> result = results.get(e);
                M dResult = result.wanted && result.rows() > 0 ? gradientOf(result) : null;
                for (int i = 0; i < rows.get(e).length; i++) {
                    int t = rows.get(e)[i];
                    dWeights[t * router.cols() + e] = arithmetic.dotRows(result.value(), i, y.gradient(), t);
                    if (dResult != null) {
                        arithmetic.addRow(y.gradient(), t, choice.weight(t, e), dResult, i);
                    }
                }
            }
            if (router.wanted) {
                choice.back(dWeights, gradientOf(router));
            }
        };
        return y;
    }

    /** Some rows of a result. */
    private Node<M> gathered(Node<M> x, int[] rows) {
        Node<M> y = result(rows.length, x.cols(), x.wanted);
        arithmetic.gather(x.value(), rows, rows.length, y.value());
        y.back = () -> {
            if (x.wanted) {
                M dx = gradientOf(x);
                for (int i = 0; i < rows.length; i++) {
                    arithmetic.addRow(y.gradient(), i, 1, dx, rows[i]);
                }
            }
        };
        return y;
    }

    @Override
    public Tensor block(Block block, Tensor input) {
        Node<M> x = node(input);
        if (depth > 0) {
            return block.forward(this, x);
        }
        if (layers == 0) {
            x = dropped(x, options.dropout());
        }
        return layers++ < options.checkpointedLayers() && recording ? checkpointed(block, x) : layer(block, x);
    }

    /** Computes a layer and lets go of what nobody needs. */
    private Node<M> layer(Block block, Node<M> x) {
        int first = nodes.size();
        depth++;
        Node<M> y = node(block.forward(this, x));
        depth--;
        for (int i = first; i < nodes.size(); i++) {
            Node<M> n = nodes.get(i);
            if (n != y && (!n.kept || n.again != null)) {
                letGo(n);
            }
        }
        return y;
    }

    /** Computes a layer of which only the input is kept. */
    private Node<M> checkpointed(Block block, Node<M> x) {
        int dropsBefore = drops;
        TrainBatch ofLayer = batch;
        int first = nodes.size();
        recording = false;
        Node<M> last = layer(block, x);
        recording = true;
        Node<M> y = new Node<>(last.rows(), last.cols(), true);
        y.value = last.value;
        last.value = null;
        release(first);
        nodes.add(y);
        x.kept = true;
        y.back = () -> {
            int dropsAfter = drops;
            drops = dropsBefore;
            batch = ofLayer;
            int from = nodes.size();
            Node<M> in = new Node<>(x.rows(), x.cols(), x.wanted);
            in.value = x.value();
            in.borrowed = true;
            again = true;
            Node<M> out = layer(block, in);
            again = false;
            out.gradient = y.gradient;
            y.gradient = null;
            back(from);
            drops = dropsAfter;
            if (in.gradient != null) {
                M found = in.gradient;
                if (x.gradient == null) {
                    x.gradient = found;
                } else {
                    arithmetic.scale(found, 1, x.gradient, true);
                    arithmetic.give(found);
                }
            }
        };
        return y;
    }

    @Override
    public Tensor outputs(Tensor input) {
        picked = true;
        Node<M> x = node(input);
        return batch.outputs().length == batch.count() ? x : gathered(x, batch.outputs());
    }
}
