package dev.keiryo.prompt;

/**
 * How a task is done, shown.
 *
 * @param input what is given; not empty
 * @param rationale the steps from input to output; may be empty
 * @param output what is wanted; not empty
 */
public record Example(String input, String rationale, String output) {
    public Example {
        if (input.isBlank() || output.isBlank()) {
            throw new IllegalArgumentException("an example needs an input and an output");
        }
    }

    /** Without a rationale. */
    public static Example of(String input, String output) {
        return new Example(input, "", output);
    }
}
