package dev.keiryo.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.UnenforceableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The JSON Schema test suite: every schema judges every instance right, however spelled, or is expected to be refused. */
final class JsonSchemaSuiteTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final int SPELLINGS = 5;

    /** These want the metaschema, which is not among the documents that the test gives. */
    private static final List<String> REFUSED = List.of(
            "defs.json: validate definition against metaschema: $ref",
            "ref.json: remote ref, containing refs itself: $ref");

    @Test
    void judgesEveryInstance() throws IOException {
        Path suite = TestData.path("json-schema-test-suite");
        Map<String, String> remotes = remotes(suite);
        TreeSet<String> refused = new TreeSet<>();
        List<String> wrong = new ArrayList<>();
        int judged = 0;
        for (Path file : files(suite.resolve("draft2020-12"))) {
            boolean formats = file.toString().contains("optional") && !file.endsWith("ecmascript-regex.json");
            SchemaOptions options = SchemaOptions.DEFAULT.withFormats(formats).withDocuments(remotes);
            for (JsonNode group : JSON.readTree(file.toFile())) {
                String name =
                        file.getFileName() + ": " + group.get("description").stringValue();
                try {
                    judged += judge(name, group, options, wrong);
                } catch (UnenforceableException e) {
                    refused.add(name + ": " + e.what());
                }
            }
        }
        assertEquals("", String.join("\n", wrong));
        assertEquals(String.join("\n", REFUSED), String.join("\n", refused));
        assertTrue(judged > 4000, judged + " texts judged");
    }

    private static int judge(String name, JsonNode group, SchemaOptions options, List<String> wrong) {
        Drive drive;
        try {
            Frame frame = JsonSchemas.compile(name, group.get("schema").toString(), options);
            drive = new Drive(frame);
        } catch (FormatException e) {
            if (!String.valueOf(e.getMessage()).contains("no value is valid")) {
                throw new AssertionError(name, e);
            }
            drive = new Drive(Drive.NOTHING);
        }
        Random random = new Random(name.hashCode());
        int judged = 0;
        for (JsonNode test : group.get("tests")) {
            boolean valid = test.get("valid").booleanValue();
            for (int i = 0; i <= SPELLINGS; i++) {
                String text = i == 0 ? test.get("data").toString() : Spelling.of(test.get("data"), random);
                judged++;
                if (drive.accepts(text) != valid) {
                    wrong.add(name + " / " + test.get("description").stringValue() + ": " + text
                            + (valid ? " is valid, refused at byte " + drive.prefix(text) : " is not valid"));
                }
            }
        }
        return judged;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(f -> f.toString().endsWith(".json")).sorted().toList();
        }
    }

    private static Map<String, String> remotes(Path suite) throws IOException {
        Map<String, String> remotes = new HashMap<>();
        Path folder = suite.resolve("remotes");
        for (Path file : files(folder)) {
            remotes.put("http://localhost:1234/" + folder.relativize(file), Files.readString(file));
        }
        return remotes;
    }
}
