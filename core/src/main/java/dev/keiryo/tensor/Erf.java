package dev.keiryo.tensor;

/** The error function, in double precision. */
final class Erf {
    private static final double TINY = 1e-17;

    private Erf() {}

    /**
     * {@code erf(x) = 2/√π·∫₀ˣ exp(-t²) dt}: the Maclaurin series {@code 2/√π·exp(-x²)·Σ 2ⁿx²ⁿ⁺¹/(1·3·…·(2n+1))} for
     * small x, Lentz's continued fraction of erfc beyond. Abramowitz and Stegun 7.1.6, 7.1.14.
     */
    static double of(double x) {
        double a = Math.abs(x);
        if (Double.isNaN(x)) {
            return x;
        }
        if (a > 6) {
            return Math.signum(x);
        }
        double scale = Math.exp(-a * a) / Math.sqrt(Math.PI);
        if (a < 2.5) {
            double term = a;
            double sum = a;
            for (int n = 1; term > TINY * sum; n++) {
                term *= 2 * a * a / (2 * n + 1);
                sum += term;
            }
            return Math.copySign(2 * scale * sum, x);
        }
        double fraction = 0;
        for (int n = 60; n > 0; n--) {
            fraction = n / 2.0 / (a + fraction);
        }
        return Math.copySign(1 - scale / (a + fraction), x);
    }
}
