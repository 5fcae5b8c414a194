package dev.keiryo.safetensors;

import dev.keiryo.FileBytes;
import dev.keiryo.FormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** A small valid file, laid out by hand from the format's description. */
final class SmallSafetensors {
    private SmallSafetensors() {}

    static byte[] bytes() {
        return file("""
                {"__metadata__":{"format":"pt","名":"値"},
                 "b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
                 "a":{"shape":[],"data_offsets":[24,26],"dtype":"BF16"},
                 "none":{"dtype":"I64","shape":[4,0],"data_offsets":[26,26]},
                 "flags":{"dtype":"BOOL","shape":[5],"data_offsets":[26,31]}}
                """, 31);
    }

    /** A header and {@code data} bytes of data, 0, 1, 2, … */
    static byte[] file(String header, int data) {
        FileBytes out = new FileBytes()
                .int64(header.getBytes(StandardCharsets.UTF_8).length)
                .text(header);
        for (int i = 0; i < data; i++) {
            out.integer(i, 1);
        }
        return out.toArray();
    }

    /** Reads a file as {@link Safetensors#open} does, and touches every tensor's end. */
    static void read(byte[] file) throws IOException {
        SafetensorsFile read = SafetensorsFile.read("test.safetensors", MemorySegment.ofArray(file));
        for (SafetensorsTensor t : read.tensors().values()) {
            if (t.data().byteSize() > 0) {
                t.data().get(ValueLayout.JAVA_BYTE, t.data().byteSize() - 1);
            }
            if (t.offset() + t.data().byteSize() > file.length) {
                throw new AssertionError(t);
            }
            touchWeight(t);
        }
    }

    /** A type, or an empty shape so large, that no weight can have it, is refused in the proper way only. */
    private static void touchWeight(SafetensorsTensor t) {
        try {
            t.weight();
        } catch (FormatException e) {
            return;
        }
    }
}
