/**
 * GGUF, llama.cpp's model container: typed metadata, tensor descriptions and aligned tensor data, in one file or in
 * shards.
 *
 * <p>Source: the GGUF specification ({@code docs/gguf.md} of the ggml project).
 */
package dev.keiryo.gguf;
