package dev.keiryo.train.scaling;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.kernel.Workers;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ModelShapes;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizedShapeTest {
    @TempDir
    private Path folder;

    private static ModelShape family(String name) {
        return requireNonNull(ModelShapes.find(name));
    }

    @ParameterizedTest
    @CsvSource({
        "tiny, 1e5",
        "tiny, 1e6",
        "tiny, 3e7",
        "tiny, 1e9",
        "gpt2, 1.5e8",
        "llama-3.2-1b, 1e9",
        "qwen3-0.6b, 3e9"
    })
    void isNearInSizeAndOfUsualProportions(String name, double parameters) {
        SizedShape found = SizedShape.near(parameters, family(name));
        assertEquals(1, found.parameters() / parameters, 0.2, found.toString());
        assertEquals(SizedShape.of(found.shape()).parameters(), found.parameters());
        double aspect = (double) found.shape().hidden() / found.shape().layers();
        assertTrue(aspect > 10 && aspect < 400, found.toString());
    }

    @Test
    void timesAStep() throws Exception {
        try (Workers workers = new Workers(2)) {
            double one = StepTime.seconds(family("tiny").with(1, 64, 128, 2, 2, 512, 64), 2, 32, workers);
            double many = StepTime.seconds(family("tiny").with(40, 64, 128, 2, 2, 512, 64), 2, 32, workers);
            assertTrue(one > 0 && Double.isFinite(many) && many > 0, one + " " + many);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{\"law\":{\"E\":1,\"A\":2,\"B\":3,\"alpha\":0.3}}",
                "{\"law\":{\"E\":1,\"A\":2,\"B\":3,\"alpha\":\"0.3\",\"beta\":0.2}}",
                "{\"law\":{\"E\":1,\"A\":-2,\"B\":3,\"alpha\":0.3,\"beta\":0.2}}",
                "{\"law\":{\"E\":1,\"A\":1e999,\"B\":3,\"alpha\":0.3,\"beta\":0.2}}"
            })
    void refusesWhatIsNoLaw(String text) throws Exception {
        Path file = folder.resolve("scaling.json");
        Files.writeString(file, text);
        assertThrows(FormatException.class, () -> LawFile.read(file));
    }
}
