package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Gbnf;
import dev.keiryo.grammar.Regex;
import dev.keiryo.grammar.TextCheck;
import dev.keiryo.grammar.schema.JsonSchemas;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** Languages, and two small models that write texts of them. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ConstrainedTexts {
    static final String SCHEMA = """
            {"type": "object", "required": ["name", "age"], "additionalProperties": false,
             "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer", "minimum": 0},
                            "tags": {"type": "array", "items": {"enum": ["red", "green", 7]}}}}""";

    final Map<String, Frame> languages = new LinkedHashMap<>();

    /** One for each language, as they keep what they have found out. */
    final IdentityHashMap<Frame, Constraint> constraints = new IdentityHashMap<>();

    LanguageModel model;

    LanguageModel other;

    int[] prompt;

    ConstrainedTexts() throws IOException {
        EngineOptions one = EngineOptions.defaults().withThreads(1);
        model = Keiryo.load(TestData.path("models/stories260K/stories260K.bin"), one);
        other = Keiryo.load(TestData.path("models/TinyStories-656K"), one);
        prompt = model.tokenizer().encode("Once upon a time", SpecialTokens.PARSED, true);
    }

    @BeforeAll
    void compile() throws IOException {
        languages.put("grammar", Gbnf.compile("json", Files.readString(TestData.path("grammars/json.gbnf"))));
        languages.put("schema", JsonSchemas.compile("schema", SCHEMA));
        languages.put("regex", Regex.compile("(The (cat|dog)|Lily) (was|had) [a-z]{2,9}( [a-z]{1,7}){2,30}\\."));
    }

    @AfterAll
    void close() {
        model.close();
        other.close();
    }

    GenerateOptions options(String chain, Frame language) {
        return GenerateOptions.DEFAULT
                .withChain(SamplerChain.parse(chain))
                .withMaxTokens(60)
                .withConstraint(constraint(language));
    }

    Constraint constraint(Frame language) {
        return constraints.computeIfAbsent(language, Constraint::of);
    }

    Generation generate(GenerateOptions options) {
        return model.generator().generate(prompt, options, text -> true);
    }

    static void assertValid(Frame language, String text, Object context) {
        TextCheck check = TextCheck.of(language, text.getBytes(StandardCharsets.UTF_8));
        assertTrue(check.isAccepted(), () -> context + ": " + check + " in: " + text);
    }

    static void assertSame(Generation expected, Generation actual, Object context) {
        assertArrayEquals(expected.tokens(), actual.tokens(), () -> context + ": " + expected + "; " + actual);
        assertEquals(expected.text(), actual.text());
        assertEquals(expected.reason(), actual.reason());
    }

    static String message(Class<? extends Exception> type, Executable run) {
        return String.valueOf(assertThrows(type, run).getMessage());
    }
}
