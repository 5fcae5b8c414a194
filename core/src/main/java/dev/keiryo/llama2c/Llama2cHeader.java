package dev.keiryo.llama2c;

import dev.keiryo.FormatException;
import dev.keiryo.file.Cursor;

/**
 * What a llama2.c checkpoint says of its model. Version 0 starts with the seven int32 from {@code dim} to
 * {@code contextLength}, the vocabulary's size being negative where the classifier is not shared. The later versions
 * start with "ak42" and their number, have a byte for that instead, and 256 bytes in all.
 *
 * @param version 0 (float32), 1 (float32) or 2 (int8 in groups)
 * @param shared whether the embedding is the classifier too
 * @param groupSize how many weights share a scale in version 2, else 0
 */
record Llama2cHeader(
        int version,
        int dim,
        int hiddenDim,
        int layers,
        int heads,
        int kvHeads,
        int vocabSize,
        int contextLength,
        boolean shared,
        int groupSize) {
    private static final int MAGIC = 0x616b3432;
    private static final int HEADER_BYTES = 256;
    /** Far more than any model has; keeps what a file of tiny layers may allocate small. */
    private static final int MAX_LAYERS = 4096;

    static Llama2cHeader read(Cursor in) throws FormatException {
        int first = in.int32("the header");
        if (first != MAGIC) {
            return fields(in, 0, first, 0);
        }
        int version = in.int32("the version");
        if (version != 1 && version != 2) {
            throw in.fault(4, "version " + version + " is not known; only 0, 1 and 2 are");
        }
        Llama2cHeader header = fields(in, version, in.int32("dim"), in.position());
        in.slice(HEADER_BYTES - in.position(), "the header");
        return header;
    }

    private static Llama2cHeader fields(Cursor in, int version, int dim, long start) throws FormatException {
        int hiddenDim = in.int32("hidden_dim");
        int layers = in.int32("n_layers");
        int heads = in.int32("n_heads");
        int kvHeads = in.int32("n_kv_heads");
        int vocabSize = in.int32("vocab_size");
        int contextLength = in.int32("seq_len");
        boolean shared = version == 0 ? vocabSize > 0 : in.int8("the shared classifier flag") != 0;
        int groupSize = version == 2 ? in.int32("the group size") : 0;
        if (version == 0 && vocabSize != Integer.MIN_VALUE) {
            vocabSize = Math.abs(vocabSize);
        }
        boolean possible = dim > 0
                && hiddenDim > 0
                && layers > 0
                && layers <= MAX_LAYERS
                && heads > 0
                && kvHeads > 0
                && vocabSize > 0
                && contextLength > 0
                && dim % heads == 0
                && heads % kvHeads == 0
                && dim / heads % 2 == 0;
        if (!possible) {
            throw in.fault(
                    start,
                    "not a llama2.c checkpoint: dim " + dim + ", hidden_dim " + hiddenDim + ", n_layers " + layers
                            + ", n_heads " + heads + ", n_kv_heads " + kvHeads + ", vocab_size " + vocabSize
                            + ", seq_len " + contextLength + " are no model's");
        }
        return new Llama2cHeader(
                version, dim, hiddenDim, layers, heads, kvHeads, vocabSize, contextLength, shared, groupSize);
    }

    int headDim() {
        return dim / heads;
    }

    int kvDim() {
        return headDim() * kvHeads;
    }
}
