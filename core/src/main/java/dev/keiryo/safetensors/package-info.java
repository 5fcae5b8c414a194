/**
 * Safetensors, Hugging Face's tensor container, under the names its files store.
 *
 * <p>Source: the format description in the README of the safetensors project.
 */
package dev.keiryo.safetensors;
