package dev.keiryo.generate;

/**
 * Where the logits come from that a {@link SamplerChain} works on: the model as it is, or more than one of its results made
 * into one. In a chain's text it stands first.
 */
public sealed interface LogitSource permits LogitSource.Model, Guidance, Dola, ContrastiveSearch {
    /** The model as it is. */
    Model MODEL = new Model();

    /** The model as it is; left out of a chain's text. */
    record Model() implements LogitSource {
        @Override
        public String toString() {
            return "model";
        }
    }
}
