package dev.keiryo.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code keiryo}: the command that holds all others. */
@Command(name = "keiryo", mixinStandardHelpOptions = true, version = "keiryo 0.1.0")
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }
}
