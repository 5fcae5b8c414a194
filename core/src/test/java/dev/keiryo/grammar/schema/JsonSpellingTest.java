package dev.keiryo.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What generation may want of JSON: runs of white space that end, and numbers that doubles hold. */
class JsonSpellingTest {
    private static final Pattern TOKEN = Pattern.compile("[\\[\\]{},:]|\"(?:[^\"\\\\]|\\\\.)*\"|[^\\[\\]{},:\"]+");

    private static Drive drive(String schema, int whitespace) throws FormatException {
        return new Drive(JsonSchemas.compile("test", schema, SchemaOptions.DEFAULT.withWhitespace(whitespace)));
    }

    /** Adds runs of up to {@code most} between the tokens of {@code json} and around it; gives the longest one. */
    private static int spaced(String json, Random random, int most, StringBuilder out) {
        Matcher tokens = TOKEN.matcher(json);
        int longest = 0;
        while (true) {
            int run = random.nextInt(4) == 0 ? random.nextInt(most + 1) : 0;
            longest = Math.max(longest, run);
            for (int i = 0; i < run; i++) {
                out.append(" \t\r\n".charAt(random.nextInt(4)));
            }
            if (!tokens.find()) {
                return longest;
            }
            out.append(tokens.group());
        }
    }

    @Test
    void runsAreLimitedAtEveryPlace() throws FormatException {
        Random random = new Random(3);
        int within = 0;
        int beyond = 0;
        for (int limit : List.of(0, 1, 5)) {
            Drive any = drive("true", limit);
            for (int i = 0; i < 400; i++) {
                JsonNode value = new RandomSchemas(random).value(3);
                StringBuilder text = new StringBuilder();
                boolean fits = spaced(value.toString(), random, limit + 2, text) <= limit;
                assertEquals(fits, any.accepts(text.toString()), () -> limit + ": " + text);
                within += fits ? 1 : 0;
                beyond += fits ? 0 : 1;
            }
        }
        assertTrue(within > 100 && beyond > 100, within + ", " + beyond);
    }

    @Test
    void walksKeepToIt() throws FormatException {
        Random random = new Random(4);
        String schema =
                "{\"type\": \"array\", \"items\": {\"properties\": {\"a\": {\"type\": \"integer\"}}, \"required\": [\"a\"]},"
                        + " \"minItems\": 2}";
        for (int limit : List.of(0, 2)) {
            Drive drive = drive(schema, limit);
            for (int i = 0; i < 60; i++) {
                String text = drive.walk(random, random.nextInt(80));
                String outside = text.replaceAll("\"(?:[^\"\\\\]|\\\\.)*\"", "s");
                assertFalse(outside.matches("(?s).*[ \t\r\n]{" + (limit + 1) + "}.*"), text);
            }
        }
    }

    @Test
    void exponentsThatDoublesHold() throws FormatException {
        SchemaOptions doubles = SchemaOptions.DEFAULT.withDoubles(true);
        for (String schema :
                List.of("true", "{\"type\": \"integer\"}", "{\"minimum\": 3}", "{\"multipleOf\": 7, \"minimum\": 1}")) {
            Drive drive = new Drive(JsonSchemas.compile("test", schema, doubles));
            assertTrue(drive.accepts("7e99") && drive.accepts("70e+01") && !drive.accepts("7e100"), schema);
            Random random = new Random(5);
            for (int i = 0; i < 200; i++) {
                String text = drive.walk(random, random.nextInt(12));
                assertFalse(text.matches(".*[0-9][eE][+-]?0*[1-9][0-9]{2}.*"), text);
            }
        }
        Drive bounded = new Drive(JsonSchemas.compile("test", "{\"minimum\": 1e200, \"maximum\": 1e210}", doubles));
        assertTrue(bounded.accepts("1e205"));
        Drive large = new Drive(JsonSchemas.compile("test", "{\"minimum\": 1e200}", doubles));
        assertTrue(large.accepts("1e205"));
    }

    @Test
    void thereIsNoLessThanNone() {
        assertThrows(IllegalArgumentException.class, () -> SchemaOptions.DEFAULT.withWhitespace(-1));
    }
}
