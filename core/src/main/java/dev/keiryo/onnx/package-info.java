/** The weights in an ONNX file, under the names that they had where it was exported from. */
package dev.keiryo.onnx;
