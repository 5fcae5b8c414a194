package dev.keiryo.prune;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is to be taken out of a model, in this order: layers, heads, neurons, single weights.
 *
 * @param dropLayers how many layers, those of least influence
 * @param layers or which; null: by their influence
 * @param headRatio the share of heads, from 0 to below 1
 * @param ffnRatio the share of neurons of feed-forward parts, from 0 to below 1
 * @param weights null: none
 */
public record PruneOptions(
        int dropLayers,
        @Nullable BitSet layers,
        double headRatio,
        double ffnRatio,
        @Nullable Weights weights) {
    /** Nothing. */
    public static final PruneOptions NONE = new PruneOptions(0, null, 0, 0, null);

    /** By what single weights are chosen. */
    public enum Method {
        /** Their size, in a matrix. */
        MAGNITUDE,
        /** Their size, among those of all matrices. */
        GLOBAL_MAGNITUDE,
        /** Size times what they are multiplied by, in a row: see {@link Scoring#wanda}. */
        WANDA,
        /** The error that is left when others make up for them: see {@link SparseGpt}. */
        SPARSEGPT;

        /** Whether texts are needed. */
        public boolean isCalibrated() {
            return this == WANDA || this == SPARSEGPT;
        }
    }

    /**
     * Single weights of the matrices in layers. Embeddings, output matrix, routers and norms stay whole.
     *
     * @param method with a pattern not {@link Method#GLOBAL_MAGNITUDE}
     */
    public record Weights(Method method, Sparsity sparsity) {
        public Weights {
            if (method == Method.GLOBAL_MAGNITUDE && sparsity instanceof Sparsity.Pattern) {
                throw new IllegalArgumentException(
                        "a pattern says how many weights of each group become zero; there is "
                                + "nothing to choose among all matrices");
            }
        }
    }

    public PruneOptions {
        requireShare("heads", headRatio);
        requireShare("neurons", ffnRatio);
        if (dropLayers < 0) {
            throw new IllegalArgumentException("the number of layers to drop should not be negative: " + dropLayers);
        }
        layers = layers == null ? null : (BitSet) layers.clone();
    }

    private static void requireShare(String what, double ratio) {
        if (!(ratio >= 0 && ratio < 1)) {
            throw new IllegalArgumentException(
                    "the share of " + what + " to take out should be from 0 to below 1, but is " + ratio);
        }
    }

    public PruneOptions withDropLayers(int count) {
        return new PruneOptions(count, layers, headRatio, ffnRatio, weights);
    }

    public PruneOptions withLayers(BitSet which) {
        return new PruneOptions(dropLayers, which, headRatio, ffnRatio, weights);
    }

    public PruneOptions withHeadRatio(double ratio) {
        return new PruneOptions(dropLayers, layers, ratio, ffnRatio, weights);
    }

    public PruneOptions withFfnRatio(double ratio) {
        return new PruneOptions(dropLayers, layers, headRatio, ratio, weights);
    }

    public PruneOptions withWeights(Method method, Sparsity sparsity) {
        return new PruneOptions(dropLayers, layers, headRatio, ffnRatio, new Weights(method, sparsity));
    }

    /** Whether texts are needed to decide. */
    public boolean isCalibrated() {
        return (dropLayers > 0 && layers == null)
                || headRatio > 0
                || ffnRatio > 0
                || (weights != null && weights.method().isCalibrated());
    }

    /** In a few words. */
    String describe() {
        List<String> parts = new ArrayList<>();
        if (layers != null) {
            parts.add("layers " + layers);
        } else if (dropLayers > 0) {
            parts.add(dropLayers + " layers");
        }
        if (headRatio > 0) {
            parts.add("heads " + headRatio);
        }
        if (ffnRatio > 0) {
            parts.add("ffn " + ffnRatio);
        }
        if (weights != null) {
            parts.add(weights.method().name().toLowerCase(Locale.ROOT) + " " + weights.sparsity());
        }
        return String.join(", ", parts);
    }
}
