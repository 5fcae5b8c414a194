package dev.keiryo.calibrate;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.tensor.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import java.util.regex.Pattern;

/**
 * Where inputs of matrices can be divided: in a norm's weights, where nothing else reads what it gives; in the rows of values, which
 * attention only mixes; in the rows of {@code ffn_up} where its result is multiplied by a gate, or ReLU follows. One entry for each
 * architecture; in T5 also in the encoder's last norm. Inputs of experts' {@code ffn_down} are left alone, as are BERT's but for {@code attn_output}: its norms' results are also
 * what the next sum begins with.
 */
final class InputGroups {
    /** What a model of an architecture has. */
    private interface Inputs {
        void find(InputGroups groups, int layers) throws FormatException;
    }

    /** What a layer has. */
    private interface Layer {
        void find(InputGroups groups, String blk) throws FormatException;
    }

    private static final Map<String, Inputs> ARCHITECTURES = new TreeMap<>();

    static {
        for (String name : List.of("llama", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "granite")) {
            layers(name, InputGroups::gated);
        }
        layers("phi3", InputGroups::phi3);
        for (String name : List.of("olmoe", "qwen2moe", "qwen3moe")) {
            layers(name, InputGroups::experts);
        }
        for (String name : List.of("gpt2", "mpt", "starcoder2")) {
            layers(name, InputGroups::plain);
        }
        layers("falcon", InputGroups::falcon);
        layers("bert", InputGroups::values);
        ARCHITECTURES.put("t5", InputGroups::encoderDecoder);
    }

    private static void layers(String architecture, Layer layer) {
        ARCHITECTURES.put(architecture, (groups, layers) -> {
            for (int i = 0; i < layers; i++) {
                layer.find(groups, "blk." + i + ".");
            }
        });
    }

    private final Checkpoint source;
    private final Metadata metadata;
    private final String prefix;
    private final List<InputGroup> all = new ArrayList<>();

    private InputGroups(Checkpoint source, String architecture) {
        this.source = source;
        this.metadata = source.metadata();
        this.prefix = architecture + ".";
    }

    /**
     * Those of all layers, in the order in which inputs meet them.
     *
     * @param method who asks, for the message
     * @throws FormatException where the architecture is not known
     */
    static List<InputGroup> of(Checkpoint source, String method) throws FormatException {
        String architecture = source.metadata().architecture();
        Inputs inputs = ARCHITECTURES.get(architecture);
        if (inputs == null) {
            throw new FormatException(
                    source.source(),
                    method + " does not know where to fold scales into in architecture " + architecture + "; it knows "
                            + String.join(", ", ARCHITECTURES.keySet()));
        }
        InputGroups groups = new InputGroups(source, architecture);
        inputs.find(groups, source.metadata().integer(architecture + ".block_count"));
        return groups.all;
    }

    /** What the encoder's last norm gives, the keys and values of all layers of the decoder read, and nothing else does. */
    private void encoderDecoder(int encoderLayers) throws FormatException {
        int decoderLayers = metadata.integer(prefix + "decoder_block_count", encoderLayers);
        for (int i = 0; i < encoderLayers; i++) {
            String blk = "enc.blk." + i + ".";
            attention(blk + "attn");
            feedForward(blk);
        }
        List<Weight> readers = new ArrayList<>();
        for (int i = 0; i < decoderLayers; i++) {
            String cross = "dec.blk." + i + ".cross_attn";
            readers.addAll(present(cross + "_k", cross + "_v"));
        }
        norm("enc.output_norm", readers);
        for (int i = 0; i < decoderLayers; i++) {
            String blk = "dec.blk." + i + ".";
            attention(blk + "attn");
            norm(blk + "cross_attn_norm", present(blk + "cross_attn_q"));
            rows(blk + "cross_attn_v", 0, present(blk + "cross_attn_o"), j -> j);
            feedForward(blk);
        }
    }

    private void attention(String name) throws FormatException {
        norm(name + "_norm", present(name + "_q", name + "_k", name + "_v"));
        rows(name + "_v", 0, present(name + "_o"), j -> j);
    }

    /** With a gate, or with ReLU and none. */
    private void feedForward(String blk) throws FormatException {
        norm(blk + "ffn_norm", present(blk + "ffn_gate", blk + "ffn_up"));
        rows(blk + "ffn_up", 0, present(blk + "ffn_down"), j -> j);
    }

    private void gated(String blk) throws FormatException {
        if (metadata.integer(prefix + "expert_count", 0) > 0) {
            experts(blk);
            return;
        }
        norm(blk + "attn_norm", heads(blk));
        values(blk);
        feedForward(blk);
    }

    /** Gate and up are one matrix. */
    private void phi3(String blk) throws FormatException {
        norm(blk + "attn_norm", heads(blk));
        values(blk);
        norm(blk + "ffn_norm", present(blk + "ffn_up"));
        List<Weight> down = present(blk + "ffn_down");
        rows(blk + "ffn_up", down.isEmpty() ? 0 : down.getFirst().cols(), down, j -> j);
    }

    /** The router, the experts, and the expert that all tokens go through, all read the norm. */
    private void experts(String blk) throws FormatException {
        norm(blk + "attn_norm", heads(blk));
        values(blk);
        Pattern readers = Pattern.compile(
                Pattern.quote(blk) + "ffn_(gate_inp|gate_inp_shexp|(gate|up)(_exps|_shexp|\\.\\d+))\\.weight");
        List<Weight> matrices = new ArrayList<>(present(blk + "ffn_gate_inp"));
        for (Weight w : source.weights()) {
            if (readers.matcher(w.name()).matches() && !matrices.contains(w)) {
                matrices.add(w);
            }
        }
        norm(blk + "ffn_norm", matrices);
        rows(blk + "ffn_up_shexp", 0, present(blk + "ffn_down_shexp"), j -> j);
    }

    private void plain(String blk) throws FormatException {
        norm(blk + "attn_norm", heads(blk));
        values(blk);
        norm(blk + "ffn_norm", present(blk + "ffn_up"));
        if ("relu".equals(metadata.stringOrNull(prefix + "hidden_act"))) {
            rows(blk + "ffn_up", 0, present(blk + "ffn_down"), j -> j);
        }
    }

    /** Attention and feed-forward side by side, on one norm or each on its own. */
    private void falcon(String blk) throws FormatException {
        List<Weight> up = present(blk + "ffn_up");
        if (source.find(blk + "attn_norm_2.weight") == null) {
            List<Weight> matrices = new ArrayList<>(heads(blk));
            matrices.addAll(up);
            norm(blk + "attn_norm", matrices);
        } else {
            norm(blk + "attn_norm_2", heads(blk));
            norm(blk + "attn_norm", up);
        }
        values(blk);
    }

    private List<Weight> heads(String blk) {
        return source.find(blk + "attn_qkv.weight") == null
                ? present(blk + "attn_q", blk + "attn_k", blk + "attn_v")
                : present(blk + "attn_qkv");
    }

    /** What attention mixes: but for MPT's values where they are cut off. */
    private void values(String blk) throws FormatException {
        List<Weight> output = present(blk + "attn_output");
        if (output.isEmpty() || metadata.real(prefix + "attention.clamp_kqv", 0f) > 0) {
            return;
        }
        int columns = output.getFirst().cols();
        int heads = positive("attention.head_count", 0);
        int kvHeads = positive("attention.head_count_kv", heads);
        if (columns % heads != 0 || heads % kvHeads != 0) {
            throw new FormatException(
                    output.getFirst().name(), output.getFirst() + " does not take " + heads + " heads");
        }
        int dim = columns / heads;
        int sharing = heads / kvHeads;
        IntUnaryOperator row = j -> j / dim / sharing * dim + j % dim;
        Weight fused = source.find(blk + "attn_qkv.weight");
        if (fused == null) {
            rows(blk + "attn_v", 0, output, row);
        } else {
            rows(blk + "attn_qkv", fused.rows() - kvHeads * dim, output, row);
        }
    }

    private int positive(String key, int otherwise) throws FormatException {
        int n = otherwise == 0 ? metadata.integer(prefix + key) : metadata.integer(prefix + key, otherwise);
        if (n <= 0) {
            throw new FormatException(source.source(), "key " + prefix + key + " should be positive, but is " + n);
        }
        return n;
    }

    private List<Weight> present(String... names) {
        List<Weight> found = new ArrayList<>();
        for (String name : names) {
            Weight w = source.find(name + ".weight");
            if (w != null) {
                found.add(w);
            }
        }
        return found;
    }

    private void norm(String name, List<Weight> matrices) throws FormatException {
        rows(name, 0, matrices, j -> j);
    }

    /** @param row of {@code origin}, from row {@code from} on, that a column comes from */
    private void rows(String origin, int from, List<Weight> matrices, IntUnaryOperator row) throws FormatException {
        Weight w = source.find(origin + ".weight");
        if (w == null || matrices.isEmpty()) {
            return;
        }
        int columns = matrices.getFirst().cols();
        int[] rows = new int[columns];
        Arrays.setAll(rows, j -> from + row.applyAsInt(j));
        InputGroup group = new InputGroup(matrices, w, rows);
        for (Weight m : matrices) {
            boolean fits = m.cols() == columns && Arrays.stream(rows).allMatch(r -> r >= 0 && r < group.originRows());
            if (!fits) {
                throw new FormatException(m.name(), m + " does not fit " + w + ", which its input should come from");
            }
        }
        all.add(group);
    }
}
