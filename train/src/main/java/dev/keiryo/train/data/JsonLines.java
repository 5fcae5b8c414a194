package dev.keiryo.train.data;

import dev.keiryo.FormatException;
import dev.keiryo.file.JsonCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Documents of JSON Lines: an object on each line, one of whose fields is the text; null is a text without characters. */
final class JsonLines {
    private static final int NAMED = 8;

    private final String source;
    private final ReadOptions options;
    private final List<String> path;

    JsonLines(String source, ReadOptions options) {
        this.source = source;
        this.options = options;
        path = List.of(options.field().split("\\.", -1));
    }

    void read(LineReader lines, DocumentSink sink) throws IOException {
        for (byte[] raw = lines.next(); raw != null; raw = lines.next()) {
            if (!isBlank(raw)) {
                String place = source + ", line " + lines.line();
                lines.decode(raw); // JSON's own reader lets some of what is not UTF-8 pass
                JsonCursor json = new JsonCursor(place, 0, raw);
                if (json.isArray("the record")) {
                    throw new FormatException(
                            place,
                            "expected an object on each line, found an array; write its elements one a line, for example with jq -c '.[]'");
                }
                String text = field(place, json, 0);
                json.end("the record");
                sink.accept(new Document(text, source, lines.line()));
            }
        }
    }

    private static boolean isBlank(byte[] raw) {
        for (byte b : raw) {
            if (b != ' ' && b != '\t') {
                return false;
            }
        }
        return true;
    }

    private String field(String place, JsonCursor json, int depth) throws IOException {
        String wanted = path.get(depth);
        String whole = String.join(".", path.subList(0, depth + 1));
        List<String> others = new ArrayList<>();
        @Nullable String[] found = new String[1];
        json.object(depth == 0 ? "the record" : String.join(".", path.subList(0, depth)), key -> {
            if (!key.equals(wanted)) {
                json.skip(key);
                if (others.size() < NAMED) {
                    others.add(key);
                }
            } else if (depth + 1 < path.size()) {
                found[0] = field(place, json, depth + 1);
            } else {
                found[0] = json.isNull(whole) ? "" : json.string(whole);
            }
        });
        String text = found[0];
        if (text == null) {
            throw new FormatException(
                    place,
                    "has no field " + whole + (others.isEmpty() ? "" : ", but " + String.join(", ", others))
                            + "; name the one with the text (--field)");
        }
        if (text.length() > options.limit()) {
            throw new FormatException(
                    place, "the text is longer than the limit of " + options.limit() + " bytes; raise the limit");
        }
        return text;
    }
}
