/** Text to token ids and back: models, normalizers, pre-tokenizers, post-processors, decoders, training. */
package dev.keiryo.tokenizer;
