package dev.keiryo.calibrate;

import dev.keiryo.cost.Cost;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.quantize.ActivationScales;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Finds the scales of {@link dev.keiryo.engine.ActivationType#INT8_STATIC}: of each matrix, the one d for its inputs on a text, by an
 * {@link ActivationRange}. Of stacked experts, the largest of any.
 */
public final class StaticRanges {
    private static final Set<String> OUTPUTS = Set.of("output.weight", "token_embd.weight");

    private final ActivationRange range;
    private final SequentialGptq.Progress progress;
    private final int total;
    private final Map<String, Float> scales = new LinkedHashMap<>();

    private StaticRanges(Engine engine, ActivationRange range, SequentialGptq.Progress progress) {
        this.range = range;
        this.progress = progress;
        this.total = (int) Cost.layers(engine.transformer()).stream()
                .map(l -> MatrixName.of(l.weight().name()).tensor())
                .distinct()
                .count();
    }

    /**
     * Of all matrices of {@code engine}, which should compute with exact inputs.
     *
     * @throws IllegalArgumentException where these are not texts for the engine's model, or its results are not finite
     */
    public static ActivationScales of(
            Engine engine, CalibrationTexts texts, ActivationRange range, SequentialGptq.Progress progress) {
        StaticRanges run = new StaticRanges(engine, range, progress);
        texts.runTogether(engine, run::wrap, Batch.Output.ALL);
        // Some models are stored with the output matrix that equals the embedding, some without.
        Float output = run.scales.get("token_embd.weight");
        if (output != null) {
            run.scales.put("output.weight", output);
        }
        return new ActivationScales(run.scales, range.toString());
    }

    private Ops wrap(Ops inner) {
        return new ForwardingOps(inner) {
            @Override
            public Tensor linear(Linear layer, Tensor x) {
                MatrixName name = MatrixName.of(layer.weight().name());
                if (name.from() == 0 && x.rows() > 0) {
                    scales.merge(name.tensor(), range.scale((Matrix) x), Math::max);
                    progress.rounded(name.tensor(), scales.size(), total);
                }
                // Logits of all tokens are large, and nobody asks for them.
                return OUTPUTS.contains(name.tensor()) ? x : super.linear(layer, x);
            }
        };
    }
}
