package dev.keiryo.kernel;

import static dev.keiryo.kernel.AttentionTile.PAGE;
import static dev.keiryo.kernel.AttentionTile.PARTS;
import static java.util.Objects.requireNonNull;

import dev.keiryo.assembler.CodeMemory;
import dev.keiryo.assembler.NativeCall;
import dev.keiryo.cache.KvType;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;

/** {@link PageAttention} in machine code, written when a type with a number of dimensions first occurs. */
final class EmittedAttention extends PageAttention {
    /** What the code is for. */
    private enum Part {
        SCORES,
        VALUES,
        DECODE_KEYS,
        DECODE_VALUES
    }

    private static final int DIM_BITS = 24;

    private static final Map<Part, Map<KvType, CodeTable>> CODE = new EnumMap<>(Part.class);

    static {
        for (Part part : Part.values()) {
            Map<KvType, CodeTable> types = new EnumMap<>(KvType.class);
            for (KvType type : KvType.values()) {
                types.put(
                        type,
                        new CodeTable(
                                key -> emit(part, type, (int) key & ((1 << DIM_BITS) - 1), (int) (key >> DIM_BITS))));
            }
            CODE.put(part, types);
        }
    }

    private final MemorySegment softmax = load(SoftmaxCode.emit());

    /** @param ahead bytes to be asked for meanwhile */
    private static MemorySegment code(Part part, KvType type, int dim, int ahead) {
        return requireNonNull(requireNonNull(CODE.get(part)).get(type)).get(((long) ahead << DIM_BITS) | dim);
    }

    private static MemorySegment emit(Part part, KvType type, int dim, int ahead) {
        return load(
                switch (part) {
                    case SCORES -> AttentionCode.scores(type, dim, ahead);
                    case VALUES -> AttentionCode.values(type, dim, ahead);
                    case DECODE_KEYS -> PageCode.decodeKeys(type, dim, ahead);
                    case DECODE_VALUES -> PageCode.decodeValues(type, dim, ahead);
                });
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
        int dim = tile.keyDim();
        int aheadBytes = (int) type.valueBytes(tile.valueDim());
        long next = ahead.address() + aheadAt;
        long query = tile.address() + tile.query + 4L * dim * from;
        long scores = tile.address() + tile.scores + 4L * PAGE * from;
        long keys = page.address() + at;
        if (isDirect(type, to - from)) {
            NativeCall.call(code(Part.SCORES, type, dim, aheadBytes), query, keys, scores, to - from, next, 0);
            return;
        }
        if (type != KvType.F32) {
            long decoded = tile.address() + tile.keys;
            NativeCall.call(code(Part.DECODE_KEYS, type, dim, aheadBytes), keys, decoded, next, 0, 0, 0);
            keys = decoded;
        }
        NativeCall.call(code(Part.SCORES, KvType.F32, dim, 0), query, keys, scores, to - from, 0, 0);
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
        int dim = tile.valueDim();
        int aheadBytes = (int) type.keyBytes(tile.keyDim());
        long next = ahead.address() + aheadAt;
        long weights = tile.address() + tile.scores + 4L * PAGE * from;
        long result = tile.address() + tile.result + 4L * dim * from;
        long state = tile.address() + tile.state + 8L * from;
        long size = (long) (to - from) << 32 | (end - first) << 16 | first;
        long values = page.address() + at;
        if (isDirect(type, to - from)) {
            NativeCall.call(code(Part.VALUES, type, dim, aheadBytes), weights, values, result, next, size, state);
            return;
        }
        if (type != KvType.F32) {
            long decoded = tile.address() + tile.values;
            NativeCall.call(code(Part.DECODE_VALUES, type, dim, aheadBytes), values, decoded, first, end, next, 0);
            values = decoded;
        }
        NativeCall.call(code(Part.VALUES, KvType.F32, dim, 0), weights, values, result, 0, size, state);
    }

    @Override
    void soften(AttentionTile tile, int row, float scale, float softcap) {
        long scores = tile.address() + tile.scores + 4L * PAGE * row;
        (softcap == 0 ? EmittedArithmetic.SCALE : EmittedArithmetic.SCALE_SOFTCAP)
                .call(scores, scores, scores, PAGE, Float.floatToRawIntBits(scale), Float.floatToRawIntBits(softcap));
    }

    @Override
    boolean divide(AttentionTile tile, long at, float sum, Matrix out, int row, int col, int width) {
        return EmittedArithmetic.divide(tile.address() + at, EmittedFunction.address(out, row) + 4L * col, width, sum);
    }
}
