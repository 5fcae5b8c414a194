package dev.keiryo.cli;

import dev.keiryo.FormatException;
import dev.keiryo.generate.Constraint;
import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Gbnf;
import dev.keiryo.grammar.Regex;
import dev.keiryo.grammar.schema.JsonSchemas;
import dev.keiryo.grammar.schema.SchemaOptions;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The language that a text is held to, named in one of several ways. */
final class LanguageOptions {
    @Option(
            names = {"--grammar", "--gbnf"},
            paramLabel = "FILE",
            description = "A grammar in GBNF, llama.cpp's notation.")
    private @Nullable Path grammar;

    @Option(names = "--json-schema", paramLabel = "FILE", description = "A JSON Schema, draft 2020-12.")
    private @Nullable Path schema;

    @Option(
            names = "--json-whitespace",
            paramLabel = "N|any",
            description =
                    "Characters of white space that may stand at one place in the JSON of --json-schema: 0 for none, 20 for"
                            + " a line end and an indentation. Default: any, as in JSON")
    private @Nullable String whitespace;

    @Option(
            names = "--json-formats",
            description =
                    "Holds strings to what --json-schema says of their format: date, time, date-time, duration, email,"
                            + " ipv4, ipv6, uuid, json-pointer, relative-json-pointer. Default: format is a remark, as in JSON Schema")
    private boolean formats;

    @Option(
            names = "--json-document",
            paramLabel = "URI=FILE",
            description =
                    "A schema that --json-schema refers to by that URI; of a folder, each file under its name behind the"
                            + " URI. Nothing is fetched. Repeatable.")
    private Map<String, Path> documents = new LinkedHashMap<>();

    @Option(names = "--regex", paramLabel = "R", description = "A regular expression, for the whole text.")
    private @Nullable String regex;

    @Option(
            names = "--choice",
            paramLabel = "A|B",
            description = "One of several texts, separated by |; \\| stands for the sign itself.")
    private @Nullable String choice;

    /** The language, which is to be given. */
    Frame required() throws IOException {
        Frame frame = language();
        if (frame == null) {
            throw new UsageException("give --gbnf FILE, --json-schema FILE, --regex R or --choice A|B");
        }
        return frame;
    }

    /** The language, or null where there is none. */
    @Nullable
    Frame language() throws IOException {
        long given =
                Stream.of(grammar, schema, regex, choice).filter(o -> o != null).count();
        if (given > 1) {
            throw new UsageException(
                    "give one of --grammar (or --gbnf), --json-schema, --regex and --choice, not several");
        }
        if ((whitespace != null || formats || !documents.isEmpty()) && schema == null) {
            throw new UsageException("--json-whitespace, --json-formats and --json-document need --json-schema FILE");
        }
        if (grammar != null) {
            return Gbnf.compile(grammar.toString(), read(grammar));
        }
        if (schema != null) {
            return JsonSchemas.compile(
                    schema.toString(),
                    read(schema),
                    SchemaOptions.DEFAULT
                            .withWhitespace(whitespace())
                            .withFormats(formats)
                            .withDocuments(documents()));
        }
        if (regex != null) {
            try {
                return Regex.compile(regex);
            } catch (FormatException e) {
                throw new UsageException(String.valueOf(e.getMessage()));
            }
        }
        return choice == null ? null : Expression.choice(texts(choice)).compile();
    }

    private int whitespace() {
        if (whitespace == null || whitespace.equals("any")) {
            return SchemaOptions.ANY;
        }
        try {
            int n = Integer.parseInt(whitespace);
            if (n >= 0) {
                return n;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UsageException("--json-whitespace should be a number of characters or any, but is " + whitespace);
    }

    private Map<String, String> documents() throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<String, Path> document : documents.entrySet()) {
            Path path = document.getValue();
            if (!Files.isDirectory(path)) {
                texts.put(document.getKey(), read(path));
                continue;
            }
            String base = document.getKey().endsWith("/") ? document.getKey() : document.getKey() + "/";
            try (Stream<Path> files = Files.walk(path)) {
                for (Path file : files.filter(f -> f.toString().endsWith(".json"))
                        .sorted()
                        .toList()) {
                    texts.put(base + path.relativize(file).toString().replace('\\', '/'), read(file));
                }
            }
        }
        return texts;
    }

    private static List<String> texts(String choice) {
        List<String> texts = new ArrayList<>();
        for (String text : choice.split("(?<!\\\\)\\|", -1)) {
            texts.add(text.replace("\\|", "|"));
        }
        return texts;
    }

    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new FormatException(file.toString(), "is not UTF-8; save it as UTF-8", e);
        }
    }

    /** What starts a constraint that waits. */
    static final class Waiting {
        @Option(
                names = "--trigger",
                paramLabel = "S",
                description = "The text is free until S, a string or the name of a special token, and held to the"
                        + " grammar from there on. Repeatable.")
        private List<String> triggers = new ArrayList<>();

        @Option(
                names = "--trigger-regex",
                paramLabel = "R",
                description = "As --trigger, for what a regular expression matches. Repeatable.")
        private List<String> patterns = new ArrayList<>();

        boolean given() {
            return !triggers.isEmpty() || !patterns.isEmpty();
        }

        /** {@code constraint}, put off until a trigger where there are any. */
        Constraint putOff(Constraint constraint) throws IOException {
            if (!given()) {
                return constraint;
            }
            List<Expression> texts = new ArrayList<>();
            for (String trigger : triggers) {
                texts.add(Expression.literal(trigger));
            }
            for (String pattern : patterns) {
                texts.add(Regex.whole(pattern));
            }
            return constraint.after(new Expression.Choice(texts));
        }
    }
}
