package dev.keiryo.llama2c;

import dev.keiryo.FileBytes;
import dev.keiryo.file.Cursor;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Small checkpoints laid out by hand after {@code export.py}: 2 layers, dim 32, hidden_dim 64, 4 heads, 2 of K and V,
 * vocabulary 6, context 3. The n-th tensor's weights are n + 0, n + 1/128, n + 2/128, …
 */
final class SmallLlama2c {
    private static final int DIM = 32;
    private static final int HIDDEN = 64;
    private static final int KV = 16;
    private static final int VOCAB = 6;
    private static final int CONTEXT = 3;

    private SmallLlama2c() {}

    static byte[] version0(boolean shared) {
        FileBytes out = parameters(new FileBytes(), shared ? VOCAB : -VOCAB);
        int[] sizes = {
            VOCAB * DIM,
            DIM,
            DIM,
            DIM * DIM,
            DIM * DIM,
            KV * DIM,
            KV * DIM,
            KV * DIM,
            KV * DIM,
            DIM * DIM,
            DIM * DIM,
            DIM,
            DIM,
            HIDDEN * DIM,
            HIDDEN * DIM,
            HIDDEN * DIM,
            HIDDEN * DIM,
            HIDDEN * DIM,
            HIDDEN * DIM,
            DIM
        };
        for (int n = 0; n < sizes.length; n++) {
            floats(out, n, sizes[n]);
        }
        floats(out, 99, CONTEXT * 4 * 2); // cosines and sines of heads of 8
        if (!shared) {
            floats(out, sizes.length, VOCAB * DIM);
        }
        return out.toArray();
    }

    /** Version 1, or version 2 where {@code groupSize} is positive. */
    static byte[] versioned(boolean shared, int groupSize) {
        FileBytes out = new FileBytes().int32(0x616b3432).int32(groupSize > 0 ? 2 : 1);
        parameters(out, VOCAB).integer(shared ? 1 : 0, 1).int32(groupSize).pad(256);
        for (int n = 0; n < 5; n++) {
            floats(out, n, DIM);
        }
        int[] sizes = {
            VOCAB * DIM,
            DIM * DIM,
            DIM * DIM,
            KV * DIM,
            KV * DIM,
            KV * DIM,
            KV * DIM,
            DIM * DIM,
            DIM * DIM,
            HIDDEN * DIM,
            HIDDEN * DIM,
            HIDDEN * DIM,
            HIDDEN * DIM,
            HIDDEN * DIM,
            HIDDEN * DIM,
            VOCAB * DIM
        };
        for (int n = 0; n < sizes.length - (shared ? 1 : 0); n++) {
            if (groupSize > 0) {
                groups(out, n, sizes[n], groupSize);
            } else {
                floats(out, 5 + n, sizes[n]);
            }
        }
        return out.toArray();
    }

    /** A tokenizer file for the vocabulary of 6. */
    static byte[] tokenizer() {
        FileBytes out = new FileBytes().int32(7);
        float score = 0;
        for (String piece : new String[] {"<unk>", "\n<s>\n", "\n</s>\n", "<0x0A>", " é ", "a"}) {
            out.float32(score--).int32(piece.equals(" é ") ? 4 : piece.length()).text(piece);
        }
        return out.toArray();
    }

    private static FileBytes parameters(FileBytes out, int vocab) {
        return out.int32(DIM)
                .int32(HIDDEN)
                .int32(2)
                .int32(4)
                .int32(2)
                .int32(vocab)
                .int32(CONTEXT);
    }

    private static void floats(FileBytes out, int n, int count) {
        for (int i = 0; i < count; i++) {
            out.float32(n + i / 128f);
        }
    }

    /** Values 0, 1, 2, … of int8; scale of group g: n + 1 + g. */
    private static void groups(FileBytes out, int n, int count, int groupSize) {
        for (int i = 0; i < count; i++) {
            out.integer(i, 1);
        }
        for (int g = 0; g < count / groupSize; g++) {
            out.float32(n + 1 + g);
        }
    }

    /** Reads a checkpoint as {@link Llama2c#open} does, and touches every weight's end. */
    static void read(byte[] file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Cursor in = new Cursor("test.bin", MemorySegment.ofArray(file));
            for (Weight w :
                    Llama2cWeights.read(Llama2cHeader.read(in), in, arena).values()) {
                w.data().get(ValueLayout.JAVA_BYTE, w.data().byteSize() - 1);
            }
        }
    }

    static void readTokenizer(byte[] file) throws IOException {
        Llama2cTokenizer.read(new Cursor("tok6.bin", MemorySegment.ofArray(file)), VOCAB);
    }
}
