package dev.keiryo.train.scaling;

import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ShapeCheckpoint;
import dev.keiryo.tensor.Weight;

/**
 * A shape of about a wanted number of weights.
 *
 * @param shape of the family asked for
 * @param parameters that it has
 */
public record SizedShape(ModelShape shape, long parameters) {
    private static final int WIDTH_STEP = 32;
    private static final int WIDEST = 16_384;
    private static final int DEEPEST = 128;
    /** Width for each layer that models of all sizes are near: GPT-3's, from 64 to 128. Brown et al. 2020, table 2.1. */
    private static final double ASPECT = 64;
    /** What a fall-off by half in the number of weights weighs, against a width twice the usual for its depth. */
    private static final double SIZE_MATTERS = 12;

    /** A shape with its weights counted. */
    public static SizedShape of(ModelShape shape) {
        try (ShapeCheckpoint plan = new ShapeCheckpoint(shape, Recipe.F32)) {
            return new SizedShape(
                    shape, plan.weights().stream().mapToLong(Weight::count).sum());
        }
    }

    /**
     * The shape nearest to {@code parameters} weights whose layers are about as wide for their number as is usual. Heads are of 64
     * numbers, of 32 below a width of 256; feed-forwards are as wide for the residual stream as {@code family}'s.
     *
     * @param family another size of it, with the wanted vocabulary and context
     */
    public static SizedShape near(double parameters, ModelShape family) {
        SizedShape best = null;
        double least = Double.MAX_VALUE;
        for (int width = WIDTH_STEP; width <= WIDEST; width += width < 512 ? WIDTH_STEP : 2 * WIDTH_STEP) {
            SizedShape one = of(shape(family, width, 1));
            SizedShape two = of(shape(family, width, 2));
            long layer = two.parameters - one.parameters;
            double wanted = (parameters - one.parameters) / layer + 1;
            int layers = Math.clamp(Math.round(wanted), 1, DEEPEST);
            double size = one.parameters + (layers - 1.0) * layer;
            double off = SIZE_MATTERS * Math.abs(Math.log(size / parameters))
                    + Math.abs(Math.log(width / (ASPECT * layers)));
            if (off < least) {
                least = off;
                best = new SizedShape(shape(family, width, layers), Math.round(size));
            } else if (one.parameters > 4 * parameters) {
                break;
            }
        }
        if (best == null) {
            throw new IllegalArgumentException("no shape has " + parameters + " weights");
        }
        return best;
    }

    private static ModelShape shape(ModelShape family, int width, int layers) {
        int head = width % 64 == 0 && width >= 256 ? 64 : 32;
        int ffn = Math.max(32, Math.round((float) width * family.ffn() / family.hidden() / 32) * 32);
        return family.with(layers, width, ffn, width / head, width / head, 0, 0);
    }
}
