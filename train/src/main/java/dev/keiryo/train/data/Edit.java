package dev.keiryo.train.data;

/** A step that changes texts, each by itself. */
public non-sealed interface Edit extends Step {
    /** The changed text. Thread-safe; takes time linear in the length, or nearly so. */
    String edit(String text);
}
