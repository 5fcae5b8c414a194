package dev.keiryo.train.data;

/** A step of cleaning: a record whose components are its settings. */
public sealed interface Step permits Edit, Filter {
    /** The name by which {@link Pipeline#parse} knows it. */
    String name();

    /** The step as {@link Pipeline#parse} reads it: its name, and its settings where they differ from the usual ones. */
    default String text() {
        return name();
    }
}
