package dev.keiryo.prompt;

import dev.keiryo.FormatException;
import dev.keiryo.file.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@link Prompt} from JSON. All keys but {@code instruction} may be missing, unknown ones are faults, and a long text
 * may be a list of its lines:
 *
 * <pre>{@code
 * {"system": "…", "instruction": "…", "constraints": ["…"], "outputFormat": "…", "language": "en",
 *  "context": ["…", {"title": "…", "text": "…"}],
 *  "examples": [{"input": "…", "rationale": "…", "output": "…"}],
 *  "selection": {"method": "first|random|similar|diverse", "count": 4, "seed": 7, "lambda": 0.5,
 *                "similarity": "bm25|overlap"},
 *  "reasoning": "none|steps|rationales|hybrid", "input": "…"}
 * }</pre>
 */
public final class PromptJson {
    private static final int MOST = 100_000;
    private static final long LARGEST = 64 << 20;

    private final JsonCursor json;
    private String system = "";
    private String instruction = "";
    private List<String> constraints = new ArrayList<>();
    private String outputFormat = "";
    private final List<Passage> context = new ArrayList<>();
    private final List<Example> examples = new ArrayList<>();
    private ExampleSelection selection = ExampleSelection.all();
    private Reasoning reasoning = Reasoning.NONE;
    private String input = "";
    private @Nullable Language language;

    private PromptJson(JsonCursor json) {
        this.json = json;
    }

    /** @throws FormatException where the file is no such JSON, or its parts do not go together */
    public static Prompt read(Path file) throws IOException {
        if (Files.size(file) > LARGEST) {
            throw new FormatException(file.toString(), "a prompt of " + Files.size(file) + " bytes is too large");
        }
        return read(file.toString(), Files.readAllBytes(file));
    }

    /**
     * @param source where it is from, for messages
     * @throws FormatException as for {@link #read(Path)}
     */
    public static Prompt read(String source, byte[] json) throws IOException {
        JsonCursor cursor = new JsonCursor(source, 0, json);
        PromptJson reader = new PromptJson(cursor);
        cursor.object("the prompt", reader::member);
        cursor.end("the prompt");
        try {
            return reader.prompt();
        } catch (IllegalArgumentException e) {
            throw new FormatException(source, String.valueOf(e.getMessage()), e);
        }
    }

    private Prompt prompt() {
        return new Prompt(
                system,
                instruction,
                constraints,
                outputFormat,
                context,
                examples,
                selection,
                reasoning,
                input,
                language == null ? Language.of(instruction + input) : language);
    }

    private void member(String key) throws IOException {
        switch (key) {
            case "system" -> system = text(key);
            case "instruction" -> instruction = text(key);
            case "constraints" -> json.array(key, MOST, () -> constraints.add(json.string("a constraint")));
            case "outputFormat" -> outputFormat = text(key);
            case "context" -> json.array(key, MOST, () -> context.add(passage()));
            case "examples" -> json.array(key, MOST, () -> examples.add(example()));
            case "selection" -> selection = selection();
            case "reasoning" -> reasoning = named(key, Reasoning.values());
            case "input" -> input = text(key);
            case "language" -> language = named(key, Language.values());
            default ->
                throw json.fault("there is no key " + key + " in a prompt; there are system, instruction, constraints,"
                        + " outputFormat, context, examples, selection, reasoning, input, language");
        }
    }

    /** A string, or the lines of one. */
    private String text(String what) throws IOException {
        if (!json.isArray(what)) {
            return json.string(what);
        }
        List<String> lines = new ArrayList<>();
        json.array(what, MOST, () -> lines.add(json.string("a line of " + what)));
        return String.join("\n", lines);
    }

    private Passage passage() throws IOException {
        if (!json.isObject("a passage")) {
            return new Passage("", text("a passage"));
        }
        String[] parts = {"", ""};
        json.object("a passage", key -> {
            switch (key) {
                case "title" -> parts[0] = json.string(key);
                case "text" -> parts[1] = text(key);
                default -> throw json.fault("there is no key " + key + " in a passage; there are title, text");
            }
        });
        return new Passage(parts[0], parts[1]);
    }

    private Example example() throws IOException {
        String[] parts = {"", "", ""};
        json.object("an example", key -> {
            switch (key) {
                case "input" -> parts[0] = text(key);
                case "rationale" -> parts[1] = text(key);
                case "output" -> parts[2] = text(key);
                default ->
                    throw json.fault("there is no key " + key + " in an example; there are input, rationale, output");
            }
        });
        try {
            return new Example(parts[0], parts[1], parts[2]);
        } catch (IllegalArgumentException e) {
            throw json.fault(String.valueOf(e.getMessage()));
        }
    }

    /** The methods by name. */
    private enum Method {
        FIRST,
        RANDOM,
        SIMILAR,
        DIVERSE
    }

    /** The similarities by name. */
    private enum Nearness {
        BM25(Similarity.BM25),
        OVERLAP(Similarity.OVERLAP);

        @SuppressWarnings("ImmutableEnumChecker") // both are without state
        private final Similarity similarity;

        Nearness(Similarity similarity) {
            this.similarity = similarity;
        }
    }

    private static final class Selection {
        private Method method = Method.FIRST;
        private int count = Integer.MAX_VALUE;
        private long seed;
        private double lambda = 0.5;
        private Similarity similarity = Similarity.BM25;
    }

    private ExampleSelection selection() throws IOException {
        Selection s = new Selection();
        json.object("selection", key -> {
            switch (key) {
                case "method" -> s.method = named(key, Method.values());
                case "count" -> s.count = (int) Math.min(Integer.MAX_VALUE, json.count(key));
                case "seed" -> s.seed = json.count(key);
                case "lambda" -> s.lambda = json.number(key);
                case "similarity" -> s.similarity = named(key, Nearness.values()).similarity;
                default ->
                    throw json.fault("there is no key " + key
                            + " in a selection; there are method, count, seed, lambda, similarity");
            }
        });
        try {
            return switch (s.method) {
                case FIRST -> new ExampleSelection.First(s.count);
                case RANDOM -> new ExampleSelection.Drawn(s.count, s.seed);
                case SIMILAR -> new ExampleSelection.Nearest(s.count, s.similarity);
                case DIVERSE -> new ExampleSelection.Diverse(s.count, s.lambda, s.similarity);
            };
        } catch (IllegalArgumentException e) {
            throw json.fault(String.valueOf(e.getMessage()));
        }
    }

    private <E extends Enum<E>> E named(String what, E[] known) throws IOException {
        String name = json.string(what);
        for (E one : known) {
            if (one.name().equalsIgnoreCase(name)) {
                return one;
            }
        }
        throw json.fault("there is no " + what + " " + name + "; there are "
                + Arrays.stream(known)
                        .map(e -> e.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", ")));
    }
}
