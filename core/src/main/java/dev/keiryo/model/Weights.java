package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an architecture reads its weights and hyperparameters from: a checkpoint, with every shape checked against what
 * the architecture expects. Matrices stay where they are stored; vectors not stored as float32 are decoded into
 * {@code arena}.
 */
public final class Weights {
    /** Numbers of all heads together that no model comes near: more are a damaged file's. */
    private static final int MAX_WIDTH = 1 << 20;

    private final Checkpoint checkpoint;
    private final Arena arena;
    private final String prefix;

    /** @param arena lives as long as the model */
    public Weights(Checkpoint checkpoint, Arena arena) throws FormatException {
        this.checkpoint = checkpoint;
        this.arena = arena;
        this.prefix = checkpoint.metadata().architecture() + ".";
    }

    public Checkpoint checkpoint() {
        return checkpoint;
    }

    public Metadata metadata() {
        return checkpoint.metadata();
    }

    /** Width of the residual stream. */
    public int hidden() throws FormatException {
        return count("embedding_length");
    }

    /** A required count under the architecture's prefix ({@code llama.block_count}); at least 1. */
    public int count(String key) throws FormatException {
        return positive(key, metadata().integer(prefix + key));
    }

    /** A count under the architecture's prefix, or {@code otherwise} where it is missing. */
    public int count(String key, int otherwise) throws FormatException {
        return metadata().has(prefix + key) ? count(key) : otherwise;
    }

    /** A non-negative integer under the architecture's prefix, or {@code otherwise}. */
    public int integer(String key, int otherwise) throws FormatException {
        int n = metadata().integer(prefix + key, otherwise);
        if (n < 0) {
            throw new FormatException(
                    checkpoint.source(), "key " + prefix + key + " should not be negative, but is " + n);
        }
        return n;
    }

    public float real(String key) throws FormatException {
        return metadata().real(prefix + key);
    }

    public float real(String key, float otherwise) throws FormatException {
        return metadata().real(prefix + key, otherwise);
    }

    public boolean bool(String key, boolean otherwise) throws FormatException {
        return metadata().bool(prefix + key, otherwise);
    }

    public @Nullable String text(String key) throws FormatException {
        return metadata().stringOrNull(prefix + key);
    }

    public boolean has(String tensor) {
        return checkpoint.find(tensor) != null;
    }

    /** The matrix {@code name}.weight, which must be {@code [rows, cols]}. */
    public Weight matrix(String name, int rows, int cols) throws FormatException {
        return shaped(checkpoint.weight(name + ".weight"), rows, cols);
    }

    /** The layer {@code name}.weight {@code [out, in]} with {@code name}.bias {@code [out]} where there is one. */
    public Linear linear(String name, int out, int in) throws FormatException {
        return new Linear(matrix(name, out, in), vectorOrNull(name + ".bias", out));
    }

    /** As {@link #linear}, or null where the model has no such layer. */
    public @Nullable Linear linearOrNull(String name, int out, int in) throws FormatException {
        return has(name + ".weight") ? linear(name, out, in) : null;
    }

    /** The rows {@code [from, from + out)} of a fused layer {@code name} that has {@code total} rows. */
    public Linear linearPart(String name, int from, int out, int total, int in) throws FormatException {
        Matrix bias = vectorOrNull(name + ".bias", total);
        return new Linear(
                matrix(name, total, in).rows(from, from + out),
                bias == null ? null : new Matrix(bias.data().asSlice(4L * from, 4L * out), 1, out));
    }

    /** The output layer: {@code output.weight}, or the embedding where they are tied. */
    public Linear output(int vocabulary, int hidden) throws FormatException {
        return has("output.weight")
                ? linear("output", vocabulary, hidden)
                : new Linear(matrix("token_embd", vocabulary, hidden), null);
    }

    /**
     * The layers stacked as {@code name}.weight {@code [experts, out, in]}, one for each expert, or stored one by one
     * as {@code blk.N.ffn_gate.E.weight} (older files).
     */
    public List<Linear> experts(String name, int experts, int out, int in) throws FormatException {
        List<Linear> all = new ArrayList<>();
        Weight stack = checkpoint.find(name + "_exps.weight");
        if (stack != null) {
            long[] s = stack.shape();
            if (s.length != 3 || s[0] != experts || s[1] != out || s[2] != in) {
                throw wrongShape(stack, experts + ", " + out + ", " + in);
            }
        }
        for (int e = 0; e < experts; e++) {
            all.add(stack == null ? linear(name + "." + e, out, in) : new Linear(stack.slice(e), null));
        }
        return all;
    }

    /** A vector as float32 {@code [1, n]}. */
    public Matrix vector(String name, int n) throws FormatException {
        Weight w = checkpoint.weight(name);
        if (w.count() != n) {
            throw wrongShape(w, Integer.toString(n));
        }
        return floats(w, 1, n);
    }

    public @Nullable Matrix vectorOrNull(String name, int n) throws FormatException {
        return has(name) ? vector(name, n) : null;
    }

    /** A small matrix as float32. */
    public Matrix table(String name, int rows, int cols) throws FormatException {
        return floats(shaped(checkpoint.weight(name), rows, cols), rows, cols);
    }

    /** An RMS normalization over {@code n} numbers with the architecture's epsilon. */
    public Norm rmsNorm(String name, int n) throws FormatException {
        return new Norm(vector(name + ".weight", n), null, real("attention.layer_norm_rms_epsilon"));
    }

    /** A layer normalization over {@code n} numbers with the architecture's epsilon; the bias is optional. */
    public Norm layerNorm(String name, int n) throws FormatException {
        return new Norm(
                vector(name + ".weight", n), vectorOrNull(name + ".bias", n), real("attention.layer_norm_epsilon"));
    }

    /** As {@link #layerNorm}, or null where the model has no such normalization. */
    public @Nullable Norm layerNormOrNull(String name, int n) throws FormatException {
        return has(name + ".weight") ? layerNorm(name, n) : null;
    }

    /**
     * Causal attention with the heads that the {@code attention.*} keys give, scores scaled by {@code attention.scale} or,
     * where it is missing, {@code 1/√headDim}.
     */
    public Attention attention() throws FormatException {
        int heads = count("attention.head_count");
        int kvHeads = count("attention.head_count_kv", heads);
        int headDim = count("attention.key_length", hidden() / heads);
        int valueDim = count("attention.value_length", hidden() / heads);
        if (heads % kvHeads != 0 || headDim == 0 || valueDim == 0 || heads > MAX_WIDTH / Math.max(headDim, valueDim)) {
            throw new FormatException(
                    checkpoint.source(),
                    "embeddings of " + hidden() + " numbers, " + heads + " heads of " + headDim + " (values of "
                            + valueDim + ") and " + kvHeads + " key/value heads do not fit together");
        }
        Attention a = Attention.causal(heads, kvHeads, headDim).withValueDim(valueDim);
        float scale = real("attention.scale", 0f);
        return scale == 0 ? a : a.withScale(scale);
    }

    /** The activation function by Hugging Face's {@code hidden_act}, or {@code family} where the key is missing. */
    public Activation activation(Activation family) throws FormatException {
        String name = text("hidden_act");
        return switch (name) {
            case null -> family;
            case "gelu" -> Activation.GELU;
            case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
            case "relu" -> Activation.RELU;
            case "silu", "swish" -> Activation.SILU;
            default ->
                throw new FormatException(
                        checkpoint.source(),
                        "key " + prefix + "hidden_act: " + name
                                + " is unknown; gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, relu, silu and swish are known");
        };
    }

    /** Rows of the embedding table: the vocabulary's size. */
    public int vocabulary() throws FormatException {
        return checkpoint.weight("token_embd.weight").rows();
    }

    private Matrix floats(Weight w, int rows, int cols) throws FormatException {
        if (w.type() == TensorType.F32) {
            return new Matrix(w.data(), rows, cols);
        }
        float[] values = new float[rows * cols];
        w.type().checkComputable(w.name());
        w.decode(0, values, 0, values.length);
        Matrix m = Matrix.row(arena, values);
        m.set(m.data(), rows, cols);
        return m;
    }

    private Weight shaped(Weight w, int rows, int cols) throws FormatException {
        w.type().checkComputable(w.name());
        if (w.rows() != rows || w.cols() != cols) {
            throw wrongShape(w, rows + ", " + cols);
        }
        return w;
    }

    private FormatException wrongShape(Weight w, String expected) {
        return new FormatException(
                checkpoint.source(),
                "tensor " + w + " should have the shape [" + expected + "] by the model's hyperparameters");
    }

    private int positive(String key, int n) throws FormatException {
        if (n <= 0) {
            throw new FormatException(checkpoint.source(), "key " + prefix + key + " should be positive, but is " + n);
        }
        return n;
    }
}
