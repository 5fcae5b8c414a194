package dev.keiryo.train.tape;

import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that a pass forward and back takes, found by the tape itself on numbers that are only sizes.
 *
 * @param gradients of the trained parameters
 * @param results intermediate results and their gradients: all memory that is taken for them, as much as is held to the end
 * @param layers that there are to be computed again
 */
public record TapeMemory(long gradients, long results, int layers) {
    /**
     * @param parameters whose weights need not be there
     * @param source of encoder-decoders: the texts to encode; else null
     */
    public static TapeMemory of(
            Transformer model,
            Parameters parameters,
            TapeOptions options,
            @Nullable TrainBatch source,
            TrainBatch target,
            int threads) {
        SizeArithmetic sizes = new SizeArithmetic(threads);
        try (Tape<SizeArithmetic.Size> tape = new Tape<>(sizes, parameters, options)) {
            long gradients = sizes.held();
            Tensor result = tape.run(model, source, target, 0);
            if (model.kind() == Transformer.Kind.ENCODER) {
                tape.gradientOf(result);
            } else {
                float[] weights = new float[result.rows()];
                Arrays.fill(weights, 1);
                tape.crossEntropy(result, new int[result.rows()], weights, result.rows());
            }
            tape.back();
            return new TapeMemory(gradients, sizes.held() - gradients, tape.layers());
        }
    }
}
