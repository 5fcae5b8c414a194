package dev.keiryo.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.keiryo.FormatException;
import dev.keiryo.grammar.UnenforceableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Random schemas: the automaton agrees with an independent validator on random values, and writes only valid ones. */
final class JsonSchemaOracleTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    @Test
    void agreesWithAnIndependentValidator() {
        int schemas = Integer.getInteger("schemas", 300);
        long seed = Long.getLong("seed", 0);
        List<String> wrong = new ArrayList<>();
        int refused = 0;
        int compared = 0;
        int accepted = 0;
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        for (int i = 0; i < schemas && wrong.size() < 10; i++) {
            Random random = new Random(seed + i);
            RandomSchemas world = new RandomSchemas(random);
            JsonNode schema = world.schema();
            Drive drive = null;
            try {
                drive = new Drive(JsonSchemas.compile("random", schema.toString()));
            } catch (UnenforceableException e) {
                refused++; // references without end
                continue;
            } catch (FormatException e) {
                if (!String.valueOf(e.getMessage()).contains("no value is valid")) {
                    throw new AssertionError(schema.toString(), e);
                }
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError(i + " " + schema, e);
            }
            Schema oracle = registry.getSchema(schema);
            for (int k = 0; k < 30; k++) {
                JsonNode value = world.value(3);
                Boolean valid = isValid(oracle, value);
                if (valid == null) {
                    break;
                }
                String text = Spelling.of(value, random);
                compared++;
                accepted += valid ? 1 : 0;
                if ((drive != null && drive.accepts(text)) != valid) {
                    wrong.add(i + " " + schema + "\n   " + value + " is " + (valid ? "valid" : "not valid"));
                    break;
                }
            }
            for (int k = 0; k < 5 && drive != null; k++) {
                String text;
                try {
                    text = drive.walk(random, random.nextInt(60));
                } catch (AssertionError e) {
                    wrong.add(i + " " + schema + "\n   " + e.getMessage());
                    break;
                }
                if (text.matches("(?s).*[0-9][eE][-+]?[0-9]{4,}.*")) {
                    continue; // numbers that no validator can hold
                }
                if (Boolean.FALSE.equals(isValid(oracle, JSON.readTree(text)))) {
                    wrong.add(i + " " + schema + "\n   wrote " + text);
                    break;
                }
            }
        }
        assertEquals("", String.join("\n", wrong));
        assertTrue(accepted > compared / 10 && refused < schemas / 10, accepted + " valid, " + refused + " refused");
    }

    /** Null where the oracle follows references for ever: something beside them has settled the matter. */
    private static @Nullable Boolean isValid(Schema oracle, JsonNode value) {
        try {
            return oracle.validate(value).isEmpty();
        } catch (StackOverflowError e) {
            return null;
        }
    }
}
