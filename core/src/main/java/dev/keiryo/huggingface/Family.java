package dev.keiryo.huggingface;

import dev.keiryo.FormatException;

/** How one Hugging Face architecture looks in GGUF. */
interface Family {
    /** GGUF's {@code general.architecture}. */
    String architecture();

    /**
     * Translates the configuration. What would change the result and cannot be expressed is an error, never ignored.
     */
    void describe(Config config, Description d) throws FormatException;

    TensorNames names(Config config) throws FormatException;

    /** The part of {@code config.json} that describes the text model. */
    default Config text(Config root) throws FormatException {
        return root;
    }

    /** What a missing {@code tie_word_embeddings} means: the output layer is the embedding, or a matrix of its own. */
    default boolean tiedByDefault() {
        return false;
    }

    /** Whether the model ends in an output layer over the vocabulary. */
    default boolean hasOutput() {
        return true;
    }
}
