package dev.keiryo.kernel;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Sixteen signed bytes for nibbles to choose from. */
final class NibbleTable {
    /** Not 512 bits: processors without VBMI cannot choose among 64 bytes. */
    private static final VectorSpecies<Byte> B =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.min(256, Lanes.I.vectorBitSize())));

    private static final int INTS = B.length() / 4;

    private final byte[] table = new byte[B.length()];

    NibbleTable(int... values) {
        for (int i = 0; i < table.length; i++) {
            table[i] = (byte) values[i % 16];
        }
    }

    /** What the nibbles of parts' 16 bytes choose, first the low ones'; arguments as of {@link PanelQuants#nibbles}. */
    void look(long at, int step, int parts, PanelChunk out, int row) {
        for (int p = 0; p < parts; p++) {
            look(at + (long) p * step, out, p, row);
        }
    }

    /** Of one part. */
    void look(long at, PanelChunk out, int part, int row) {
        choose(at, 0, out, out.pair(part, 0, row));
        choose(at, 4, out, out.pair(part, 8, row));
    }

    private void choose(long at, int shift, PanelChunk out, int to) {
        int further = 2 * out.rows;
        for (int i = 0; i < 4 * Panels.ROWS; i += INTS) {
            ShortVector chosen = ByteVector.fromMemorySegment(B, Lanes.ALL, at + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                    .reinterpretAsShorts()
                    .lanewise(VectorOperators.LSHR, shift)
                    .reinterpretAsBytes()
                    .and((byte) 15)
                    .selectFrom(ByteVector.fromArray(B, table, 0))
                    .reinterpretAsShorts();
            int pair = to + i / Panels.ROWS * 2 * further + 2 * (i % Panels.ROWS);
            chosen.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 8)
                    .intoArray(out.pairs, pair);
            chosen.lanewise(VectorOperators.ASHR, 8).intoArray(out.pairs, pair + further);
        }
    }

    /** What the nibbles of parts' 16 bytes choose, as {@link VectorDot#bytes} are. */
    void bytes(long at, int step, int parts, MemorySegment out) {
        bytes(at, step, parts, out, 0);
    }

    /** The same; {@code part} is the first in {@code out}. */
    void bytes(long at, int step, int parts, MemorySegment out, int part) {
        ByteVector values = ByteVector.fromArray(B, table, 0);
        for (int p = 0; p < parts; p++) {
            long from = at + (long) p * step;
            int to = (part + p) * Activations.BLOCK * Panels.ROWS;
            for (int i = 0; i < 16 * Panels.ROWS; i += B.length()) {
                ByteVector v = ByteVector.fromMemorySegment(B, Lanes.ALL, from + i & Lanes.ADDRESSES, Lanes.ORDER);
                v.and((byte) 15).selectFrom(values).intoMemorySegment(out, to + i, Lanes.ORDER);
                v.reinterpretAsShorts()
                        .lanewise(VectorOperators.LSHR, 4)
                        .reinterpretAsBytes()
                        .and((byte) 15)
                        .selectFrom(values)
                        .intoMemorySegment(out, to + 16 * Panels.ROWS + i, Lanes.ORDER);
            }
        }
    }
}
