package dev.keiryo.kernel;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Prefetch;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.TensorType;

/**
 * Machine code for {@link Kernels#matmul}: panels of one format times some tokens of a tile. Arguments:
 *
 * <pre>
 *   rdi  the first panel; more follow it     rcx  how many panels
 *   rsi  the tile                            r8   blocks of the format in a row
 *   rdx  y of the first row, first token     r9   bytes from a token's y to the next one's
 * </pre>
 *
 * Panels, blocks and parts of blocks in turn; how a part comes into registers is {@link PanelCode}'s, how it is multiplied
 * {@link TokenSums}'.
 */
final class MatmulCode {
    /** How far ahead of the block in use memory is asked for. */
    private static final int AHEAD = 4096;
    /** The same where a block is many lines, which take longer to compute with: to the first level, and before to the second. */
    private static final int AHEAD_LARGE = 6144;

    private static final int FAR_AHEAD_LARGE = 12288;

    private static final Gp W = TokenSums.W;
    private static final Gp X = Gp.RSI;
    private static final Gp Y = Gp.RDX;
    private static final Gp PANELS = Gp.RCX;
    private static final Gp BLOCKS = Gp.R8;
    private static final Gp Y_STRIDE = Gp.R9;
    private static final Gp AT = TokenSums.AT;
    private static final Gp COUNTER = Gp.R10;

    private MatmulCode() {}

    /** Most tokens at once, of a tile of {@code tile}. */
    static int tokens(Kind kind, int tile) {
        return kind != Kind.FLOAT32 ? tile : Simd.WIDE ? RegisterSums.FLOAT_TOKENS : StackSums.FLOAT_TOKENS;
    }

    /** The function for {@code tokens} tokens, from {@code first} on, of a tile of {@code tile}. */
    static EmittedFunction function(TensorType type, Kind kind, int tile, int first, int tokens) {
        return new EmittedFunction(
                a -> emit(a, type, kind, tile, first == 0, TokenSums.of(a, kind, tile, first, tokens)));
    }

    private static void emit(Assembler a, TensorType type, Kind kind, int tile, boolean prefetch, TokenSums sums) {
        PanelLayout layout = PanelLayout.of(type);
        BlockCodec codec = Codecs.block(type);
        PanelCode panel = codec == null ? null : PanelCode.of(type, new PanelCode.Setting(a, kind, sums.roomy()));
        sums.begin();
        if (sums instanceof RegisterSums registers && kind == Kind.BFLOAT16 && registers.mayBeTwins()) {
            twins(a, layout.blockBytes(), tile, prefetch, registers);
        }
        Label nextPanel = a.label();
        a.bind(nextPanel);
        a.mov(AT, X);
        a.mov(COUNTER, BLOCKS);
        sums.clear();
        Label nextBlock = a.label();
        a.align(16);
        a.bind(nextBlock);
        int blockBytes = Panels.ROWS * layout.blockBytes();
        int parts = layout.block() / Activations.BLOCK;
        for (int part = 0; part < parts; part++) {
            if (prefetch) {
                prefetch(a, layout, blockBytes * part / parts, blockBytes * (part + 1) / parts);
            }
            if (codec == null || panel == null) {
                if (kind == Kind.BFLOAT16) {
                    sums.pairs();
                } else {
                    sums.dense(type);
                }
            } else if (kind == Kind.INT8) {
                sums.wholeNumbers(panel, part, codec);
            } else {
                sums.decoded(panel, part, codec);
            }
            a.add(AT, tile * kind.blockBytes());
        }
        a.add(W, blockBytes);
        a.dec(COUNTER);
        a.jump(Condition.NE, nextBlock);
        sums.store(Y, Y_STRIDE);
        a.add(Y, 4 * Panels.ROWS);
        a.dec(PANELS);
        a.jump(Condition.NE, nextPanel);
        sums.end();
        finish(a);
    }

    private static void finish(Assembler a) {
        a.vzeroupper();
        a.ret();
    }

    /** Panels two at a time, while there are two: products of bfloat16 wait long for the one before in their sum. */
    private static void twins(Assembler a, int rowBytes, int tile, boolean prefetch, RegisterSums sums) {
        int blockBytes = Panels.ROWS * rowBytes;
        Label single = a.label();
        Label nextPanels = a.label();
        a.imul(RegisterSums.TWIN, BLOCKS, blockBytes);
        a.bind(nextPanels);
        a.cmp(PANELS, 2);
        a.jump(Condition.L, single);
        a.mov(AT, X);
        sums.clearTwins();
        a.mov(COUNTER, BLOCKS);
        Loop blocks = new Loop(a, COUNTER);
        for (int line = 0; line < blockBytes && prefetch; line += 64) {
            a.prefetch(Prefetch.T0, Mem.at(W, AHEAD + line));
            a.prefetch(Prefetch.T0, Mem.at(W, RegisterSums.TWIN, 1, AHEAD + line));
        }
        sums.twinPairs();
        a.add(AT, tile * Kind.BFLOAT16.blockBytes());
        a.add(W, blockBytes);
        blocks.end();
        a.add(W, RegisterSums.TWIN);
        sums.storeTwins(Y, Y_STRIDE);
        a.add(Y, 2 * 4 * Panels.ROWS);
        a.sub(PANELS, 2);
        a.jump(Condition.NE, nextPanels);
        finish(a);
        a.bind(single);
    }

    /** Asks for the lines that begin in {@code [from, to)} of what is ahead: a few at a time, not a block's at once. */
    private static void prefetch(Assembler a, PanelLayout layout, int from, int to) {
        boolean large = layout.blockBytes() > 64;
        for (int line = Math.ceilDiv(from, 64) * 64; line < to; line += 64) {
            a.prefetch(Prefetch.T0, Mem.at(W, (large ? AHEAD_LARGE : AHEAD) + line));
            if (large) {
                a.prefetch(Prefetch.T1, Mem.at(W, FAR_AHEAD_LARGE + line));
            }
        }
    }
}
