package dev.keiryo.generate;

import java.util.Locale;

/** Chains for common purposes, by name. */
public enum SamplerPreset {
    /** Facts, extraction, summaries: few candidates, low temperature. */
    PRECISE("penalties:repeat=1.05,last_n=64;top_k:20;top_p:0.9;min_p:0.1;temp:0.3"),
    /** {@link SamplerChain#DEFAULT}. */
    BALANCED("penalties:repeat=1.1,last_n=64;top_k:50;top_p:0.95;temp:0.8"),
    /** Stories: a long tail, but neither loops nor always the obvious word. */
    CREATIVE("dry:multiplier=0.8,base=1.75,allowed_length=2,last_n=-1;min_p:0.03;"
            + "xtc:probability=0.3,threshold=0.1;temp:1.1"),
    /** Programs: they repeat themselves, so nothing is punished. */
    CODE("top_k:40;top_p:0.95;min_p:0.05;temp:0.2"),
    /** Conversation: lively, and no word is worn out. */
    CHAT("penalties:repeat=1.05,last_n=256;top_k:40;top_p:0.9;min_p:0.05;temp:0.7");

    @SuppressWarnings("ImmutableEnumChecker") // a chain is a list of records
    private final SamplerChain chain;

    SamplerPreset(String chain) {
        this.chain = SamplerChain.parse(chain);
    }

    public SamplerChain chain() {
        return chain;
    }

    /** The name as a user gives it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
