package dev.keiryo.gguf;

import dev.keiryo.FileBytes;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A small valid file with every value type and four tensors, laid out by hand from the specification. */
final class SmallGguf {
    private SmallGguf() {}

    static byte[] bytes() {
        FileBytes out = new FileBytes().text("GGUF").int32(3).int64(4).int64(16);
        out.string("general.architecture").int32(8).string("llama");
        out.string("u8").int32(0).integer(0xFE, 1);
        out.string("i8").int32(1).integer(-2, 1);
        out.string("u16").int32(2).integer(0xFFFE, 2);
        out.string("i16").int32(3).integer(-2, 2);
        out.string("u32").int32(4).int32(0xFFFF_FFFEL);
        out.string("i32").int32(5).int32(-2);
        out.string("f32").int32(6).float32(1.5f);
        out.string("bool").int32(7).integer(1, 1);
        out.string("u64").int32(10).int64(-2);
        out.string("i64").int32(11).int64(-2);
        out.string("f64").int32(12).int64(Double.doubleToRawLongBits(0.1));
        out.string("strings").int32(9).int32(8).int64(2).string("▁the").string("");
        out.string("nested").int32(9).int32(9).int64(2);
        out.int32(4).int64(2).int32(7).int32(8);
        out.int32(9).int64(1).int32(6).int64(1).float32(-0.0f);
        out.string("flags").int32(9).int32(7).int64(2).integer(1, 1).integer(0, 1);
        out.string("general.alignment").int32(4).int32(64);
        out.string("matrix").int32(2).int64(3).int64(2).int32(0).int64(0);
        out.string("empty").int32(2).int64(0).int64(5).int32(1).int64(64);
        out.string("scalar").int32(0).int32(28).int64(64);
        out.string("blocks").int32(3).int64(32).int64(1).int64(2).int32(8).int64(128);
        out.pad(64);
        for (int i = 0; i < 6; i++) {
            out.float32(i);
        }
        out.pad(64).int64(Double.doubleToRawLongBits(2.5)).pad(64);
        return out.raw(new byte[68]).toArray();
    }

    /** Reads a file as {@link Gguf#open} does, and touches every weight's ends. */
    static void read(byte[] file) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(file);
        List<Weight> weights = Gguf.weights(GgufFile.read("test.gguf", bytes), bytes);
        for (Weight w : weights) {
            long last = w.data().byteSize() - 1;
            if (last >= 0) {
                w.data().get(java.lang.foreign.ValueLayout.JAVA_BYTE, last);
            }
            if (w.rows() < 0 || w.cols() < 0) {
                throw new AssertionError(w);
            }
        }
    }
}
