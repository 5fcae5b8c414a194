package dev.keiryo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code keiryo}: the command that holds all others. Exit codes: 0 done, 1 failed, 2 wrong usage. */
@Command(
        name = "keiryo",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        version = "keiryo 0.1.0",
        description = "Language models on the JVM: run them, make them small, make them yours.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            Run.class,
            Chat.class,
            Tokenize.class,
            ChatTemplateCommand.class,
            Logits.class,
            PerplexityCommand.class,
            Compare.class,
            Sample.class,
            Grammar.class,
            PromptCommand.class,
            Inspect.class,
            Plan.class,
            Scaling.class,
            Imatrix.class,
            Convert.class,
            Lighten.class,
            Prune.class,
            Synth.class,
            Train.class,
            Pull.class,
            Bench.class,
            TokenizerTrain.class,
            Data.class,
            PrimerCommand.class,
            Rehearse.class
        })
public final class Main implements Runnable {
    private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show where an error came from.")
    private boolean debug;

    @Spec
    private CommandSpec spec;

    private Main() {}

    public static void main(String[] args) {
        // Log lines look like the other messages. Whoever configures logging has the last word.
        if (System.getProperty(LOG_FORMAT) == null) {
            System.setProperty(LOG_FORMAT, "keiryo: %5$s%n");
        }
        System.exit(run(args));
    }

    /** Runs a command line and returns its exit code. */
    static int run(String... args) {
        Main main = new Main();
        CommandLine line = new CommandLine(main);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            System.out.flush();
            if (main.debug) {
                failure.printStackTrace(line.getErr());
            }
            line.getErr().println("keiryo: " + message(failure));
            return failure instanceof UsageException ? 2 : 1;
        });
        line.setParameterExceptionHandler((failure, rejected) -> {
            line.getErr().println("keiryo: " + failure.getMessage());
            line.getErr()
                    .println("Try '" + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
            return 2;
        });
        CommandSpec train =
                Objects.requireNonNull(line.getSubcommands().get("train")).getCommandSpec();
        try {
            return line.execute(TrainRecipe.expanded(train, args));
        } catch (IOException e) {
            line.getErr().println("keiryo: " + message(e));
            return 1;
        }
    }

    /** One line that says what went wrong. */
    static String message(Throwable failure) {
        String text = failure.getMessage();
        if (failure instanceof FileSystemException file && file.getReason() == null) {
            return text + ": "
                    + switch (file) {
                        case NoSuchFileException e -> "no such file or folder";
                        case AccessDeniedException e -> "permission denied";
                        case FileAlreadyExistsException e -> "is in the way";
                        default ->
                            "cannot be read or written (" + file.getClass().getSimpleName() + ")";
                    };
        }
        if (failure instanceof OutOfMemoryError) {
            return "out of memory (" + text + "); close other programs, or use a smaller model or context";
        }
        if (text == null || failure instanceof NullPointerException || failure instanceof ClassCastException) {
            return "unexpected " + failure + "; run with --debug for the place, and please report it";
        }
        return text.lines().findFirst().orElse(text);
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }
}
