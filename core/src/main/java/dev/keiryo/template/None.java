package dev.keiryo.template;

/** Python's {@code None}. */
enum None {
    NONE
}
