package dev.keiryo.engine;

import dev.keiryo.cache.KvType;
import dev.keiryo.cache.PagePool;
import dev.keiryo.kernel.Kernels;

/**
 * How an engine computes.
 *
 * @param kernels the arithmetic
 * @param threads how many threads compute, at least 1
 * @param activations what the inputs of matrix products are rounded to where the weights are quantized
 * @param kvType how the keys and values of past tokens are kept
 * @param kvRotation whether they are kept transformed by {@link dev.keiryo.kernel.Hadamard}, which makes up for some of what few
 *     bits lose
 * @param kvMemory bytes that the keys and values of all sequences may take together; {@link PagePool#UNLIMITED} for what the
 *     machine has to spare
 * @param prefixMemory bytes of them that are kept of ended texts, for others that begin alike; 0 for none
 * @param memory bytes that the process may hold at a time, weights included; {@link #UNLIMITED} for what it takes. Weights for which there
 *     is no room are read from their file for each use, and nothing is packed
 * @param packing whether weights are interleaved into memory of their own
 * @param packed told how far the packing has come
 */
public record EngineOptions(
        Kernels kernels,
        int threads,
        ActivationType activations,
        KvType kvType,
        boolean kvRotation,
        long kvMemory,
        long prefixMemory,
        long memory,
        Packing packing,
        PackingListener packed) {
    /** As much memory as it takes. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    /** Whether to spend memory of the weights' size on a copy in the order in which kernels read it. */
    public enum Packing {
        /** From the second forward pass on, where the machine has the memory to spare. */
        AUTO,
        /** When the model is opened. */
        ALWAYS,
        /** When the model is opened, and kept in a file beside it, which the next process maps instead. */
        CACHED,
        /** Kernels interleave what they are about to use, again and again: slower, and no more memory. */
        NEVER
    }

    /** Told from time to time how far the packing of weights has come, in bytes. */
    public interface PackingListener {
        void packed(long done, long total);
    }

    public EngineOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("the number of threads must be at least 1, but is " + threads);
        }
        if (kvMemory <= 0) {
            throw new IllegalArgumentException("keys and values need memory, but " + kvMemory + " bytes are allowed");
        }
        if (memory <= 0) {
            throw new IllegalArgumentException("the process needs memory, but " + memory + " bytes are allowed");
        }
        if (prefixMemory < 0) {
            throw new IllegalArgumentException("ended texts cannot keep " + prefixMemory + " bytes");
        }
    }

    /** The best kernels of this machine, one thread for each processor. */
    public static EngineOptions defaults() {
        return new EngineOptions(
                Kernels.best(),
                Runtime.getRuntime().availableProcessors(),
                ActivationType.INT8,
                KvType.F32,
                false,
                PagePool.UNLIMITED,
                0,
                UNLIMITED,
                Packing.AUTO,
                (done, total) -> {});
    }

    public EngineOptions withKernels(Kernels newKernels) {
        return new EngineOptions(
                newKernels, threads, activations, kvType, kvRotation, kvMemory, prefixMemory, memory, packing, packed);
    }

    public EngineOptions withThreads(int newThreads) {
        return new EngineOptions(
                kernels, newThreads, activations, kvType, kvRotation, kvMemory, prefixMemory, memory, packing, packed);
    }

    public EngineOptions withActivations(ActivationType newType) {
        return new EngineOptions(
                kernels, threads, newType, kvType, kvRotation, kvMemory, prefixMemory, memory, packing, packed);
    }

    public EngineOptions withKvType(KvType newType) {
        return new EngineOptions(
                kernels, threads, activations, newType, kvRotation, kvMemory, prefixMemory, memory, packing, packed);
    }

    public EngineOptions withKvRotation(boolean rotation) {
        return new EngineOptions(
                kernels, threads, activations, kvType, rotation, kvMemory, prefixMemory, memory, packing, packed);
    }

    public EngineOptions withKvMemory(long bytes) {
        return new EngineOptions(
                kernels, threads, activations, kvType, kvRotation, bytes, prefixMemory, memory, packing, packed);
    }

    public EngineOptions withPrefixMemory(long bytes) {
        return new EngineOptions(
                kernels, threads, activations, kvType, kvRotation, kvMemory, bytes, memory, packing, packed);
    }

    public EngineOptions withMemory(long bytes) {
        return new EngineOptions(
                kernels, threads, activations, kvType, kvRotation, kvMemory, prefixMemory, bytes, packing, packed);
    }

    public EngineOptions withPacking(Packing newPacking) {
        return new EngineOptions(
                kernels, threads, activations, kvType, kvRotation, kvMemory, prefixMemory, memory, newPacking, packed);
    }

    public EngineOptions withPacked(PackingListener progress) {
        return new EngineOptions(
                kernels, threads, activations, kvType, kvRotation, kvMemory, prefixMemory, memory, packing, progress);
    }
}
