package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Tensor;

/** A model's architecture with its weights: the forward pass, written once against {@link Ops}. Immutable. */
public interface Transformer {
    /** What the forward pass gives. */
    enum Kind {
        /** Logits {@code [tokens, vocab]} of the next token, each token seeing only the past. */
        DECODER,
        /** Hidden states {@code [tokens, hidden]}, each token seeing all others. */
        ENCODER,
        /** As a decoder, after {@link #encode} has put another text into the cache. */
        ENCODER_DECODER
    }

    /**
     * {@code [tokens] -> [outputs, vocab]} (encoders: {@code [outputs, hidden]}), where the outputs are the tokens that
     * the batch asks results for.
     */
    Tensor forward(Ops ops, Tokens tokens);

    /** Encoder-decoders: runs the encoder over a whole text and leaves its keys and values in the cache. */
    default void encode(Ops ops, Tokens tokens) {
        throw new IllegalStateException("only encoder-decoder models encode");
    }

    default Kind kind() {
        return Kind.DECODER;
    }

    /** The sizes that a caller needs to know. */
    Shape shape();

    /**
     * @param vocabulary tokens the output covers
     * @param hidden width of the residual stream
     * @param layers number of layers
     * @param cacheSlots attentions whose keys and values are kept for each sequence; slots are numbered from 0
     * @param encoderSlots further slots, for the text that {@link #encode} reads; cutting a sequence leaves them alone
     * @param context positions the model was trained for
     */
    record Shape(int vocabulary, int hidden, int layers, int cacheSlots, int encoderSlots, int context) {
        /** A decoder's shape, with one cache slot a layer. */
        static Shape of(Weights w) throws FormatException {
            int layers = w.count("block_count");
            return new Shape(w.vocabulary(), w.count("embedding_length"), layers, layers, 0, w.count("context_length"));
        }

        Shape withCacheSlots(int slots) {
            return new Shape(vocabulary, hidden, layers, slots, encoderSlots, context);
        }

        Shape withEncoderSlots(int slots) {
            return new Shape(vocabulary, hidden, layers, cacheSlots, slots, context);
        }
    }
}
