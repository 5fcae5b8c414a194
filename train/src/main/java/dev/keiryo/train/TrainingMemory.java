package dev.keiryo.train;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.cost.Cost;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.tape.Parameters;
import dev.keiryo.train.tape.TapeMemory;
import dev.keiryo.train.tape.TapeOptions;
import dev.keiryo.train.tape.TrainBatch;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * Bytes that training takes, with AdamW in float32; intermediate results as the tape itself counts them.
 *
 * @param weights of the model, as they are kept: float32 where they are trained
 * @param adapter weights of adapters, float32
 * @param gradients a float32 for each trained weight
 * @param optimizer AdamW's two averages, a float32 each for each trained weight
 * @param results intermediate results and their gradients at their most, with every layer's kept as far as the way back reads them
 * @param checkpointed the same with each layer computed again on the way back: only its input is kept
 */
public record TrainingMemory(
        long weights, long adapter, long gradients, long optimizer, long results, long checkpointed) {
    /** With the intermediate results of every layer kept. */
    public long total() {
        return weights + adapter + gradients + optimizer + results;
    }

    /** With gradient checkpointing: only every layer's input kept. */
    public long totalCheckpointed() {
        return weights + adapter + gradients + optimizer + checkpointed;
    }

    /**
     * All weights are trained.
     *
     * @param model whose weights are not read
     * @param tokens of a pass, in texts of {@code length} tokens
     * @param storage of intermediate results
     */
    public static TrainingMemory full(
            Checkpoint model, int tokens, int length, int threads, TapeOptions.Storage storage) throws FormatException {
        TapeOptions options = TapeOptions.of(length).withStorage(storage);
        long parameters = model.weights().stream().mapToLong(Weight::count).sum();
        return new TrainingMemory(
                4 * parameters,
                0,
                4 * parameters,
                8 * parameters,
                results(model, options, tokens, length, threads),
                results(model, options.withCheckpointedLayers(Integer.MAX_VALUE), tokens, length, threads));
    }

    /**
     * The model's weights stay as they are; each linear layer gets {@code rank·(in + out)} weights that are trained. Hu et al. 2021,
     * arXiv:2106.09685. Intermediate results are those of training all weights.
     *
     * @param weights bytes of the model's own
     */
    public static TrainingMemory lora(long weights, Transformer transformer, int rank, TrainingMemory full) {
        long adapter = 0;
        for (Linear layer : Cost.layers(transformer)) {
            adapter += (long) rank * (layer.in() + layer.out());
        }
        return new TrainingMemory(weights, 4 * adapter, 4 * adapter, 8 * adapter, full.results, full.checkpointed);
    }

    private static long results(Checkpoint checkpoint, TapeOptions options, int tokens, int length, int threads)
            throws FormatException {
        try (Arena arena = Arena.ofShared();
                Parameters plan = Parameters.planned(checkpoint)) {
            Transformer model = Architectures.read(new Weights(plan, arena));
            TrainBatch batch = batch(tokens, Math.min(length, model.shape().context()));
            boolean twoTexts = model.kind() == Transformer.Kind.ENCODER_DECODER;
            return TapeMemory.of(model, plan, options, twoTexts ? batch : null, batch, threads)
                    .results();
        }
    }

    /** Texts of {@code length} tokens one after the other. */
    private static TrainBatch batch(int tokens, int length) {
        int[] starts = new int[Math.ceilDiv(tokens, length)];
        Arrays.setAll(starts, i -> i * length);
        int[] all = new int[tokens];
        Arrays.setAll(all, i -> i);
        return new TrainBatch(new int[tokens], starts, all);
    }
}
