/**
 * Hugging Face model folders ({@code config.json} with safetensors), seen under GGUF's metadata keys and tensor names:
 * one small class for each architecture says how its configuration and its tensors correspond.
 *
 * <p>Source: the configuration and modelling code of the {@code transformers} library, whose names these are.
 */
package dev.keiryo.huggingface;
