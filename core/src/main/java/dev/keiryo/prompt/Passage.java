package dev.keiryo.prompt;

/**
 * A text that the answer may draw on.
 *
 * @param title where it is from; may be empty
 */
public record Passage(String title, String text) {}
