package dev.keiryo.grammar;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.schema.JsonSchemas;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Masks of JSON Schema's frames, which are not made of rules, against brute force. */
@Timeout(120)
class SchemaMasksTest {
    @Test
    void masksAreExact() throws FormatException {
        SplittableRandom random = new SplittableRandom(4);
        for (String schema : List.of(
                "{}",
                "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":20},\"age\":{\"type\":\"integer\",\"minimum\":0,"
                        + "\"maximum\":150}},\"required\":[\"name\",\"age\"],\"additionalProperties\":false}",
                "{\"type\":\"array\",\"items\":{\"enum\":[\"red\",\"green\",1,null]},\"minItems\":2,\"maxItems\":5}",
                "{\"$defs\":{\"t\":{\"type\":\"object\",\"properties\":{\"v\":{\"type\":\"number\"},\"n\":{\"$ref\":\"#/$defs/t\"}},"
                        + "\"required\":[\"v\"]}},\"$ref\":\"#/$defs/t\"}",
                "{\"type\":\"string\",\"pattern\":\"^[a-f]{3,}$\",\"minLength\":4}")) {
            TokenMasksTest.walk(JsonSchemas.compile("test", schema), schema, random, 4, 30);
        }
    }
}
