package dev.keiryo.cli;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.Examples;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.TextCheck;
import dev.keiryo.grammar.UnenforceableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code keiryo grammar}: what a grammar, schema or regular expression accepts. */
@Command(
        name = "grammar",
        description =
                "Says whether files are texts of a grammar, and where they stop being so; writes random examples.",
        footer = {
            "Files are compared byte for byte; only a line end at the very end of a file, as editors put it there, may be"
                    + " one more than the grammar allows.",
            "Exit codes: 0 all files are accepted, 1 some are not, 2 wrong usage, 3 the schema or expression has something"
                    + " that cannot be enforced, which is named."
        })
final class Grammar implements Callable<Integer> {
    private static final int UNENFORCEABLE = 3;

    @Mixin
    private LanguageOptions language = new LanguageOptions();

    @Option(
            names = "--check",
            paramLabel = "FILE",
            arity = "1..*",
            description = "Says for each file whether it is accepted, and where and why not. Repeatable.")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--example", paramLabel = "N", description = "Writes N random texts, each on lines of its own.")
    private int examples;

    @Option(
            names = "--length",
            paramLabel = "BYTES",
            description = "From there on, an example comes to its end. Default: ${DEFAULT-VALUE} bytes")
    private int length = 100;

    @Option(names = "--seed", paramLabel = "S", description = "Seed of the examples. Default: another one each time")
    private @Nullable Long seed;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (examples < 0 || length < 0) {
            throw new UsageException("--example and --length should be at least 0");
        }
        Frame frame;
        try {
            frame = language.required();
        } catch (UnenforceableException e) {
            System.err.println("keiryo: " + e.getMessage());
            return UNENFORCEABLE;
        }
        ObjectNode root = JsonMapper.shared().createObjectNode();
        boolean all = check(frame, root.putArray("files"));
        if (examples > 0) {
            write(frame, root);
        }
        if (json) {
            System.out.println(root);
        } else if (files.isEmpty() && examples == 0) {
            System.out.println("the grammar is in order; its shortest text has " + frame.shortest()
                    + (frame.shortest() == 1 ? " byte" : " bytes"));
        }
        return all ? 0 : 1;
    }

    private boolean check(Frame frame, ArrayNode report) throws IOException {
        boolean all = true;
        for (Path file : files) {
            TextCheck check = TextCheck.ofFile(frame, Files.readAllBytes(file));
            all &= check.isAccepted();
            ObjectNode node = report.addObject().put("file", file.toString()).put("accepted", check.isAccepted());
            if (!check.isAccepted()) {
                node.put("offset", check.offset())
                        .put("line", check.line())
                        .put("column", check.column())
                        .put("expected", check.expected())
                        .put("found", check.found());
            }
            if (!json) {
                System.out.println(file + ": " + check);
            }
        }
        return all;
    }

    private void write(Frame frame, ObjectNode root) throws FormatException {
        long s = seed == null ? ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE) : seed;
        if (!json && seed == null) {
            System.err.println("seed " + s);
        }
        root.put("seed", s);
        ArrayNode texts = root.putArray("examples");
        SplittableRandom random = new SplittableRandom(s);
        Examples source = new Examples(frame);
        for (int i = 0; i < examples; i++) {
            String text = source.next(random, length);
            texts.add(text);
            if (!json) {
                System.out.println(text);
            }
        }
    }
}
