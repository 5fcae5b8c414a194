package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** What vector kernels are made of; the kernels themselves are tested with the emitted ones. */
class VectorKernelsTest {
    @Test
    void exponentialsAreAccurateOverTheWholeRange() {
        double worst = 0;
        float[] in = new float[Lanes.LANES];
        for (float x = -87; x < 88; x += 0.0137f) {
            Arrays.fill(in, x);
            float e = Lanes.exp(FloatVector.fromArray(Lanes.F, in, 0)).lane(0);
            worst = Math.max(worst, Math.abs(e / Math.exp(x) - 1));
        }
        assertTrue(worst < 2e-7, "relative error " + worst);
    }
}
