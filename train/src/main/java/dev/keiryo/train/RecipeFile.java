package dev.keiryo.train;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * A recipe: a file of YAML that is one mapping of names to scalars or to lists of scalars.
 *
 * <pre>
 * data: [one.txt, two.txt]
 * steps: 2000
 * optimizer: "muon:momentum=0.9"
 * </pre>
 *
 * <p>Scalars are taken as they are written, whatever YAML would make of them. Anchors, aliases, tags, further documents and deeper structure are
 * refused, as no recipe needs them; what is read is never more than the file.
 */
public final class RecipeFile {
    /** A recipe is no longer than this, in bytes. */
    private static final int LONGEST = 1 << 20;

    private final String source;
    private final Iterator<Event> events;

    /**
     * A key with its values.
     *
     * @param line from 1
     */
    public record Entry(String key, List<String> values, int line) {
        public Entry {
            values = List.copyOf(values);
        }
    }

    private RecipeFile(String source, String text) {
        this.source = source;
        LoadSettings settings = LoadSettings.builder()
                .setLabel(source)
                .setCodePointLimit(LONGEST)
                .setMaxAliasesForCollections(0)
                .setAllowRecursiveKeys(false)
                .setParseComments(false)
                .build();
        events = new ParserImpl(settings, new StreamReader(settings, text));
    }

    /** The file's entries in their order. */
    public static List<Entry> read(Path file) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(LONGEST + 1);
        }
        return read(file.toString(), bytes);
    }

    static List<Entry> read(String source, byte[] bytes) throws FormatException {
        if (bytes.length > LONGEST) {
            throw new FormatException(source, "has more than " + LONGEST + " bytes: it is no recipe");
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return new RecipeFile(source, text).entries();
        } catch (CharacterCodingException e) {
            throw new FormatException(source, "is no UTF-8 text; a recipe is a file of YAML");
        } catch (MarkedYamlEngineException e) {
            String problem = e.getProblem() == null
                    ? "is no YAML"
                    : e.getProblem().lines().findFirst().orElse("");
            throw new FormatException(place(source, e.getProblemMark().orElse(null)), "no YAML: " + problem);
        } catch (YamlEngineException | NoSuchElementException e) {
            throw new FormatException(
                    source,
                    "no YAML: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }

    private static String place(String source, @Nullable Mark mark) {
        return mark == null ? source : source + ", line " + (mark.getLine() + 1);
    }

    private List<Entry> entries() throws FormatException {
        List<Entry> all = new ArrayList<>();
        next(Event.ID.StreamStart, "a file");
        Event first = events.next();
        if (first.getEventId() == Event.ID.StreamEnd) {
            return all;
        }
        next(Event.ID.MappingStart, "names with values, as in steps: 2000");
        Map<String, Integer> lines = new LinkedHashMap<>();
        for (Event e = events.next(); e.getEventId() != Event.ID.MappingEnd; e = events.next()) {
            String key = scalar(e, "a name");
            int line = line(e);
            Integer before = lines.put(key, line);
            if (before != null) {
                throw fault(e, key + " is there already, in line " + before);
            }
            all.add(new Entry(key, values(key), line));
        }
        next(Event.ID.DocumentEnd, "the end");
        Event end = events.next();
        if (end.getEventId() != Event.ID.StreamEnd) {
            throw fault(end, "a second document begins; a recipe is one");
        }
        return all;
    }

    private List<String> values(String key) throws FormatException {
        Event e = events.next();
        if (e.getEventId() != Event.ID.SequenceStart) {
            String value = scalar(e, "a value of " + key + ", or a list of values");
            if (value.isEmpty() && ((ScalarEvent) e).isPlain()) {
                throw fault(e, key + " has no value; leave it out, or write \"\" for an empty text");
            }
            return List.of(value);
        }
        checkPlain(e);
        List<String> values = new ArrayList<>();
        for (e = events.next(); e.getEventId() != Event.ID.SequenceEnd; e = events.next()) {
            values.add(scalar(e, "a value in the list of " + key));
        }
        if (values.isEmpty()) {
            throw fault(e, "the list of " + key + " is empty; leave it out");
        }
        return values;
    }

    private void next(Event.ID expected, String what) throws FormatException {
        Event e = events.next();
        if (e.getEventId() != expected) {
            throw fault(e, what + " should be here, not " + name(e));
        }
        checkPlain(e);
    }

    private String scalar(Event e, String what) throws FormatException {
        checkPlain(e);
        if (e instanceof ScalarEvent s) {
            if (s.getTag().isPresent()) {
                throw fault(e, "tags such as " + s.getTag().get() + " mean nothing in a recipe");
            }
            return s.getValue();
        }
        throw fault(e, what + " should be here, not " + name(e));
    }

    private void checkPlain(Event e) throws FormatException {
        if (e.getEventId() == Event.ID.Alias
                || (e instanceof NodeEvent n && n.getAnchor().isPresent())) {
            throw fault(e, "anchors and aliases are not for recipes");
        }
    }

    private static String name(Event e) {
        return switch (e.getEventId()) {
            case MappingStart -> "a mapping";
            case SequenceStart -> "a list";
            case Scalar -> "a single value";
            default -> "the end";
        };
    }

    private static int line(Event e) {
        return e.getStartMark().map(m -> m.getLine() + 1).orElse(0);
    }

    private FormatException fault(Event e, String problem) {
        return new FormatException(place(source, e.getStartMark().orElse(null)), problem);
    }

    /** A recipe as a file that {@link #read} reads: a line for each name. */
    public static String text(Map<String, List<String>> values) {
        StringBuilder text = new StringBuilder();
        values.forEach((key, all) -> {
            text.append(key).append(": ");
            if (all.size() == 1) {
                text.append(quoted(all.getFirst()));
            } else {
                text.append('[')
                        .append(String.join(
                                ", ", all.stream().map(RecipeFile::quoted).toList()))
                        .append(']');
            }
            text.append('\n');
        });
        return text.toString();
    }

    /** As it is where YAML reads it so; else with quotation marks. */
    private static String quoted(String value) {
        if (value.matches("[\\p{L}\\p{N}./_][\\p{L}\\p{N}./_+%=<>()^-]*")) {
            return value;
        }
        StringBuilder quoted = new StringBuilder("\"");
        value.codePoints().forEach(c -> {
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                default -> {
                    if (c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0x85) {
                        quoted.append(String.format("\\u%04x", c));
                    } else {
                        quoted.appendCodePoint(c);
                    }
                }
            }
        });
        return quoted.append('"').toString();
    }
}
