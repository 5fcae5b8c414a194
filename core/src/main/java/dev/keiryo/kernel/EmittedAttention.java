package dev.keiryo.kernel;

import static dev.keiryo.kernel.AttentionTile.PAGE;
import static dev.keiryo.kernel.AttentionTile.PARTS;

import dev.keiryo.assembler.CodeMemory;
import dev.keiryo.assembler.NativeCall;
import dev.keiryo.cache.CacheSlot;
import dev.keiryo.cache.KvType;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** {@link PageAttention} in machine code, written when a type with a number of dimensions first occurs. */
final class EmittedAttention extends PageAttention {
    /**
     * Code for a type with padded dimensions of keys and values.
     *
     * @param scores of few rows, from keys as they are kept
     * @param values the same for values
     * @param decodeKeys to float32, for many rows
     * @param decodeValues the same for values
     * @param decodedScores of many rows, from keys in float32
     * @param decodedValues the same for values
     * @param pages {@link PagesCode}
     */
    private record Code(
            KvType type,
            int keyDim,
            int valueDim,
            MemorySegment scores,
            MemorySegment values,
            MemorySegment decodeKeys,
            MemorySegment decodeValues,
            MemorySegment decodedScores,
            MemorySegment decodedValues,
            MemorySegment pages) {}

    /** All there is so far; a few, which are searched without garbage. */
    private static volatile Code[] known = {};

    private final MemorySegment softmax = load(SoftmaxCode.function());

    private static Code code(AttentionTile tile, KvType type) {
        Code code = find(type, tile.keyDim(), tile.valueDim());
        return code == null ? add(type, tile.keyDim(), tile.valueDim()) : code;
    }

    private static @Nullable Code find(KvType type, int keyDim, int valueDim) {
        for (Code c : known) {
            if (c.type == type && c.keyDim == keyDim && c.valueDim == valueDim) {
                return c;
            }
        }
        return null;
    }

    private static synchronized Code add(KvType type, int keyDim, int valueDim) {
        Code code = find(type, keyDim, valueDim);
        if (code == null) {
            code = emit(type, keyDim, valueDim);
            Code[] more = Arrays.copyOf(known, known.length + 1);
            more[known.length] = code;
            known = more;
        }
        return code;
    }

    private static Code emit(KvType type, int keyDim, int valueDim) {
        int keyBytes = Math.toIntExact(type.keyBytes(keyDim));
        int valueBytes = Math.toIntExact(type.valueBytes(valueDim));
        return new Code(
                type,
                keyDim,
                valueDim,
                load(AttentionCode.scores(type, keyDim, valueBytes)),
                load(AttentionCode.values(type, valueDim, keyBytes)),
                load(PageCode.decodeKeys(type, keyDim, valueBytes)),
                load(PageCode.decodeValues(type, valueDim, keyBytes)),
                load(AttentionCode.scores(KvType.F32, keyDim, 0)),
                load(AttentionCode.values(KvType.F32, valueDim, 0)),
                load(PagesCode.emit(type, keyDim, valueDim, keyBytes, valueBytes)));
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
    int wholePages(AttentionTile tile, CacheSlot slot, int kvHead, int page, int end, float scale) {
        if (!isDirect(slot.type(), tile.rows())) {
            return page;
        }
        MemorySegment function = code(tile, slot.type()).pages;
        argument(tile, PagesCode.QUERY, tile.address() + tile.query);
        argument(tile, PagesCode.SCORES, tile.address() + tile.scores);
        argument(tile, PagesCode.STATE, tile.address() + tile.state);
        argument(tile, PagesCode.SUMS, tile.address() + tile.sums);
        argument(tile, PagesCode.RESULT, tile.address() + tile.result);
        argument(tile, PagesCode.ROWS, tile.rows());
        argument(tile, PagesCode.SCALE, Float.floatToRawIntBits(scale));
        for (int from = page; from < end; from += AttentionTile.LISTED) {
            int to = Math.min(end, from + AttentionTile.LISTED);
            long at = tile.pages;
            // Behind the last one memory is asked for another, or itself once more.
            for (int p = from; p <= to; p++, at += 16) {
                int listed = Math.min(p, end - 1);
                tile.memory().set(AttentionTile.I64, at, slot.keys(listed).address() + slot.keyOffset(kvHead));
                tile.memory().set(AttentionTile.I64, at + 8, slot.values(listed).address() + slot.valueOffset(kvHead));
            }
            argument(tile, PagesCode.END, tile.address() + at - 16);
            NativeCall.call(function, tile.address() + tile.arguments, tile.address() + tile.pages, 0, 0, 0, 0);
        }
        return end;
    }

    private static void argument(AttentionTile tile, int which, long value) {
        tile.memory().set(AttentionTile.I64, tile.arguments + which, value);
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
