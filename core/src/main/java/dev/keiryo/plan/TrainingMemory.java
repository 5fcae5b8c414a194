package dev.keiryo.plan;

import dev.keiryo.cost.Cost;
import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Linear;

/**
 * Bytes that training takes, with AdamW in float32.
 *
 * @param weights of the model, as they are kept: float32 where they are trained
 * @param adapter weights of adapters, float32
 * @param gradients a float32 for each trained weight
 * @param optimizer AdamW's two averages, a float32 each for each trained weight
 * @param activations intermediate results kept for the way back, without and with each layer computed again
 */
public record TrainingMemory(
        long weights, long adapter, long gradients, long optimizer, long activations, long checkpointed) {
    /** With the intermediate results of every layer kept. */
    public long total() {
        return weights + adapter + gradients + optimizer + activations;
    }

    /** With gradient checkpointing: only every layer's input kept. */
    public long totalCheckpointed() {
        return weights + adapter + gradients + optimizer + checkpointed;
    }

    /** All weights are trained. */
    public static TrainingMemory full(long parameters, Cost cost) {
        return of(4 * parameters, parameters, 0, cost);
    }

    /**
     * The model's weights stay as they are; each linear layer gets {@code rank·(in + out)} weights that are trained. Hu et al. 2021,
     * arXiv:2106.09685.
     *
     * @param weights bytes of the model's own
     */
    public static TrainingMemory lora(long weights, Transformer transformer, int rank, Cost cost) {
        long adapter = 0;
        for (Linear layer : Cost.layers(transformer)) {
            adapter += (long) rank * (layer.in() + layer.out());
        }
        return of(weights, adapter, 4 * adapter, cost);
    }

    private static TrainingMemory of(long weights, long trained, long adapterBytes, Cost cost) {
        return new TrainingMemory(
                weights, adapterBytes, 4 * trained, 8 * trained, cost.recordedBytes(), cost.checkpointedBytes());
    }
}
