package dev.keiryo.train.tape;

import static java.util.Objects.requireNonNull;

import dev.keiryo.model.Attention;
import dev.keiryo.model.Block;
import dev.keiryo.model.Ops;
import dev.keiryo.model.PositionBias;
import dev.keiryo.model.Rope;
import dev.keiryo.model.Routing;
import dev.keiryo.model.Tokens;
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

/** The operations on the tape: each computes its result at once and notes its way back. */
final class TapeOps<M extends Tensor> implements Ops {
    /** Keys and values of a slot, and the batch that they belong to. */
    private record Remembered<M extends Tensor>(Node<M> keys, Node<M> values, TrainBatch batch) {}

    private final Arithmetic<M> arithmetic;
    private final Gradients<M> gradients;
    private final TapeOptions options;
    private final Recording<M> recording;
    private final PointwiseOps<M> pointwise;
    private final Chances chances = new Chances();
    private final Map<Integer, Remembered<M>> slots = new HashMap<>();
    private final List<ExpertUse> expertUse = new ArrayList<>();
    private TrainBatch batch = TrainBatch.of(0);
    private int vocabulary;
    /** How many layers are being computed, one within the other. */
    private int depth;
    /** Layers of this pass that have begun. */
    private int layers;
    /** Whether the rows that count have been picked: what follows are the logits. */
    private boolean picked;

    private boolean inExpert;
    /** Whether a layer is being computed once more. */
    private boolean again;

    TapeOps(Arithmetic<M> arithmetic, Gradients<M> gradients, TapeOptions options, Recording<M> recording) {
        this.arithmetic = arithmetic;
        this.gradients = gradients;
        this.options = options;
        this.recording = recording;
        pointwise = new PointwiseOps<>(arithmetic, recording);
    }

    /** Begins a pass. */
    void begin(int newVocabulary, long seed) {
        vocabulary = newVocabulary;
        slots.clear();
        expertUse.clear();
        layers = 0;
        chances.begin(seed);
    }

    /** The tokens of what follows. */
    void bind(TrainBatch next) {
        batch = next;
        picked = false;
    }

    int layers() {
        return layers;
    }

    Chances chances() {
        return chances;
    }

    List<ExpertUse> expertUse() {
        return List.copyOf(expertUse);
    }

    Node<M> node(Tensor x) {
        if (Recorded.<M>of(x) instanceof Node<M> node) {
            return node;
        }
        throw new IllegalArgumentException("this operation does not apply to logits");
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
        Node<M> y = recording.result(ids.length, table.cols(), dTable != null);
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
        Node<M> y = recording.result(x.rows(), layer.out(), x.wanted || dw != null || db != null);
        arithmetic.linear(layer, x.value(), y.value());
        x.kept |= dw != null;
        y.back = () -> {
            recording.flow(x, (dx, add) -> arithmetic.linearBack(layer.weight(), y.gradient(), dx, add));
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
        Node<M> y = recording.cheap(
                x, x.wanted || dw != null || db != null, (from, to) -> arithmetic.norm(norm, centered, from, to));
        y.back = () -> {
            if (x.wanted) {
                recording.flow(
                        x, (dx, add) -> arithmetic.normBack(norm, centered, x.value(), y.gradient(), dx, add, dw, db));
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
        Node<M> y = recording.result(x.rows(), x.cols(), x.wanted);
        arithmetic.rope(used, positions, false, x.value(), y.value(), false);
        y.back = () -> recording.flow(x, (dx, add) -> arithmetic.rope(used, positions, true, y.gradient(), dx, add));
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
        AttentionSpans spans = new AttentionSpans(a, batch, past.batch(), chances.dropout(options.dropout()));
        M dBias = a.bias() instanceof PositionBias.RelativeBuckets buckets ? gradient(buckets.table()) : null;
        // Before y, so that the way back of y still finds them.
        Node<M> sums = recording.result(q.rows(), a.heads(), false);
        Node<M> y =
                recording.result(q.rows(), a.heads() * a.valueDim(), q.wanted || k.wanted || v.wanted || dBias != null);
        arithmetic.attend(spans, q.value(), k.value(), v.value(), y.value(), sums.value());
        q.kept = true;
        k.kept = true;
        v.kept = true;
        y.kept = true;
        sums.kept = true;
        sums.exact = true;
        y.back = () -> arithmetic.attendBack(
                spans,
                q.value(),
                k.value(),
                v.value(),
                y.value(),
                sums.value(),
                y.gradient(),
                recording.gradientOf(q),
                recording.gradientOf(k),
                recording.gradientOf(v),
                dBias);
        return y;
    }

    @Override
    public Tensor activate(Activation f, Tensor x) {
        Node<M> y = pointwise.activate(f, node(x));
        return inExpert ? dropped(y, options.experts().dropout()) : y;
    }

    @Override
    public Tensor gated(Activation f, Tensor gate, Tensor up) {
        Node<M> y = pointwise.gated(f, node(gate), node(up));
        return inExpert ? dropped(y, options.experts().dropout()) : y;
    }

    @Override
    public Tensor add(Tensor a, Tensor b) {
        return pointwise.add(node(a), depth > 0 ? dropped(node(b), options.dropout()) : node(b));
    }

    @Override
    public Tensor scale(Tensor x, float s) {
        return x instanceof Logits<?> logits ? logits.then(new Logits.Step.Scale(s)) : pointwise.scale(node(x), s);
    }

    @Override
    public Tensor softcap(Tensor x, float cap) {
        if (cap == 0) {
            return x;
        }
        return x instanceof Logits<?> logits
                ? logits.then(new Logits.Step.Softcap(cap))
                : pointwise.softcap(node(x), cap);
    }

    @Override
    public Tensor clamp(Tensor x, float limit) {
        return pointwise.clamp(node(x), limit);
    }

    @Override
    public Tensor gateRows(Tensor x, Tensor gate) {
        return pointwise.gateRows(node(x), node(gate));
    }

    private Node<M> dropped(Node<M> x, double p) {
        return pointwise.drop(chances.dropout(p), x);
    }

    @Override
    public Tensor mixture(Routing routing, Tensor routerInput, List<? extends Block> experts, Tensor input) {
        Node<M> router = node(routerInput);
        ExpertOptions rules = chances.apply() ? options.experts() : ExpertOptions.NONE;
        ExpertChoice<M> choice = new ExpertChoice<>(arithmetic, routing, rules, router.value(), chances.nextKey());
        if (!again) {
            expertUse.add(choice.use());
        }
        inExpert = true;
        Node<M> y = new Mixture<>(arithmetic, recording).run(this, this::node, choice, router, experts, node(input));
        inExpert = false;
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
        return layers++ < options.checkpointedLayers() && recording.isOn() ? checkpointed(block, x) : stored(block, x);
    }

    /** Computes a layer and stores what the way back reads of it. */
    private Node<M> stored(Block block, Node<M> x) {
        int first = recording.size();
        Node<M> y = layer(block, x);
        recording.store(x, first, y);
        return y;
    }

    /** Computes a layer and lets go of what nobody needs. */
    private Node<M> layer(Block block, Node<M> x) {
        int first = recording.size();
        depth++;
        Node<M> y = node(block.forward(this, x));
        depth--;
        recording.letGo(first, y);
        return y;
    }

    /** Computes a layer of which only the input is kept. */
    private Node<M> checkpointed(Block block, Node<M> x) {
        int usesBefore = chances.uses();
        TrainBatch ofLayer = batch;
        int first = recording.size();
        recording.turn(false);
        Node<M> last = layer(block, x);
        recording.turn(true);
        Node<M> y = new Node<>(last.rows(), last.cols(), true);
        y.value = last.value;
        last.value = null;
        recording.release(first);
        recording.add(y);
        x.kept = true;
        recording.store(x, recording.size(), y);
        y.back = () -> {
            batch = ofLayer;
            chances.goBack(usesBefore);
            backAgain(block, x, y);
        };
        return y;
    }

    /** Computes a layer again, and leads the gradient of its result {@code y} back through it. */
    private void backAgain(Block block, Node<M> x, Node<M> y) {
        int from = recording.size();
        Node<M> in = new Node<>(x.rows(), x.cols(), x.wanted);
        in.value = x.value();
        in.borrowed = true;
        again = true;
        Node<M> out = layer(block, in);
        again = false;
        out.gradient = y.gradient;
        y.gradient = null;
        recording.back(from);
        M found = in.gradient;
        if (found != null && x.gradient == null) {
            x.gradient = found;
        } else if (found != null) {
            recording.flow(x, (dx, add) -> arithmetic.scale(found, 1, dx, add));
            arithmetic.give(found);
        }
    }

    @Override
    public Tensor outputs(Tensor input) {
        picked = true;
        Node<M> x = node(input);
        return batch.outputs() == batch.count() ? x : Mixture.gathered(arithmetic, recording, x, batch.outputRows());
    }
}
