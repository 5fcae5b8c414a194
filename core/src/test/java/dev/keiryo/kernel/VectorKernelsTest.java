package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * What vector kernels are made of; the kernels themselves are tested with the emitted ones, and that they have these functions'
 * bits in {@link ElementwiseKernelsTest}.
 */
class VectorKernelsTest {
    @Test
    void exponentialsAreAccurateOverTheWholeRange() {
        double worst = 0;
        for (float x = -87; x < 88; x += 0.0137f) {
            worst = Math.max(worst, Math.abs(Lanes.exp(x) / Math.exp(x) - 1));
        }
        assertTrue(worst < 2e-7, "relative error " + worst);
    }

    @Test
    void hyperbolicTangentsAreAccurateOverTheWholeRange() {
        double worst = 0;
        for (float x = -12; x < 12; x += 0.00137f) {
            worst = Math.max(worst, Math.abs(Lanes.tanh(x) / Math.tanh(x) - 1));
        }
        assertTrue(worst < 5e-7, "relative error " + worst);
    }
}
