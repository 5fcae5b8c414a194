package dev.keiryo.gguf;

import dev.keiryo.tensor.TensorType;

/**
 * A tensor's description in a GGUF file.
 *
 * @param name unique in the file
 * @param type how the bytes encode the weights
 * @param shape outermost dimension first (the file stores the reverse)
 * @param offset of the data, from the start of the file, in bytes
 * @param bytes the data's length
 */
record GgufTensor(String name, TensorType type, long[] shape, long offset, long bytes) {}
