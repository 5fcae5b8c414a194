package dev.keiryo.kernel;

import static dev.keiryo.kernel.AttentionTile.PAGE;
import static dev.keiryo.kernel.AttentionTile.PARTS;

import dev.keiryo.assembler.CodeMemory;
import dev.keiryo.assembler.NativeCall;
import dev.keiryo.cache.KvType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** {@link PageAttention} in machine code, written when a type with a number of dimensions first occurs. */
final class EmittedAttention extends PageAttention {
    /** What code is written for: a type with padded dimensions of keys and values. */
    private record Shape(KvType type, int keyDim, int valueDim) {}

    /**
     * Code for a shape.
     *
     * @param scores of few rows, from keys as they are kept
     * @param values the same for values
     * @param decodeKeys to float32, for many rows
     * @param decodeValues the same for values
     * @param decodedScores of many rows, from keys in float32
     * @param decodedValues the same for values
     */
    record Code(
            KvType type,
            int keyDim,
            int valueDim,
            MemorySegment scores,
            MemorySegment values,
            MemorySegment decodeKeys,
            MemorySegment decodeValues,
            MemorySegment decodedScores,
            MemorySegment decodedValues) {}

    private static final Map<Shape, Code> CODE = new ConcurrentHashMap<>();

    private final MemorySegment softmax = load(SoftmaxCode.emit());

    private static Code code(AttentionTile tile, KvType type) {
        Code last = tile.code;
        if (last != null && last.type == type && last.keyDim == tile.keyDim() && last.valueDim == tile.valueDim()) {
            return last;
        }
        Shape shape = new Shape(type, tile.keyDim(), tile.valueDim());
        Code code = CODE.computeIfAbsent(shape, EmittedAttention::emit);
        tile.code = code;
        return code;
    }

    private static Code emit(Shape s) {
        int keyBytes = Math.toIntExact(s.type.keyBytes(s.keyDim));
        int valueBytes = Math.toIntExact(s.type.valueBytes(s.valueDim));
        return new Code(
                s.type,
                s.keyDim,
                s.valueDim,
                load(AttentionCode.scores(s.type, s.keyDim, valueBytes)),
                load(AttentionCode.values(s.type, s.valueDim, keyBytes)),
                load(PageCode.decodeKeys(s.type, s.keyDim, valueBytes)),
                load(PageCode.decodeValues(s.type, s.valueDim, keyBytes)),
                load(AttentionCode.scores(KvType.F32, s.keyDim, 0)),
                load(AttentionCode.values(KvType.F32, s.valueDim, 0)));
    }

    private static MemorySegment load(byte[] code) {
        try {
            // Lives as long as the process does.
            return CodeMemory.load(code).entry();
        } catch (IOException e) {
            throw new UncheckedIOException("machine code that could be run before is now refused", e);
        }
    }

    /** Whether so few rows take part that each number is loaded but once: then it is decoded on its way. */
    private static boolean isDirect(KvType type, int rows) {
        return rows <= PageCode.mostRows(type);
    }

    @Override
    void scores(
            AttentionTile tile,
            int from,
            int to,
            KvType type,
            MemorySegment page,
            long at,
            MemorySegment ahead,
            long aheadAt) {
        Code code = code(tile, type);
        int dim = tile.keyDim();
        long next = ahead.address() + aheadAt;
        long query = tile.address() + tile.query + 4L * dim * from;
        long scores = tile.address() + tile.scores + 4L * PAGE * from;
        long keys = page.address() + at;
        if (isDirect(type, to - from)) {
            NativeCall.call(code.scores, query, keys, scores, to - from, next, 0);
            return;
        }
        if (type != KvType.F32) {
            long decoded = tile.address() + tile.keys;
            NativeCall.call(code.decodeKeys, keys, decoded, next, 0, 0, 0);
            keys = decoded;
        }
        NativeCall.call(code.decodedScores, query, keys, scores, to - from, 0, 0);
    }

    @Override
    void weights(AttentionTile tile, int from, int to, float scale) {
        NativeCall.call(
                softmax,
                tile.address() + tile.scores + 4L * PAGE * from,
                tile.address() + tile.masks + 8L * from,
                tile.address() + tile.state + 8L * from,
                tile.address() + tile.sums + 4L * PARTS * from,
                to - from,
                Float.floatToRawIntBits(scale));
    }

    @Override
    void values(
            AttentionTile tile,
            int from,
            int to,
            KvType type,
            MemorySegment page,
            long at,
            int first,
            int end,
            MemorySegment ahead,
            long aheadAt) {
        Code code = code(tile, type);
        int dim = tile.valueDim();
        long next = ahead.address() + aheadAt;
        long weights = tile.address() + tile.scores + 4L * PAGE * from;
        long result = tile.address() + tile.result + 4L * dim * from;
        long state = tile.address() + tile.state + 8L * from;
        long size = (long) (to - from) << 32 | (end - first) << 16 | first;
        long values = page.address() + at;
        if (isDirect(type, to - from)) {
            NativeCall.call(code.values, weights, values, result, next, size, state);
            return;
        }
        if (type != KvType.F32) {
            long decoded = tile.address() + tile.values;
            NativeCall.call(code.decodeValues, values, decoded, first, end, next, 0);
            values = decoded;
        }
        NativeCall.call(code.decodedValues, weights, values, result, 0, size, state);
    }
}
