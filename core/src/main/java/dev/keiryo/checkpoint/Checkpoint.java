package dev.keiryo.checkpoint;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Weight;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A model as stored, whatever the file format, seen through one vocabulary: GGUF's metadata keys
 * ({@code llama.block_count}) and tensor names ({@code blk.0.attn_q.weight}).
 *
 * <p>GGUF files are such by nature; {@code huggingface} and {@code llama2c} present theirs this way. Architectures read
 * only this; {@code convert} writes any of them as GGUF.
 *
 * <p>The checkpoint owns the memory behind its weights: close it last. Thread-safe once opened.
 */
public interface Checkpoint extends AutoCloseable {
    /** The file or folder it was opened from, for messages. */
    String source();

    /** Hyperparameters and tokenizer, under GGUF's keys. */
    Metadata metadata();

    /** All tensors, in file order. */
    Collection<Weight> weights();

    /** The tensor of that name, or null where the model has none. */
    @Nullable
    Weight find(String name);

    /** The tensor of that name; a missing one is an error that names it. */
    default Weight weight(String name) throws FormatException {
        Weight w = find(name);
        if (w == null) {
            throw new FormatException(
                    source(), "tensor " + name + " is missing; the file is incomplete or of another architecture");
        }
        return w;
    }

    /**
     * How the rows of Q and K projections are ordered for rotary embedding. GGUF files follow their architecture's
     * custom (null: the architecture decides); others say what theirs is.
     */
    default @Nullable RopeLayout ropeLayout() {
        return null;
    }

    /** Which two of a head's dimensions rotate together. */
    enum RopeLayout {
        /** Pairs (2i, 2i+1): GGUF's Llama family, llama2.c, the original paper. */
        INTERLEAVED,
        /** Pairs (i, i + d/2): Hugging Face, GPT-NeoX. */
        HALVES
    }

    @Override
    void close();
}
