package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Vec;
import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * Sums with AVX-512 and VNNI: a lane is a row, register t sums token t's products with 16 rows, over all blocks. For each part the
 * weights come into registers once and serve all tokens, whose numbers are broadcast from memory.
 */
final class RegisterSums extends TokenSums {
    /** Most tokens at once with float32 inputs: two registers each. */
    static final int FLOAT_TOKENS = 8;

    /** Sums of a block with float32 inputs; token t's sum over all is in register t. */
    private static final int BLOCK_SUM = 8;

    private static final Vec WEIGHTS = PanelCode.OTHER;

    /** Most tokens with bfloat16 inputs for two panels at once. */
    private static final int MOST_TWINS = 4;
    /** Bytes of a panel. */
    static final Gp TWIN = Gp.R11;

    RegisterSums(Assembler a, int tile, int first, int tokens) {
        super(a, tile, first, tokens);
    }

    @Override
    boolean roomy() {
        return true;
    }

    @Override
    void begin() {}

    @Override
    void clear() {
        for (int t = 0; t < tokens; t++) {
            Simd.clear(a, Vec.zmm(t));
        }
    }

    /**
     * Several sums at once, in turn: each product waits for the one before in its sum, and the processor looks only so far ahead for
     * others.
     */
    @Override
    void wholeNumbers(PanelCode panel, int part, BlockCodec codec) {
        panel.part(part);
        boolean halves = codec.run() < Activations.BLOCK;
        List<Vec> sums = new ArrayList<>(List.of(PanelCode.TEMPORARY, PanelCode.OTHER));
        if (!halves) {
            sums.add(PanelCode.SCALE_1);
        }
        if (!halves || !codec.hasOffset()) {
            sums.add(PanelCode.OFFSET_1);
        }
        if (!codec.hasOffset()) {
            sums.add(PanelCode.OFFSET_0);
        }
        int most = halves ? sums.size() / 2 : sums.size();
        for (int t = 0; t < tokens; t += most) {
            int n = Math.min(most, tokens - t);
            if (halves) {
                halves(codec, t, n, sums);
            } else {
                whole(codec, t, n, sums);
            }
        }
    }

    /** Tokens {@code [from, from + n)}, each with a sum over the part. */
    private void whole(BlockCodec codec, int from, int n, List<Vec> sums) {
        for (int i = 0; i < n; i++) {
            begin(codec, sums.get(i), extra(from + i, 1));
        }
        for (int j = 0; j < 8; j++) {
            for (int i = 0; i < n; i++) {
                a.emit(
                        VPDPBUSD,
                        sums.get(i),
                        PanelCode.quant(j),
                        number(from + i, 4 * j, 1).broadcast());
            }
        }
        for (int i = 0; i < n; i++) {
            int t = from + i;
            a.emit(VCVTDQ2PS, sums.get(i), sums.get(i));
            a.emit(VMULPS, sums.get(i), sums.get(i), PanelCode.SCALE_0);
            a.emit(VFMADD231PS, Vec.zmm(t), sums.get(i), extra(t, 0).broadcast());
            if (codec.hasOffset()) {
                a.emit(VFMADD231PS, Vec.zmm(t), PanelCode.OFFSET_0, extra(t, 1).broadcast());
            }
        }
    }

    /** As {@link #whole}, with a sum for each half of the part. */
    private void halves(BlockCodec codec, int from, int n, List<Vec> sums) {
        for (int i = 0; i < 2 * n; i++) {
            begin(codec, sums.get(i), extra(from + i / 2, 1 + i % 2));
        }
        for (int j = 0; j < 4; j++) {
            for (int i = 0; i < 2 * n; i++) {
                int quant = i % 2 * 4 + j;
                a.emit(
                        VPDPBUSD,
                        sums.get(i),
                        PanelCode.quant(quant),
                        number(from + i / 2, 4 * quant, 1).broadcast());
            }
        }
        for (int i = 0; i < n; i++) {
            int t = from + i;
            Vec low = sums.get(2 * i);
            Vec high = sums.get(2 * i + 1);
            a.emit(VCVTDQ2PS, low, low);
            a.emit(VCVTDQ2PS, high, high);
            a.emit(VMULPS, low, low, PanelCode.SCALE_0);
            a.emit(VFMADD231PS, low, high, PanelCode.SCALE_1);
            a.emit(VFMADD231PS, Vec.zmm(t), low, extra(t, 0).broadcast());
            if (codec.hasOffset()) {
                a.emit(VFMADD231PS, Vec.zmm(t), PanelCode.OFFSET_0, extra(t, 1).broadcast());
                a.emit(VFMADD231PS, Vec.zmm(t), PanelCode.OFFSET_1, extra(t, 2).broadcast());
            }
        }
    }

    /** What a sum over the quants' registers begins with. */
    private void begin(BlockCodec codec, Vec sum, Mem completion) {
        if (codec.hasOffset()) {
            Simd.clear(a, sum);
        } else {
            a.emit(VPBROADCASTD, sum, completion);
        }
    }

    @Override
    void decoded(PanelCode panel, int part, BlockCodec codec) {
        panel.part(part);
        clearBlockSums();
        for (int c = 0; c < Activations.BLOCK; c++) {
            decode(panel, codec, c, WEIGHTS);
            multiply(c);
        }
        addBlockSums();
    }

    @Override
    void dense(TensorType type) {
        clearBlockSums();
        for (int c = 0; c < Activations.BLOCK; c++) {
            column(type, W, c, 0, WEIGHTS);
            multiply(c);
        }
        addBlockSums();
    }

    @Override
    void pairs() {
        for (int c = 0; c < Activations.BLOCK; c += 2) {
            a.emit(VMOVDQU32, WEIGHTS, Mem.at(W, 2 * c * Panels.ROWS));
            for (int t = 0; t < tokens; t++) {
                a.emit(VDPBF16PS, Vec.zmm(t), WEIGHTS, number(t, c, 2).broadcast());
            }
        }
    }

    /** Whether so few tokens are computed that their sums would wait for one another, and twice as many find room. */
    boolean mayBeTwins() {
        return tokens <= MOST_TWINS;
    }

    /** Sets the sums of two panels to 0. */
    void clearTwins() {
        clear();
        clearBlockSums();
    }

    /** As {@link #pairs}, of the current block, and of the one {@link #TWIN} bytes further. */
    void twinPairs() {
        for (int c = 0; c < Activations.BLOCK; c += 2) {
            a.emit(VMOVDQU32, WEIGHTS, Mem.at(W, 2 * c * Panels.ROWS));
            a.emit(VMOVDQU32, PanelCode.TEMPORARY, Mem.at(W, TWIN, 1, 2 * c * Panels.ROWS));
            for (int t = 0; t < tokens; t++) {
                Mem numbers = number(t, c, 2).broadcast();
                a.emit(VDPBF16PS, Vec.zmm(t), WEIGHTS, numbers);
                a.emit(VDPBF16PS, Vec.zmm(BLOCK_SUM + t), PanelCode.TEMPORARY, numbers);
            }
        }
    }

    /** As {@link #store}, of both panels. */
    void storeTwins(Gp y, Gp stride) {
        store(y, stride);
        a.mov(AT, y);
        for (int t = 0; t < tokens; t++) {
            a.emit(VMOVUPS, Mem.at(AT, 4 * Panels.ROWS), Vec.zmm(BLOCK_SUM + t));
            a.add(AT, stride);
        }
    }

    private void clearBlockSums() {
        for (int t = 0; t < tokens; t++) {
            Simd.clear(a, Vec.zmm(BLOCK_SUM + t));
        }
    }

    private void multiply(int c) {
        for (int t = 0; t < tokens; t++) {
            a.emit(VFMADD231PS, Vec.zmm(BLOCK_SUM + t), WEIGHTS, number(t, c, 4).broadcast());
        }
    }

    private void addBlockSums() {
        for (int t = 0; t < tokens; t++) {
            a.emit(VADDPS, Vec.zmm(t), Vec.zmm(t), Vec.zmm(BLOCK_SUM + t));
        }
    }

    @Override
    void store(Gp y, Gp stride) {
        a.mov(AT, y);
        for (int t = 0; t < tokens; t++) {
            a.emit(VMOVUPS, Mem.at(AT), Vec.zmm(t));
            if (t < tokens - 1) {
                a.add(AT, stride);
            }
        }
    }

    @Override
    void end() {}
}
