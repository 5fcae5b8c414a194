package dev.keiryo.tokenizer;

/** Rewrites text before it is split: Unicode forms, lower case, replacing spaces with ▁, … Immutable. */
public interface Normalizer {
    String normalize(String text);
}
