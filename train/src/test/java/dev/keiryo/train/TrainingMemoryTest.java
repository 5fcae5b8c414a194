package dev.keiryo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.model.Architectures;
import dev.keiryo.model.Weights;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.ShapeCheckpoint;
import dev.keiryo.train.tape.TapeOptions;
import java.lang.foreign.Arena;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class TrainingMemoryTest {
    @Test
    void trainingTakesSixteenBytesAWeightAndItsResults() throws Exception {
        try (Arena arena = Arena.ofConfined();
                ShapeCheckpoint tiny =
                        new ShapeCheckpoint(Objects.requireNonNull(ModelShapes.find("tiny")), Recipe.F16)) {
            TrainingMemory full = TrainingMemory.full(tiny, 512, 128, 2, TapeOptions.Storage.F32);
            long parameters = full.weights() / 4;
            assertEquals(16 * parameters + full.results(), full.total());
            // Of two layers 256 wide, per token at least: two inputs, two normed inputs' worth is computed again, q k
            // v, attention
            // and its sums, gate and up; and of the embedding.
            long kept = 4L * 512 * (2 * (256 + 256 + 256 + 2 * 128 + 256 + 4 + 2 * 512) + 256);
            assertTrue(full.results() > kept && full.results() < 2 * kept, full.results() + " of " + kept);
            assertTrue(full.checkpointed() < full.results(), full.checkpointed() + " of " + full.results());
            TrainingMemory narrow = TrainingMemory.full(tiny, 512, 128, 2, TapeOptions.Storage.BF16);
            assertTrue(narrow.results() < full.results(), narrow.results() + " of " + full.results());
            TrainingMemory lora = TrainingMemory.lora(1000, Architectures.read(new Weights(tiny, arena)), 4, full);
            // q k v o, gate up down, twice, and the output matrix
            long trained = 4 * (2L * (512 + 384 + 384 + 512 + 3 * 768) + 256 + 512);
            assertEquals(4 * trained, lora.adapter());
            assertEquals(1000 + 16 * trained + full.checkpointed(), lora.totalCheckpointed());
        }
    }
}
