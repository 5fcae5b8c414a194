package dev.keiryo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.engine.EngineOptions;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.Generation.StopReason;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.generate.Stops;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The library as the README shows it. */
class KeiryoTest {
    private static final GenerateOptions GREEDY = GenerateOptions.DEFAULT.withChain(SamplerChain.GREEDY);

    private static LanguageModel stories260K() throws IOException {
        return Keiryo.load(TestData.path("models/stories260K/stories260K.bin"));
    }

    @Test
    void tellsTheGoldenStoryPieceByPiece() throws IOException {
        String golden = Files.readString(TestData.path("golden/trained/stories260K.greedy-256.txt"));
        StringBuilder heard = new StringBuilder();
        try (var model = stories260K()) {
            Generation told = model.generate("Once upon a time", GREEDY.withMaxTokens(252), text -> {
                heard.append(text);
                return true;
            });
            assertEquals(golden.strip(), ("Once upon a time" + told.text()).strip());
            assertEquals(told.text(), heard.toString());
            assertEquals(StopReason.MAX_TOKENS, told.reason());
            assertEquals(252, told.tokens().length);
            assertEquals(5, told.promptTokens());
        }
    }

    @Test
    void theListenerCanStopIt() throws IOException {
        try (var model = stories260K()) {
            Generation told = model.generate("Once", GREEDY, text -> false);
            assertEquals(StopReason.CANCELLED, told.reason());
            assertEquals(1, told.tokens().length);
        }
    }

    @Test
    void aSeedGivesTheSameTextAgainAndAnotherSeedAnother() throws IOException {
        GenerateOptions options = GenerateOptions.DEFAULT.withMaxTokens(60).withSeed(11);
        try (var model = stories260K()) {
            String first = model.generate("Once", options, text -> true).text();
            assertEquals(first, model.generate("Once", options, text -> true).text());
            assertTrue(!first.equals(
                    model.generate("Once", options.withSeed(12), text -> true).text()));
        }
    }

    @Test
    void stopsAtStopStringsAndWhenTheContextIsFull() throws IOException {
        try (var model = stories260K()) {
            Generation told = model.generate(
                    "Once upon a time", GREEDY.withStops(Stops.NONE.plus(List.of("Lily"))), text -> true);
            assertEquals(StopReason.STOP_STRING, told.reason());
            assertEquals(", there was a little girl named ", told.text());
            Generation full = model.generate("Once upon a time", GREEDY.withContext(20), text -> true);
            assertEquals(StopReason.CONTEXT_FULL, full.reason());
            assertEquals(16, full.tokens().length);
            IllegalArgumentException tooLong = assertThrows(
                    IllegalArgumentException.class,
                    () -> model.generate("Once upon a time", GREEDY.withContext(3), text -> true));
            assertTrue(String.valueOf(tooLong.getMessage()).contains("5 tokens"), tooLong.getMessage());
        }
    }

    @Test
    void aFolderAndAFileOfTheSameModelAgree() throws IOException {
        try (var folder = Keiryo.load(
                        TestData.path("models/TinyStories-656K"),
                        EngineOptions.defaults().withThreads(1));
                var again = Keiryo.load(
                        TestData.path("models/TinyStories-656K/model.safetensors"),
                        EngineOptions.defaults().withThreads(2))) {
            GenerateOptions options = GREEDY.withMaxTokens(30);
            assertEquals(
                    folder.generate("Once upon a time", options, text -> true).text(),
                    again.generate("Once upon a time", options, text -> true).text());
        }
    }
}
