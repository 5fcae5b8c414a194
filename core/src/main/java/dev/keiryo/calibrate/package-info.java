/** What passes through a model on a text, and what is made of it: importance matrices, GPTQ, AWQ. */
package dev.keiryo.calibrate;
