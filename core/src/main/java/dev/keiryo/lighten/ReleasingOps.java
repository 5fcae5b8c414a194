package dev.keiryo.lighten;

import dev.keiryo.file.MappedFile;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Tensor;

/** Lets go of each matrix that lies in a mapped file when it has been multiplied by, so that a large model takes the memory of one of its matrices. */
final class ReleasingOps extends ForwardingOps {
    ReleasingOps(Ops inner) {
        super(inner);
    }

    @Override
    public Tensor linear(Linear layer, Tensor x) {
        Tensor y = super.linear(layer, x);
        MappedFile.release(layer.weight().data());
        return y;
    }
}
