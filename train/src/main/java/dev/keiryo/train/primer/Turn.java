package dev.keiryo.train.primer;

/**
 * What one says in a conversation.
 *
 * @param role {@code system}, {@code user} or {@code assistant}
 */
public record Turn(String role, String text) {
    public static Turn system(String text) {
        return new Turn("system", text);
    }

    public static Turn user(String text) {
        return new Turn("user", text);
    }

    public static Turn assistant(String text) {
        return new Turn("assistant", text);
    }
}
