package dev.keiryo.cli;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

/**
 * Logits from a file: raw little-endian float32 where its name ends with {@code .f32} or {@code .bin}; else JSON, an array
 * of numbers or an object that has one as {@code logits}. What follows the first JSON value is left alone.
 */
final class LogitsFile {
    private LogitsFile() {}

    static float[] read(Path file) throws IOException {
        String name = file.toString().toLowerCase(Locale.ROOT);
        float[] logits = name.endsWith(".f32") || name.endsWith(".bin") ? raw(file) : json(file);
        if (logits.length == 0) {
            throw new FormatException(file.toString(), "it holds no logits");
        }
        for (int i = 0; i < logits.length; i++) {
            if (Float.isNaN(logits[i]) || logits[i] == Float.POSITIVE_INFINITY) {
                throw new FormatException(
                        file.toString(),
                        "the logit of token " + i + " should be a number or -inf, but is " + logits[i]);
            }
        }
        return logits;
    }

    private static float[] raw(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length % 4 != 0) {
            throw new FormatException(
                    file.toString(), "raw float32 takes 4 bytes a number, but the file has " + bytes.length);
        }
        float[] out = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(out);
        return out;
    }

    private static float[] json(Path file) throws IOException {
        String form = "expected JSON: an array of numbers, or an object that has one as \"logits\"";
        byte[] bytes = Files.readAllBytes(file);
        try (MappingIterator<JsonNode> values =
                JsonMapper.shared().readerFor(JsonNode.class).readValues(bytes)) {
            if (!values.hasNext()) {
                throw new FormatException(file.toString(), form);
            }
            JsonNode first = values.next();
            JsonNode list = first.isObject() && first.has("logits") ? first.get("logits") : first;
            if (!list.isArray()) {
                throw new FormatException(file.toString(), form);
            }
            float[] out = new float[list.size()];
            for (int i = 0; i < out.length; i++) {
                out[i] = number(file, list.get(i), i);
            }
            return out;
        } catch (JacksonException e) {
            throw new FormatException(file.toString(), form + "; " + e.getOriginalMessage(), e);
        }
    }

    private static float number(Path file, JsonNode node, int i) throws FormatException {
        if (node.isNumber()) {
            return node.floatValue();
        }
        String text = node.isString() ? node.asString() : "";
        if (text.equals("-inf") || text.equals("-Infinity")) {
            return Float.NEGATIVE_INFINITY;
        }
        throw new FormatException(
                file.toString(), "the logit of token " + i + " should be a number or \"-inf\", but is " + node);
    }
}
