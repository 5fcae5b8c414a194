package dev.keiryo.bench;

import dev.keiryo.kernel.EmittedKernels;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.ScalarKernels;
import dev.keiryo.kernel.VectorKernels;

/** The implementations of {@link Kernels}, by the names that {@code -p kernels=} takes. */
public enum KernelSet {
    SCALAR,
    VECTOR,
    EMITTED;

    Kernels kernels() {
        return switch (this) {
            case SCALAR -> new ScalarKernels();
            case VECTOR -> new VectorKernels();
            case EMITTED -> {
                if (!EmittedKernels.isPossible()) {
                    throw new IllegalStateException("this processor does not run emitted kernels: -p kernels=VECTOR");
                }
                yield new EmittedKernels();
            }
        };
    }
}
