package dev.keiryo.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.UnenforceableException;
import java.time.Duration;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Large bounds are counted, not unrolled; what would explode is refused by name, and soon. */
final class JsonSchemaHostileTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private static String many(int n, String between, IntFunction<String> part) {
        return IntStream.range(0, n).mapToObj(part).collect(Collectors.joining(between));
    }

    static Stream<Arguments> exploding() {
        return Stream.of(
                Arguments.of("pattern", "{\"pattern\":\"(a|b)*a(a|b){30}$\"}"),
                Arguments.of("pattern", "{\"pattern\":\"a{1000000000}\"}"),
                Arguments.of("pattern", "{\"pattern\":\"((((a{99}){99}){99}){99}){99}\"}"),
                Arguments.of("pattern", "{\"pattern\":\"(?=a)b\"}"),
                Arguments.of("pattern", "{\"pattern\":\"(a)\\\\1\"}"),
                Arguments.of("pattern", "{\"pattern\":\"" + "(".repeat(5000) + ")".repeat(5000) + "\"}"),
                Arguments.of(
                        "pattern",
                        "{\"allOf\":[" + many(20, ",", i -> "{\"pattern\":\"" + (char) ('a' + i) + ".{3}[0-9]\"}")
                                + "]}"),
                Arguments.of("minLength", "{\"minLength\":1000000000}"),
                Arguments.of("minItems", "{\"minItems\":1000000000}"),
                Arguments.of("minProperties", "{\"minProperties\":1000000000}"),
                Arguments.of("minProperties", "{\"minProperties\":300}"),
                Arguments.of("pattern", "{\"pattern\":\"^(ab|c)*$\",\"minLength\":9000000}"),
                Arguments.of("minimum", "{\"minimum\":1e1000000000}"),
                Arguments.of("const", "{\"const\":-1e-1000000000}"),
                Arguments.of("$ref", "{\"$ref\":\"#\"}"),
                Arguments.of(
                        "$ref",
                        "{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"anyOf\":[{\"$ref\":\"#/$defs/a\"}]}},\"$ref\":\"#/$defs/a\"}"),
                Arguments.of(
                        "$ref",
                        "{\"$ref\":\"#/$defs/d0\",\"$defs\":{"
                                + many(5000, ",", i -> "\"d" + i + "\":{\"$ref\":\"#/$defs/d" + (i + 1) + "\"}")
                                + ",\"d5000\":true}}"),
                Arguments.of(
                        "allOf",
                        "{\"allOf\":["
                                + many(
                                        20,
                                        ",",
                                        i -> "{\"anyOf\":[{\"required\":[\"a" + i + "\"]},{\"required\":[\"b" + i
                                                + "\"]}]}")
                                + "]}"),
                Arguments.of(
                        "oneOf",
                        "{\"oneOf\":[" + many(40, ",", i -> "{\"required\":[\"a" + i + "\",\"b" + i + "\"]}") + "]}"),
                Arguments.of("uniqueItems", "{\"uniqueItems\":true}"),
                Arguments.of("nullable", "{\"nullable\":true}"),
                Arguments.of("items", "{\"items\":[{}]}"),
                Arguments.of("$schema", "{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}"),
                Arguments.of("$ref", "{\"$ref\":\"https://example.com/other\"}"));
    }

    @ParameterizedTest
    @MethodSource("exploding")
    void refusesByName(String keyword, String schema) {
        UnenforceableException e = assertTimeoutPreemptively(
                SOON, () -> assertThrows(UnenforceableException.class, () -> JsonSchemas.compile("hostile", schema)));
        assertEquals(keyword, e.what(), e.getMessage());
    }

    static Stream<String> large() {
        return Stream.of(
                "{\"maxLength\":1000000000}",
                "{\"minLength\":1000000,\"maxLength\":1000000000}",
                "{\"maxItems\":1000000000,\"minItems\":3}",
                "{\"maxProperties\":1000000000}",
                "{\"minProperties\":200}",
                "{\"contains\":{\"const\":1},\"minContains\":3,\"maxContains\":1000000000}",
                "{\"pattern\":\"^[ab]*$\",\"maxLength\":1000000000}",
                "{\"pattern\":\"^a{2000}$\"}",
                "{\"maximum\":1e300,\"minimum\":1e-300,\"multipleOf\":1e-300}",
                "{\"multipleOf\":123456789,\"minimum\":1}",
                "{\"enum\":[" + many(20_000, ",", i -> "\"value" + i * 7919 + "\"") + "]}",
                "{\"enum\":[" + many(20_000, ",", i -> "" + i * 7919) + "]}",
                "{\"enum\":[" + many(300, ",", i -> "{\"a\":" + i + ",\"b\":[" + i + "]}") + "]}",
                "{\"properties\":{" + many(500, ",", i -> "\"p" + i + "\":{\"type\":\"integer\"}")
                        + "},\"additionalProperties\":false,\"required\":[" + many(250, ",", i -> "\"p" + 2 * i + "\"")
                        + "]}",
                "{\"oneOf\":["
                        + many(
                                30,
                                ",",
                                i -> "{\"type\":\"object\",\"properties\":{\"kind\":{\"const\":\"k" + i
                                        + "\"},\"v\":{\"type\":\"integer\"}},\"required\":[\"kind\"]}")
                        + "]}",
                "{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"type\":\"object\",\"properties\":{\"l\":{\"$ref\":\"#/$defs/n\"},\"r\":{\"$ref\":\"#/$defs/n\"}}}}}",
                "{\"additionalProperties\":{\"$ref\":\"#\"},\"items\":{\"$ref\":\"#\"}}",
                "{\"prefixItems\":[" + many(2000, ",", i -> "{\"type\":\"integer\"}") + "],\"minItems\":2000}");
    }

    @ParameterizedTest
    @MethodSource("large")
    void takesLargeBounds(String schema) {
        String text = assertTimeoutPreemptively(SOON, () -> {
            Drive drive = new Drive(JsonSchemas.compile("large", schema));
            return schema.contains("1000000,") ? "" : drive.walk(new Random(1), 30);
        });
        assertFalse(schema.contains("const") && text.isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "false",
                "{\"not\":{}}",
                "{\"type\":\"integer\",\"minimum\":1.2,\"maximum\":1.8}",
                "{\"type\":\"string\",\"pattern\":\"^a{3}$\",\"maxLength\":2}",
                "{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#/$defs/n\"}},\"required\":[\"n\"]}}}",
                "{\"type\":\"object\",\"propertyNames\":{\"enum\":[\"a\",\"b\"]},\"minProperties\":3}",
                "{\"type\":\"array\",\"contains\":{\"const\":1},\"items\":{\"const\":2}}"
            })
    void saysThatNothingIsValid(String schema) {
        FormatException e = assertThrows(FormatException.class, () -> JsonSchemas.compile("empty", schema));
        assertTrue(String.valueOf(e.getMessage()).contains("no value is valid"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "[]",
                "{",
                "{\"type\":\"int\"}",
                "{\"required\":\"a\"}",
                "{\"properties\":[]}",
                "{\"anyOf\":[]}",
                "{\"anyOf\":[1]}",
                "{\"minLength\":-1}",
                "{\"multipleOf\":0}",
                "{\"minimum\":1E7777777777777777777}",
                "{\"$ref\":\"#/nowhere\"}",
                "{\"a\":1,\"a\":2}",
                "{\"const\":\"\\ud800\"}",
                "{\"$ref\":1}",
                "{\"$id\":\"::\"}"
            })
    void saysWhatIsMalformed(String schema) {
        assertThrows(FormatException.class, () -> JsonSchemas.compile("malformed", schema));
    }
}
