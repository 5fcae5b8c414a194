package dev.keiryo.file;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads untrusted JSON of a known shape token by token, building nothing. A fault names the byte offset in the file;
 * keys given twice are faults.
 */
public final class JsonCursor {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final String source;
    private final long start;
    private final JsonParser parser;
    private @Nullable JsonToken peeked;

    /** Reads the value of {@code key} from the cursor it closes over. */
    @FunctionalInterface
    public interface Member {
        void read(String key) throws IOException;
    }

    /** Reads one element of an array. */
    @FunctionalInterface
    public interface Element {
        void read() throws IOException;
    }

    /**
     * @param source the file, for messages
     * @param start where in the file {@code json} starts
     * @param json in UTF-8
     */
    public JsonCursor(String source, long start, byte[] json) throws FormatException {
        this.source = source;
        this.start = start;
        // The parser would take a byte order mark or zeros among the first four bytes for UTF-16 or UTF-32.
        for (int i = 0; i < Math.min(4, json.length); i++) {
            if (json[i] == 0 || (i == 0 && json[i] < 0)) {
                throw new FormatException(source, start + i, "expected JSON in UTF-8 without byte order mark");
            }
        }
        this.parser = FACTORY.createParser(ObjectReadContext.empty(), json);
    }

    /** The next value, an object: calls {@code member} for each of its members, which must read the value. */
    public void object(String what, Member member) throws IOException {
        expect(JsonToken.START_OBJECT, what, "an object");
        Set<String> seen = new HashSet<>();
        for (JsonToken t = next(what); t != JsonToken.END_OBJECT; t = next(what)) {
            if (t != JsonToken.PROPERTY_NAME) {
                throw fault(what + " is cut or corrupted");
            }
            String key = text();
            if (!seen.add(key)) {
                throw fault("key " + key + " is given twice in " + what);
            }
            member.read(key);
        }
    }

    /** The next value, an array: calls {@code element} before each of its elements, which must read it. */
    public void array(String what, int limit, Element element) throws IOException {
        expect(JsonToken.START_ARRAY, what, "an array");
        for (int n = 0; ; n++) {
            JsonToken t = next(what);
            if (t == JsonToken.END_ARRAY) {
                return;
            }
            if (n == limit) {
                throw fault(what + " has more than " + limit + " elements");
            }
            peeked = t;
            element.read();
        }
    }

    /** The next value, a string. */
    public String string(String what) throws FormatException {
        expect(JsonToken.VALUE_STRING, what, "a string");
        return text();
    }

    /** The next value, an integer from 0 to 2^63 - 1. */
    public long count(String what) throws FormatException {
        expect(JsonToken.VALUE_NUMBER_INT, what, "an integer");
        long n;
        try {
            n = parser.getLongValue();
        } catch (JacksonException e) {
            throw fault(what + " is out of range");
        }
        if (n < 0) {
            throw fault(what + " is " + n + ", but must not be negative");
        }
        return n;
    }

    /** The next value, a finite number. */
    public double number(String what) throws FormatException {
        JsonToken found = next(what);
        if (found != JsonToken.VALUE_NUMBER_INT && found != JsonToken.VALUE_NUMBER_FLOAT) {
            throw fault(what + " should be a number, but is " + found);
        }
        double number;
        try {
            number = parser.getDoubleValue();
        } catch (JacksonException e) {
            throw fault(what + " is out of range");
        }
        if (!Double.isFinite(number)) {
            throw fault(what + " is out of range");
        }
        return number;
    }

    /** Whether the next value is an array; it stays the next. */
    public boolean isArray(String what) throws FormatException {
        peeked = next(what);
        return peeked == JsonToken.START_ARRAY;
    }

    /** Whether the next value is an object; it stays the next. */
    public boolean isObject(String what) throws FormatException {
        peeked = next(what);
        return peeked == JsonToken.START_OBJECT;
    }

    /** Whether the next value is null; then it is passed over, else it stays the next. */
    public boolean isNull(String what) throws FormatException {
        JsonToken t = next(what);
        peeked = t == JsonToken.VALUE_NULL ? null : t;
        return peeked == null;
    }

    /** Passes over the next value, whatever it is. */
    public void skip(String what) throws FormatException {
        next(what);
        try {
            parser.skipChildren();
        } catch (JacksonException e) {
            throw malformed(what, e);
        }
    }

    /** Nothing but white space may follow. */
    public void end(String what) throws FormatException {
        JsonToken t;
        try {
            t = parser.nextToken();
        } catch (JacksonException e) {
            throw malformed(what, e);
        }
        if (t != null) {
            throw fault("something follows " + what);
        }
    }

    /** A fault at the value just read, to be thrown. */
    public FormatException fault(String problem) {
        return new FormatException(source, start + parser.currentTokenLocation().getByteOffset(), problem);
    }

    private JsonToken next(String what) throws FormatException {
        JsonToken t = peeked;
        peeked = null;
        if (t != null) {
            return t;
        }
        try {
            t = parser.nextToken();
        } catch (JacksonException e) {
            throw malformed(what, e);
        }
        if (t == null) {
            throw fault("the JSON ends within " + what);
        }
        return t;
    }

    private void expect(JsonToken expected, String what, String description) throws FormatException {
        JsonToken found = next(what);
        if (found != expected) {
            throw fault(what + " should be " + description + ", but is " + found);
        }
    }

    private String text() throws FormatException {
        try {
            return parser.getString();
        } catch (JacksonException e) {
            throw malformed("a string", e);
        }
    }

    private FormatException malformed(String what, JacksonException e) {
        FormatException fault = new FormatException(
                source,
                start + Math.max(0, parser.currentLocation().getByteOffset()),
                "malformed JSON in " + what + ": " + e.getOriginalMessage());
        fault.initCause(e);
        return fault;
    }
}
