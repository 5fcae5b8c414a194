package dev.keiryo.train.scaling;

import dev.keiryo.FormatException;
import dev.keiryo.file.ReplacedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.ToDoubleFunction;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A law in JSON, as {@code keiryo scaling} writes it: {@code {"law": {"E": …, "A": …, "B": …, "alpha": …, "beta": …}}}. */
public final class LawFile {
    private static final long LARGEST = 1 << 24;

    private LawFile() {}

    /** The law's numbers. */
    public static void write(ScalingLaw law, ObjectNode into) {
        into.put("E", law.irreducible());
        into.put("A", law.sizeFactor());
        into.put("B", law.dataFactor());
        into.put("alpha", law.sizeExponent());
        into.put("beta", law.dataExponent());
    }

    /** Writes what holds a law to {@code file}, whole or not at all. */
    public static void write(ObjectNode root, Path file) throws IOException {
        ReplacedFile.write(file, root.toPrettyString());
    }

    /** The law of a file. */
    public static ScalingLaw read(Path file) throws IOException {
        if (Files.size(file) > LARGEST) {
            throw new FormatException(file.toString(), "is larger than a scaling law is; name a scaling.json");
        }
        return parse(file.toString(), Files.readAllBytes(file));
    }

    /** @param source for messages */
    static ScalingLaw parse(String source, byte[] text) throws FormatException {
        try {
            JsonNode law = JsonMapper.shared().readTree(text).path("law");
            ToDoubleFunction<String> number = key -> {
                JsonNode value = law.path(key);
                if (!value.isNumber()) {
                    throw new IllegalArgumentException("law." + key + " should be a number, but is " + value);
                }
                return value.asDouble();
            };
            return new ScalingLaw(
                    number.applyAsDouble("E"),
                    number.applyAsDouble("A"),
                    number.applyAsDouble("B"),
                    number.applyAsDouble("alpha"),
                    number.applyAsDouble("beta"));
        } catch (JacksonException | IllegalArgumentException e) {
            throw new FormatException(source, e.getMessage() + "; name a scaling.json that keiryo scaling has written");
        }
    }
}
