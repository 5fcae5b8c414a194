package dev.keiryo.generate;

/**
 * One step of a {@link SamplerChain}: how it is set. Immutable and shared by requests; what changes lives in the stage
 * that {@link #start} gives. {@code toString} is its text in a chain, which {@link SamplerChain#parse} reads back.
 *
 * <p>In the equations l is a logit, p the softmax over the candidates that are left, N their number, and H the entropy of p
 * in nats.
 */
public sealed interface SamplerLink
        permits BannedStrings,
                BannedTokens,
                DynamicTemperature,
                Dry,
                EpsilonCutoff,
                EtaCutoff,
                ForcedTokens,
                Greedy,
                LogitBias,
                MinP,
                MinTokens,
                Mirostat,
                MirostatV2,
                NoRepeatNgram,
                Penalties,
                TailFree,
                Temperature,
                TopA,
                TopK,
                TopNSigma,
                TopP,
                TypicalP,
                Xtc {
    /**
     * The link at work for one request.
     *
     * @throws IllegalArgumentException where it needs something that {@code request} does not have
     */
    Stage start(SamplerRequest request);

    /** A link at work. Not thread-safe. */
    @FunctionalInterface
    interface Stage {
        /** Changes the logits of {@code candidates}, or leaves fewer of them. */
        void apply(Candidates candidates);

        /** The token {@code id} was chosen, whose probability after the whole chain was {@code probability}. */
        default void accept(int id, double probability) {}
    }
}
