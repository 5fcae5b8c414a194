package dev.keiryo.model;

import dev.keiryo.tensor.Tensor;

/** A part of a model with one input and one output: a layer {@code [tokens, hidden] -> [tokens, hidden]}, an expert. */
public interface Block {
    Tensor forward(Ops ops, Tensor x);
}
