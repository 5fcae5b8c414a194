package dev.keiryo.train;

import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.tape.Parameters;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Random weights to begin with: normal of {@code deviation}, those that write into the residual stream of {@code
 * deviation/√(2·layers)} (Radford et al. 2019), norms 1, biases 0. Each tensor's numbers follow from the seed and its name.
 *
 * @param deviation standard deviation of matrices and embeddings
 * @param routerDeviation of the router of a mixture of experts, 0 for {@code deviation}; small ones let all experts begin alike.
 *     Fedus et al. 2021, arXiv:2101.03961, section 2.4
 */
public record Initialization(float deviation, float routerDeviation, long seed) {
    public Initialization {
        if (!(deviation > 0) || !(routerDeviation >= 0)) {
            throw new IllegalArgumentException(
                    "deviations of random weights are " + deviation + " and " + routerDeviation);
        }
    }

    /** GPT-2's 0.02. */
    public static Initialization of(long seed) {
        return new Initialization(0.02f, 0, seed);
    }

    /** Fills all that is trained. */
    public void fill(Parameters parameters, int layers) {
        for (Weight w : parameters.trained()) {
            fill(w, layers);
        }
    }

    private void fill(Weight w, int layers) {
        String name = w.name();
        if (name.endsWith(".bias")) {
            w.data().fill((byte) 0);
        } else if (name.endsWith("norm.weight")) {
            for (long i = 0; i < w.count(); i++) {
                w.data().setAtIndex(Matrix.F32, i, 1);
            }
        } else {
            RandomGenerator random = new SplittableRandom(seed * 31 + name.hashCode());
            double deviation = deviation(name, layers);
            for (long i = 0; i < w.count(); i++) {
                w.data().setAtIndex(Matrix.F32, i, (float) (deviation * random.nextGaussian()));
            }
        }
    }

    private double deviation(String name, int layers) {
        if (name.contains("ffn_gate_inp.") && routerDeviation > 0) {
            return routerDeviation;
        }
        return name.contains("ffn_down") || name.contains("attn_output.") || name.contains("attn_o.")
                ? deviation / Math.sqrt(2.0 * layers)
                : deviation;
    }
}
