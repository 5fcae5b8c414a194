package dev.keiryo.kernel;

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
    void look(byte[] w, int at, int step, int parts, PanelChunk out, int row) {
        for (int p = 0; p < parts; p++) {
            look(w, at + p * step, out, p, row);
        }
    }

    /** Of one part. */
    void look(byte[] w, int at, PanelChunk out, int part, int row) {
        choose(w, at, 0, out, out.pair(part, 0, row));
        choose(w, at, 4, out, out.pair(part, 8, row));
    }

    private void choose(byte[] w, int at, int shift, PanelChunk out, int to) {
        int further = 2 * out.rows;
        for (int i = 0; i < 4 * Panels.ROWS; i += INTS) {
            ShortVector chosen = ByteVector.fromArray(B, w, at + 4 * i)
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
    void bytes(byte[] w, int at, int step, int parts, byte[] out) {
        bytes(w, at, step, parts, out, 0);
    }

    /** The same; {@code part} is the first in {@code out}. */
    void bytes(byte[] w, int at, int step, int parts, byte[] out, int part) {
        ByteVector values = ByteVector.fromArray(B, table, 0);
        for (int p = 0; p < parts; p++) {
            int from = at + p * step;
            int to = (part + p) * Activations.BLOCK * Panels.ROWS;
            for (int i = 0; i < 16 * Panels.ROWS; i += B.length()) {
                ByteVector v = ByteVector.fromArray(B, w, from + i);
                v.and((byte) 15).selectFrom(values).intoArray(out, to + i);
                v.reinterpretAsShorts()
                        .lanewise(VectorOperators.LSHR, 4)
                        .reinterpretAsBytes()
                        .and((byte) 15)
                        .selectFrom(values)
                        .intoArray(out, to + 16 * Panels.ROWS + i);
            }
        }
    }
}
