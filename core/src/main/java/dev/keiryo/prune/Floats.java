package dev.keiryo.prune;

import dev.keiryo.FormatException;
import dev.keiryo.file.MappedFile;
import dev.keiryo.file.ScratchFile;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Encoder;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Tensors to numbers and back. */
final class Floats {
    private Floats() {}

    /** All of {@code w}, row after row. */
    static float[] read(Weight w) throws FormatException {
        w.type().checkComputable(w.name());
        if (w.count() > Integer.MAX_VALUE - 8) {
            throw new FormatException(w.name(), "has " + w.count() + " weights, more than can be pruned at once");
        }
        float[] values = new float[(int) w.count()];
        w.decode(0, values, 0, values.length);
        MappedFile.release(w.data());
        return values;
    }

    /** The type in which changed weights of {@code type} are kept: itself, or float32 in place of blocks. */
    static TensorType kept(TensorType type) {
        return type.blockSize() == 1 && Codecs.encoder(type) != null ? type : TensorType.F32;
    }

    /** A tensor that is still to be filled, by {@link #write}. */
    static Weight allocate(String name, TensorType type, long[] shape, ScratchFile scratch) throws IOException {
        return new Weight(name, type, shape, scratch.allocate(type.bytes(shape)));
    }

    /** Writes {@code values} from weight {@code at} on. */
    static void write(float[] values, Weight to, long at) throws FormatException {
        Encoder encoder = Codecs.encoder(to.type());
        if (encoder == null) {
            throw new FormatException(
                    to.name(), "cannot be written as " + to.type().label());
        }
        MemorySegment data = to.data();
        encoder.encode(values, 0, values.length, data, to.type().bytes(at));
        MappedFile.release(data);
    }
}
