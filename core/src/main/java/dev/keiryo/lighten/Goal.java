package dev.keiryo.lighten;

/** What a lightened model must come to. */
public sealed interface Goal {
    /** A file of at most so many bytes. */
    record FileBytes(long bytes) implements Goal {
        public FileBytes {
            if (bytes <= 0) {
                throw new IllegalArgumentException("a file needs bytes, but " + bytes + " are allowed");
            }
        }
    }

    /** At most so many bits a weight, scales and unquantized tensors included. */
    record BitsPerWeight(double bits) implements Goal {
        public BitsPerWeight {
            if (!(bits > 0)) {
                throw new IllegalArgumentException("weights need bits, but " + bits + " are allowed");
            }
        }
    }

    /** The smallest file that loses at most so much. */
    sealed interface MostLoss extends Goal {
        /** As {@link Lightening.Attempt#loss} measures it. */
        double loss();
    }

    /** Of decoders: a mean KL divergence from the model of at most so many nats a token. */
    record MeanDivergence(double nats) implements MostLoss {
        public MeanDivergence {
            if (!(nats >= 0)) {
                throw new IllegalArgumentException("a divergence is at least 0, but " + nats + " is asked for");
            }
        }

        @Override
        public double loss() {
            return nats;
        }
    }

    /** Of encoders: a mean cosine of texts' vectors with the model's own of at least so much. */
    record MeanSimilarity(double cosine) implements MostLoss {
        public MeanSimilarity {
            if (!(cosine > 0 && cosine <= 1)) {
                throw new IllegalArgumentException(
                        "a similarity is above 0 and at most 1, but " + cosine + " is asked for");
            }
        }

        @Override
        public double loss() {
            return 1 - cosine;
        }
    }
}
