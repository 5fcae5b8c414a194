package dev.keiryo.train.optimize;

import dev.keiryo.kernel.Workers;
import dev.keiryo.train.optimize.ParameterGroup.Member;
import java.util.List;
import java.util.Locale;

/**
 * Of {@link Muon}.
 *
 * @param momentum share of the last direction that is kept
 * @param nesterov whether the gradient is taken as if the momentum's step had been made
 * @param iterations of Newton and Schulz, 1 to 20
 * @param scaling what an orthogonal matrix is multiplied by
 * @param adam for the weights that are not orthogonalized
 * @param adamRate those weights' learning rate, as a factor of the run's
 */
public record MuonOptions(
        double momentum, boolean nesterov, int iterations, Scaling scaling, AdamWOptions adam, double adamRate)
        implements OptimizerOptions {
    /** What an orthogonal matrix {@code [rows, cols]} is multiplied by. */
    public enum Scaling {
        /** {@code √max(1, rows/cols)}: the learning rate is the norm of a step. Keller Jordan's. */
        SPECTRAL,
        /** {@code 0.2·√max(rows, cols)}: steps as large as AdamW's, so that its learning rate serves. Liu et al. 2025, arXiv:2502.16982. */
        ADAMW;

        double of(int rows, int cols) {
            return this == SPECTRAL
                    ? Math.sqrt(Math.max(1, (double) rows / cols))
                    : 0.2 * Math.sqrt(Math.max(rows, cols));
        }

        /** As text has it. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Keller Jordan's: a momentum of 0.95; for 0.02, AdamW's learning rate is 3e-4. */
    public static final MuonOptions USUAL =
            new MuonOptions(0.95, true, 5, Scaling.SPECTRAL, new AdamWOptions(0.9, 0.95, 1e-10), 0.015);

    public MuonOptions {
        OptimizerOptions.checkShare("momentum", momentum);
        OptimizerOptions.checkAbove0("adam-rate", adamRate);
        if (iterations < 1 || iterations > 20) {
            throw new IllegalArgumentException("iterations should be 1 to 20, but is " + iterations);
        }
    }

    static MuonOptions read(NamedText named) {
        String label = named.text("scaling");
        Scaling scaling = USUAL.scaling;
        if (label != null) {
            scaling = null;
            for (Scaling s : Scaling.values()) {
                scaling = s.label().equals(label.toLowerCase(Locale.ROOT)) ? s : scaling;
            }
            if (scaling == null) {
                throw new IllegalArgumentException("muon: scaling should be spectral or adamw, but is '" + label + "'");
            }
        }
        return new MuonOptions(
                named.number("momentum", USUAL.momentum),
                named.flag("nesterov", USUAL.nesterov),
                named.whole("iterations", USUAL.iterations),
                scaling,
                AdamWOptions.read(named, USUAL.adam),
                named.number("adam-rate", scaling == Scaling.SPECTRAL ? USUAL.adamRate : 1));
    }

    @Override
    public Optimizer create(List<Member> members, Workers workers) {
        return new Muon(this, members, workers);
    }

    @Override
    public double usualLearningRate() {
        return scaling == Scaling.SPECTRAL ? 0.02 : 1e-3;
    }

    @Override
    public String text() {
        return "muon:momentum=" + NamedText.plain(momentum) + ",nesterov=" + nesterov + ",iterations=" + iterations
                + ",scaling=" + scaling.label() + "," + adam.arguments() + ",adam-rate=" + NamedText.plain(adamRate);
    }
}
