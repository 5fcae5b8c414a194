package dev.keiryo.grammar.schema;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import dev.keiryo.grammar.UnenforceableException;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the text, compiling ends in a language that can be finished, or in one of the two exceptions. */
final class JsonSchemaFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void compilesOrRefuses(byte[] schema) {
        try {
            String text = new String(schema, java.nio.charset.StandardCharsets.UTF_8);
            new Drive(JsonSchemas.compile("fuzz", text, SchemaOptions.DEFAULT.withFormats(true)))
                    .walk(new Random(1), 20);
        } catch (FormatException | UnenforceableException e) {
            // the two that are allowed
            assert e.getMessage() != null;
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.concat(
                        List.of(
                                "{\"type\":[\"object\",\"null\"],\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}",
                                "{\"pattern\":\"^(a|[b-d]{2,3})+\\\\d$\",\"minLength\":3,\"format\":\"date\"}",
                                "{\"oneOf\":[{\"multipleOf\":0.3},{\"minimum\":1e2,\"exclusiveMaximum\":200}],\"not\":{\"const\":3}}",
                                "{\"contains\":{\"enum\":[1,\"x\"]},\"maxContains\":2,\"uniqueItems\":true,\"items\":{\"enum\":[1,2,\"x\"]}}",
                                "{\"if\":{\"required\":[\"a\"]},\"then\":{\"maxProperties\":2},\"unevaluatedProperties\":{\"type\":\"string\"}}")
                                .stream(),
                        Stream.iterate(0, i -> i < 20, i -> i + 1)
                                .map(i -> new RandomSchemas(new Random(i))
                                        .schema()
                                        .toString()))
                .map(s -> s.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
