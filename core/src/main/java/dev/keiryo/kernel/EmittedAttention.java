package dev.keiryo.kernel;

import static dev.keiryo.kernel.AttentionTile.PAGE;
import static dev.keiryo.kernel.AttentionTile.PARTS;
import static java.util.Objects.requireNonNull;

import dev.keiryo.assembler.CodeMemory;
import dev.keiryo.assembler.NativeCall;
import dev.keiryo.cache.KvType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@link PageAttention} in machine code, written when a type with a number of dimensions first occurs. */
final class EmittedAttention extends PageAttention {
    /** What the code is for. */
    private enum Part {
        SCORES,
        VALUES,
        DECODE_KEYS,
        DECODE_VALUES
    }

    /** Code of one part for one type, by the number of dimensions. Found without garbage, unlike in a map of records. */
    private static final class ByDimensions {
        private final Part part;
        private final KvType type;
        private volatile @Nullable MemorySegment[] known = {};

        ByDimensions(Part part, KvType type) {
            this.part = part;
            this.type = type;
        }

        MemorySegment code(int dim) {
            @Nullable MemorySegment[] codes = known;
            MemorySegment code = dim < codes.length ? codes[dim] : null;
            return code == null ? add(dim) : code;
        }

        private synchronized MemorySegment add(int dim) {
            @Nullable MemorySegment[] codes = Arrays.copyOf(known, Math.max(known.length, dim + 1));
            MemorySegment code = codes[dim];
            if (code == null) {
                code = emit(part, type, dim);
                codes[dim] = code;
                known = codes;
            }
            return code;
        }
    }

    private static final Map<Part, Map<KvType, ByDimensions>> CODE = new EnumMap<>(Part.class);

    static {
        for (Part part : Part.values()) {
            Map<KvType, ByDimensions> types = new EnumMap<>(KvType.class);
            for (KvType type : KvType.values()) {
                types.put(type, new ByDimensions(part, type));
            }
            CODE.put(part, types);
        }
    }

    private final MemorySegment softmax = load(SoftmaxCode.emit());

    private static MemorySegment code(Part part, KvType type, int dim) {
        return requireNonNull(requireNonNull(CODE.get(part)).get(type)).code(dim);
    }

    private static MemorySegment emit(Part part, KvType type, int dim) {
        return load(
                switch (part) {
                    case SCORES -> AttentionCode.scores(type, dim);
                    case VALUES -> AttentionCode.values(type, dim);
                    case DECODE_KEYS -> PageCode.decodeKeys(type, dim);
                    case DECODE_VALUES -> PageCode.decodeValues(type, dim);
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

    /** Whether so few rows take part that each number is used but once: then it is decoded on its way. */
    private static boolean isDirect(KvType type, int rows) {
        return type == KvType.F32 || rows <= PageCode.mostRows(type);
    }

    @Override
    void scores(AttentionTile tile, int from, int to, KvType type, MemorySegment page, long at) {
        int dim = tile.keyDim();
        long keys = page.address() + at;
        KvType read = type;
        if (!isDirect(type, to - from)) {
            long decoded = tile.address() + tile.keys;
            NativeCall.call(code(Part.DECODE_KEYS, type, dim), keys, decoded, 0, 0, 0, 0);
            keys = decoded;
            read = KvType.F32;
        }
        NativeCall.call(
                code(Part.SCORES, read, dim),
                tile.address() + tile.query + 4L * dim * from,
                keys,
                tile.address() + tile.scores + 4L * PAGE * from,
                to - from,
                0,
                0);
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
    void values(AttentionTile tile, int from, int to, KvType type, MemorySegment page, long at, int first, int end) {
        int dim = tile.valueDim();
        long values = page.address() + at;
        KvType read = type;
        if (!isDirect(type, to - from)) {
            long decoded = tile.address() + tile.values;
            NativeCall.call(code(Part.DECODE_VALUES, type, dim), values, decoded, first, end, 0, 0);
            values = decoded;
            read = KvType.F32;
        }
        NativeCall.call(
                code(Part.VALUES, read, dim),
                tile.address() + tile.scores + 4L * PAGE * from,
                values,
                tile.address() + tile.result + 4L * dim * from,
                to - from,
                first | (long) (end - first) << 32,
                tile.address() + tile.state + 8L * from);
    }
}
