/** Models of any format written as GGUF that llama.cpp loads. */
package dev.keiryo.convert;
