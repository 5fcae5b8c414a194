package dev.keiryo.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The JSON Schema test suite: every schema is either refused by name or judges every instance right, however spelled. */
final class JsonSchemaSuiteTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(tools.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    @Test
    void judgesEveryInstance() throws IOException {
        Path suite = TestData.path("json-schema-test-suite");
        Map<String, String> remotes = remotes(suite);
        TreeSet<String> refused = new TreeSet<>();
        List<String> wrong = new ArrayList<>();
        int judged = 0;
        for (Path file : files(suite.resolve("draft2020-12"))) {
            boolean formats = file.getParent().endsWith("optional") && !file.endsWith("ecmascript-regex.json");
            for (JsonNode group : JSON.readTree(file.toFile())) {
                String name = file.getFileName() + ": " + group.get("description").stringValue();
                Drive drive;
                boolean empty = false;
                try {
                    drive = new Drive(JsonSchemas.compile(
                            name, group.get("schema").toString(), new SchemaOptions(formats, remotes)));
                } catch (UnenforceableException e) {
                    refused.add(name + " | " + e.getMessage());
                    continue;
                } catch (FormatException e) {
                    if (!e.getMessage().contains("no value is valid")) {
                        wrong.add(name + ": " + e.getMessage());
                        continue;
                    }
                    empty = true;
                    drive = null;
                } catch (RuntimeException e) {
                    e.printStackTrace();
                    wrong.add(name + ": " + e);
                    continue;
                }
                Random random = new Random(name.hashCode());
                for (JsonNode test : group.get("tests")) {
                    boolean valid = test.get("valid").booleanValue();
                    for (int i = 0; i < 6 + 0; i++) {
                        String text = i == 0 ? test.get("data").toString() : Spelling.of(test.get("data"), random);
                        judged++;
                        if ((!empty && drive.accepts(text)) != valid) {
                            wrong.add(name + " / " + test.get("description").stringValue() + ": " + text + " is "
                                    + (valid ? "valid, not after " + (empty ? 0 : drive.prefix(text)) : "not valid"));
                        }
                    }
                }
            }
        }
        System.out.println(judged + " judged, refused: " + refused.size());
        refused.forEach(System.out::println);
        assertEquals("", String.join("\n", wrong));
        assertTrue(judged > 1000);
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
