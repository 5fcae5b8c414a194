package dev.keiryo.lighten;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.TensorType;
import java.io.IOException;
import java.util.Map;

/**
 * What the matrices that a {@link TypeSearch} chooses for may take together.
 *
 * @param padded whether each counts as GGUF pads it
 */
record Room(long bytes, boolean padded) {
    private static final int ALIGNMENT = 32;

    /** @param matrices that are chosen for, with their shapes; whatever else the file holds is taken off */
    static Room of(Goal goal, Checkpoint source, Map<String, long[]> matrices) throws IOException {
        ConvertOptions like = ConvertOptions.of(Recipe.Q8_0);
        long chosen = 0;
        long chosenPadded = 0;
        long all = 0;
        long numbers = 0;
        for (Map.Entry<String, GgufConverter.Planned> e :
                GgufConverter.plan(source, like).entrySet()) {
            long bytes = e.getValue().bytes();
            TensorType type = e.getValue().type();
            all += bytes;
            numbers += bytes / type.blockBytes() * type.blockSize();
            if (matrices.containsKey(e.getKey())) {
                chosen += bytes;
                chosenPadded += Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
            }
        }
        return switch (goal) {
            case Goal.FileBytes file ->
                new Room(file.bytes() - (GgufConverter.fileBytes(source, like) - chosenPadded), true);
            case Goal.BitsPerWeight weight ->
                new Room((long) Math.floor(weight.bits() * numbers / 8 - (all - chosen)), false);
            case Goal.MostLoss most -> throw new IllegalArgumentException("a loss is no size");
        };
    }
}
