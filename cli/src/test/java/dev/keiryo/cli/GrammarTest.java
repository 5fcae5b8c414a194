package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo grammar}, and what {@code keiryo run} is held to. */
class GrammarTest {
    @TempDir
    private Path folder = Path.of("");

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private static String json() {
        return TestData.path("grammars/json.gbnf").toString();
    }

    @Test
    void checksFiles() throws IOException {
        String good = file("good.json", "{\"a\": [1]}\n");
        String bad = file("bad.json", "{\"a\": [1,\n ]}\n");
        assertEquals(
                good + ": accepted\n",
                done("grammar", "--gbnf", json(), "--check", good).out());
        Output both = keiryo("grammar", "--gbnf", json(), "--check", bad, good);
        assertEquals(1, both.exit());
        assertTrue(both.out().startsWith(bad + ": rejected at byte 11 (line 2, column 2): expected"), both.out());
        assertTrue(both.out().contains("found \"]\""), both.out());
        assertTrue(both.out().endsWith(good + ": accepted\n"), both.out());
        JsonNode report = JsonMapper.shared()
                .readTree(keiryo("grammar", "--gbnf", json(), "--json", "--check", bad)
                        .out());
        assertEquals(11, report.get("files").get(0).get("offset").asInt());
    }

    @Test
    void writesExamplesThatItAccepts() throws IOException {
        String text = done("grammar", "--regex", "[a-c]{5}x+", "--example", "4", "--seed", "9")
                .out();
        assertEquals(4, text.lines().filter(line -> line.matches("[a-c]{5}x+")).count(), text);
        assertEquals(
                text,
                done("grammar", "--regex", "[a-c]{5}x+", "--example", "4", "--seed", "9")
                        .out());
        String schema = file(
                "schema.json",
                "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{\"type\":\"integer\"}}}");
        Output example = done("grammar", "--json-schema", schema, "--json", "--example", "1", "--seed", "2");
        String one = JsonMapper.shared()
                .readTree(example.out())
                .get("examples")
                .get(0)
                .asString();
        done("grammar", "--json-schema", schema, "--check", file("one.json", one));
        assertTrue(JsonMapper.shared().readTree(one).get("a").isNumber(), one);
    }

    @Test
    void whiteSpaceOfJson() throws IOException {
        String schema = file("schema.json", "true");
        String text = file("text.json", "[1,  2]");
        for (String enough : List.of("2", "any")) {
            done("grammar", "--json-schema", schema, "--json-whitespace", enough, "--check", text);
        }
        assertEquals(
                1,
                keiryo("grammar", "--json-schema", schema, "--json-whitespace", "1", "--check", text)
                        .exit());
        assertEquals(
                2,
                keiryo("grammar", "--json-schema", schema, "--json-whitespace", "-1", "--check", text)
                        .exit());
        assertEquals(
                2, keiryo("grammar", "--regex", "a", "--json-whitespace", "1").exit());
    }

    /** What a schema refers to is given, file by file or as a folder; formats hold where that is asked for. */
    @Test
    void documentsAndFormats() throws IOException {
        Path parts = Files.createDirectories(folder.resolve("parts/more"));
        Files.writeString(parts.resolve("day.json"), "{\"type\": \"string\", \"format\": \"date\"}");
        String schema = file("refers.json", "{\"$ref\": \"http://example.org/more/day.json\"}");
        String good = file("good.json", "\"2026-02-28\"");
        String bad = file("bad.json", "\"2026-02-30\"");
        assertEquals(
                3, keiryo("grammar", "--json-schema", schema, "--check", good).exit());
        String one = "http://example.org/more/day.json=" + parts.resolve("day.json");
        String all = "http://example.org=" + folder.resolve("parts");
        for (String document : List.of(one, all)) {
            String[] lenient = {"grammar", "--json-schema", schema, "--json-document", document, "--check", good, bad};
            assertEquals(0, keiryo(lenient).exit());
            String[] strict = {
                "grammar", "--json-schema", schema, "--json-document", document, "--json-formats", "--check", good, bad
            };
            Output output = keiryo(strict);
            assertEquals(1, output.exit());
            assertTrue(output.out().contains("bad.json: rejected at byte 9"), output.out());
        }
        assertEquals(2, keiryo("grammar", "--regex", "a", "--json-formats").exit());
    }

    @Test
    void exitCodesTellWhatWentWrong() throws IOException {
        assertEquals(3, keiryo("grammar", "--regex", "a(?=b)").exit());
        Output unenforceable = keiryo("grammar", "--json-schema", file("s.json", "{\"uniqueItems\":true,\"frob\":1}"));
        assertEquals(3, unenforceable.exit());
        assertTrue(
                unenforceable.err().contains("frob") || unenforceable.err().contains("uniqueItems"),
                unenforceable.err());
        assertEquals(2, keiryo("grammar").exit());
        assertEquals(2, keiryo("grammar", "--regex", "a", "--gbnf", json()).exit());
        assertEquals(2, keiryo("grammar", "--regex", "a**").exit());
        Output broken = keiryo("grammar", "--gbnf", file("g.gbnf", "root ::= \"a"));
        assertEquals(1, broken.exit());
        assertTrue(
                broken.err().contains("g.gbnf: at byte 11: line 1, column 12: expected a closing quote"), broken.err());
    }

    @Test
    void runIsHeldToALanguage() throws IOException {
        String stories = TestData.path("models/TinyStories-656K").toString();
        String text = done(
                        "run", stories, "-p", "The", "--regex", " (dog|cat) is [a-z]{3,5}\\.", "--temp", "2", "--quiet")
                .out();
        assertTrue(text.matches("The (dog|cat) is [a-z]{3,5}\\.\n"), text);
        String choice = done("run", stories, "-p", "A", "--choice", " b| c", "--beams", "2", "--quiet")
                .out();
        assertTrue(choice.matches("(?s).*A (b|c)\n.*"), choice);
        Output unspellable = keiryo("run", stories, "-p", "A", "--grammar", json());
        assertEquals(1, unspellable.exit());
        assertTrue(
                unspellable.err().contains("cannot be spelled")
                        || unspellable.err().contains("can be spelled"),
                unspellable.err());
        assertEquals(2, keiryo("run", stories, "-p", "A", "--trigger", "x").exit());
        String schema = file("schema.json", "{\"enum\": [\"red\", 12, null]}");
        String model = TestData.path("models/stories260K/stories260K.bin").toString();
        String value = done("run", model, "-p", "A", "--json-schema", schema, "--temp", "2", "-n", "12", "--quiet")
                .out();
        assertTrue(JsonMapper.shared().readTree(value.substring(1)) != null, value);
    }
}
