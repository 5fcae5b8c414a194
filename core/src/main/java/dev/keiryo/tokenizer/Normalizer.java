package dev.keiryo.tokenizer;

/** Rewrites text before it is split: Unicode forms, lower case, replacing spaces with ▁, … Immutable, thread-safe. */
@FunctionalInterface
public interface Normalizer {
    /** Changes nothing. */
    Normalizer NONE = text -> text;

    String normalize(String text);
}
