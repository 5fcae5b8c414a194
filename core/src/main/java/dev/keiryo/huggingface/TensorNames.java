package dev.keiryo.huggingface;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How an architecture's tensor names become GGUF's. In patterns {@code #} stands for a number (of a layer, then of an
 * expert), and the last component ({@code .weight}, {@code .bias}) is left out: it stays.
 */
final class TensorNames {
    private static final Pattern NUMBER = Pattern.compile("(?<=\\.)\\d+(?=\\.)");

    /**
     * @param name GGUF's name
     * @param arrangement how the stored numbers become GGUF's
     * @param copy whether it only counts where no other stored tensor has that name
     */
    record Target(String name, Arrangement arrangement, boolean copy) {}

    private record Rename(String from, String to) {}

    private final List<Rename> renames = new ArrayList<>();
    private final Map<String, Target> targets = new HashMap<>();
    private final Set<String> ignored = new HashSet<>();
    private final List<String> ignoredPrefixes = new ArrayList<>();

    TensorNames map(String stored, String gguf) {
        return map(stored, gguf, new Arrangement.AsStored());
    }

    TensorNames map(String stored, String gguf, Arrangement arrangement) {
        targets.put(stored, new Target(gguf, arrangement, false));
        return this;
    }

    /** A further name under which files store what is also, or instead, stored under another. */
    TensorNames mapCopy(String stored, String gguf) {
        targets.put(stored, new Target(gguf, new Arrangement.AsStored(), true));
        return this;
    }

    /** Names that begin with {@code from} are read as if they began with {@code to}; the first that fits counts. */
    TensorNames rename(String from, String to) {
        renames.add(new Rename(from, to));
        return this;
    }

    /** A whole name that the forward pass does not need. */
    TensorNames ignore(String stored) {
        ignored.add(stored);
        return this;
    }

    TensorNames ignoreAll(String prefix) {
        ignoredPrefixes.add(prefix);
        return this;
    }

    /** Whether the forward pass does without the tensor {@code stored}. */
    boolean ignores(String stored) {
        String name = renamed(stored);
        return ignored.contains(NUMBER.matcher(name).replaceAll("#"))
                || ignoredPrefixes.stream().anyMatch(name::startsWith);
    }

    /** What the tensor {@code stored} is in GGUF, or null where it is unknown. */
    @Nullable
    Target target(String stored) {
        String name = renamed(stored);
        int dot = name.lastIndexOf('.');
        if (dot < 0) {
            return null;
        }
        String base = name.substring(0, dot + 1);
        List<String> numbers = new ArrayList<>();
        Matcher m = NUMBER.matcher(base);
        while (m.find()) {
            numbers.add(m.group());
        }
        // The first number alone, for names with further, meaningful ones (T5's layer.0, layer.1); then all.
        Target t = targets.get(withoutDot(NUMBER.matcher(base).replaceFirst("#")));
        if (t == null) {
            t = targets.get(withoutDot(NUMBER.matcher(base).replaceAll("#")));
        }
        if (t == null) {
            return null;
        }
        String gguf = t.name;
        for (int i = 0; i < numbers.size() && gguf.indexOf('#') >= 0; i++) {
            gguf = gguf.replaceFirst("#", numbers.get(i));
        }
        return new Target(gguf + name.substring(dot), t.arrangement, t.copy);
    }

    private String renamed(String stored) {
        for (Rename r : renames) {
            if (stored.startsWith(r.from)) {
                return r.to + stored.substring(r.from.length());
            }
        }
        return stored;
    }

    private static String withoutDot(String base) {
        return base.substring(0, base.length() - 1);
    }

    /** Llama's names, which most decoders share: embedding, norms, attention, output. */
    static TensorNames decoder() {
        return new TensorNames()
                .map("model.embed_tokens", "token_embd")
                .map("model.norm", "output_norm")
                .map("lm_head", "output")
                .map("model.layers.#.input_layernorm", "blk.#.attn_norm")
                .map("model.layers.#.self_attn.q_proj", "blk.#.attn_q")
                .map("model.layers.#.self_attn.k_proj", "blk.#.attn_k")
                .map("model.layers.#.self_attn.v_proj", "blk.#.attn_v")
                .map("model.layers.#.self_attn.o_proj", "blk.#.attn_output")
                .map("model.layers.#.post_attention_layernorm", "blk.#.ffn_norm")
                .ignore("model.layers.#.self_attn.rotary_emb.inv_freq");
    }

    /** {@link #decoder} with a SwiGLU of three matrices. */
    static TensorNames gatedDecoder() {
        return decoder()
                .map("model.layers.#.mlp.gate_proj", "blk.#.ffn_gate")
                .map("model.layers.#.mlp.up_proj", "blk.#.ffn_up")
                .map("model.layers.#.mlp.down_proj", "blk.#.ffn_down");
    }
}
