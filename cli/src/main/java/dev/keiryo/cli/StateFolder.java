package dev.keiryo.cli;

import java.nio.file.Path;
import java.util.Map;

/** Where what is typed is kept: by the XDG base directory specification. */
final class StateFolder {
    private StateFolder() {}

    /** {@code $XDG_STATE_HOME/keiryo}, else {@code ~/.local/state/keiryo}. */
    static Path of(Map<String, String> environment) {
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        // The specification has relative paths ignored.
        Path base =
                state.startsWith("/") ? Path.of(state) : Path.of(System.getProperty("user.home"), ".local", "state");
        return base.resolve("keiryo");
    }
}
