package dev.keiryo.train.scaling;

/**
 * {@code L(N, D) = E + A/N^α + B/D^β}, in nats a token: what a text cannot tell, what too small a model misses, what too few tokens
 * leave unknown. Hoffmann et al. 2022, arXiv:2203.15556, equation 2.
 *
 * @param irreducible E
 * @param sizeFactor A
 * @param dataFactor B
 * @param sizeExponent α
 * @param dataExponent β
 */
public record ScalingLaw(
        double irreducible, double sizeFactor, double dataFactor, double sizeExponent, double dataExponent) {
    /** As fitted to more than 400 models on MassiveText, in tokens of 32,000: the paper's equation 10. */
    public static final ScalingLaw CHINCHILLA = new ScalingLaw(1.69, 406.4, 410.7, 0.34, 0.28);

    /** Parameters of the smallest models that {@link #CHINCHILLA} was fitted to. */
    public static final double CHINCHILLA_SMALLEST = 70e6;

    /** Floating-point operations for each weight and token, forward and back. */
    public static final double FLOPS = 6;

    public ScalingLaw {
        if (!(irreducible >= 0
                && sizeFactor > 0
                && dataFactor > 0
                && sizeExponent > 0
                && dataExponent > 0
                && Double.isFinite(irreducible + sizeFactor + dataFactor + sizeExponent + dataExponent))) {
            throw new IllegalArgumentException("a scaling law has positive numbers, not E " + irreducible + ", A "
                    + sizeFactor + ", B " + dataFactor + ", alpha " + sizeExponent + ", beta " + dataExponent);
        }
    }

    /** L(N, D). */
    public double loss(double parameters, double tokens) {
        return irreducible
                + sizeFactor * Math.pow(parameters, -sizeExponent)
                + dataFactor * Math.pow(tokens, -dataExponent);
    }

    /**
     * The best that a budget buys.
     *
     * @param parameters N
     * @param tokens D
     * @param loss L(N, D)
     */
    public record Optimum(double parameters, double tokens, double loss) {}

    /**
     * Where L is least with {@code 6·N·D = flops}: {@code N = G·(C/6)^a}, {@code D = (C/6)^b/G} with
     * {@code G = (αA/(βB))^(1/(α+β))}, {@code a = β/(α+β)}, {@code b = α/(α+β)}. Equation 4 of the paper.
     */
    public Optimum optimum(double flops) {
        if (!(flops > 0 && Double.isFinite(flops))) {
            throw new IllegalArgumentException("a budget of computation should be positive, but is " + flops);
        }
        double both = sizeExponent + dataExponent;
        double g = Math.pow(sizeExponent * sizeFactor / (dataExponent * dataFactor), 1 / both);
        double product = flops / FLOPS;
        double n = g * Math.pow(product, dataExponent / both);
        return new Optimum(n, product / n, loss(n, product / n));
    }
}
