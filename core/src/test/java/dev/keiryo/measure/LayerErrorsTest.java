package dev.keiryo.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.cache.KvType;
import dev.keiryo.engine.EngineOptions;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LayerErrorsTest {
    private static final List<Window> WINDOWS = List.of(
            Window.whole(IntStream.range(1, 60).toArray()),
            Window.whole(IntStream.range(100, 140).toArray()),
            Window.whole(IntStream.range(5, 140).map(i -> i * 3).toArray()));

    @Test
    void aModelHasNoErrorAgainstItself() throws IOException {
        try (LanguageModel a = model("models/stories260K/stories260K.bin");
                LanguageModel b = model("models/stories260K/stories260K.bin")) {
            assertEquals(List.of(0.0, 0.0, 0.0, 0.0, 0.0), measure(a, b));
        }
    }

    @Test
    void errorsAreThoseOfTheOutputs() throws IOException {
        // Keys and values of 8 bits make a small error in every layer; a larger one with 4.
        try (LanguageModel exact = model("models/stories260K/stories260K.bin");
                LanguageModel q8 = model("models/stories260K/stories260K.bin", KvType.Q8_0);
                LanguageModel q4 = model("models/stories260K/stories260K.bin", KvType.Q4_0)) {
            List<Double> eight = measure(q8, exact);
            List<Double> four = measure(q4, exact);
            for (int layer = 0; layer < 5; layer++) {
                assertTrue(eight.get(layer) > 1e-5 && eight.get(layer) < 0.1, eight.toString());
                assertTrue(four.get(layer) > 3 * eight.get(layer), four + " " + eight);
            }
        }
    }

    @Test
    void modelsOfOtherShapesAreRefused() throws IOException {
        try (LanguageModel two = model("models/TinyStories-656K");
                LanguageModel five = model("models/stories260K/stories260K.bin")) {
            assertThrows(IllegalArgumentException.class, () -> measure(five, two));
        }
    }

    private static LanguageModel model(String path) throws IOException {
        return model(path, KvType.F32);
    }

    private static LanguageModel model(String path, KvType kv) throws IOException {
        return Keiryo.load(TestData.path(path), EngineOptions.defaults().withKvType(kv));
    }

    private static List<Double> measure(LanguageModel model, LanguageModel reference) throws IOException {
        LayerErrors errors = new LayerErrors();
        try (Predictions theirs = new ModelPredictions(reference.engine(), 200, errors.reference());
                Predictions ours = new ModelPredictions(model.engine(), 200, errors.model())) {
            for (Iterator<Pass> passes = Pass.over(WINDOWS, 512); passes.hasNext(); ) {
                Pass pass = passes.next();
                theirs.next(pass);
                ours.next(pass);
            }
            return errors.relative();
        }
    }
}
