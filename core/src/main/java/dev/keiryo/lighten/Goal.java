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

    /** The smallest file whose mean KL divergence from the model is at most so many nats a token. */
    record MeanDivergence(double nats) implements Goal {
        public MeanDivergence {
            if (!(nats >= 0)) {
                throw new IllegalArgumentException("a divergence is at least 0, but " + nats + " is asked for");
            }
        }
    }
}
