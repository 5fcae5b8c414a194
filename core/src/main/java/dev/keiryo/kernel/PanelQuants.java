package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.kernel.DotInputs.Order;
import dev.keiryo.tensor.TensorType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Unpacks a quantized format's panels into {@link PanelChunk chunks}: each format's bits become the same 16-bit numbers
 * and float32 scales, so that only this depends on the format. An unpacked chunk stays in the nearest cache.
 *
 * <p>In all vector code that products consist of, a method is a loop over whole vectors that lie in arrays or in local
 * variables. None takes or returns one: the compiler does not inline methods that it has compiled to long code before,
 * nor any once a caller has become long, and what it does not inline gets its vectors as objects. Loops stay loops: written out,
 * all their inputs are loaded first and then moved to the stack.
 */
abstract class PanelQuants {
    static final int ROWS = Panels.ROWS;
    static final VectorSpecies<Integer> I = Lanes.I;
    static final VectorSpecies<Short> S = Lanes.S;
    static final VectorSpecies<Byte> B = Lanes.B;
    static final VectorSpecies<Byte> HALF = Lanes.HALF;

    /** Of float16 infinities and NaNs, all exponent bits, where {@link #halves} moves them. */
    static final int HALF_INFINITY = 0x7c00 << 13;

    /**
     * Whether sixteen products of quants with int8 do not fit in 16 bits, eight where a run has sixteen columns: quants
     * go beyond ±16, or ±32.
     */
    final boolean wide;

    /** Runs of a part. */
    final int runs;

    /** Whether there are offsets. */
    final boolean offset;

    /** Of inputs for {@link #dot}. */
    final Order order;

    /** Whether {@link #dot} reads a panel in order and with so few instructions that it need not be {@link PanelStretch copied} first. */
    final boolean streamed;

    private final PanelLayout layout;

    PanelQuants(TensorType type, boolean wide) {
        this(type, wide, Order.PLAIN, false);
    }

    PanelQuants(TensorType type, boolean wide, Order order, boolean streamed) {
        Form form = Form.quantized(type);
        this.wide = wide;
        this.runs = Activations.BLOCK / form.run();
        this.offset = form.offset();
        this.order = order;
        this.streamed = streamed;
        this.layout = PanelLayout.of(type);
    }

    /** Bytes of {@code parts} times 32 columns of a panel, whole blocks. */
    final int bytes(int parts) {
        return ROWS * layout.blockBytes() * (parts * Activations.BLOCK / layout.block());
    }

    /**
     * Fills in scales and offsets of {@code parts} times 32 columns of a panel.
     *
     * @param at the address where the first of their blocks begins, see {@link PanelStretch}
     * @param parts whole blocks: 8 for formats whose blocks hold 256 weights, 1 to 8 for others
     * @param row where the panel's rows begin among those of {@code out}
     */
    abstract void scales(long at, int parts, PanelChunk out, int row);

    /** Fills in quants; arguments as for {@link #scales}. */
    abstract void quants(long at, int parts, PanelChunk out, int row);

    /**
     * Adds products of {@code parts} times 32 columns of a panel with one token's int8 inputs, {@code y[to + row] += …} in the
     * order of {@link Kernels#matmul}.
     *
     * @param at as for {@link #scales}
     * @param parts whole blocks
     * @param x in this format's {@link #order}
     * @param block the first block in {@code x}, see {@link DotInputs#at}
     */
    void dot(long at, int parts, DotInputs x, int block, VectorDot memory, float[] y, int to) {
        memory.unpacked(this, at, parts, x, block, y, to);
    }

    /** The 16 float16s at address {@code at} and every {@code step} bytes from there, {@code n} times, as float32. */
    static void halves(long at, int step, int n, float[] out, int to, int stride) {
        for (int i = 0; i < n; i++) {
            for (int r = 0; r < ROWS; r += LANES) {
                // Exponent and fraction where float32 has its own; the difference of biases is 112, also for
                // subnormals.
                IntVector bits = ((IntVector) ByteVector.fromMemorySegment(
                                        HALF, Lanes.ALL, at + (long) i * step + 2L * r & Lanes.ADDRESSES, Lanes.ORDER)
                                .reinterpretAsShorts()
                                .convertShape(VectorOperators.S2I, I, 0))
                        .lanewise(VectorOperators.LSHL, 13)
                        .and(0x8fffe000);
                VectorMask<Integer> special = bits.and(HALF_INFINITY).eq(HALF_INFINITY);
                bits.reinterpretAsFloats()
                        .mul(0x1p112f)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.OR, 0x7f800000, special)
                        .reinterpretAsFloats()
                        .intoArray(out, to + i * stride + r);
            }
        }
    }

    /**
     * Parts of 32 nibbles in 16 bytes, first the low ones, each less {@code zero}.
     *
     * @param at where the first byte's unit begins
     * @param step bytes from part to part
     */
    static void nibbles(long at, int step, int parts, int zero, PanelChunk out, int row) {
        int further = 2 * out.rows;
        short less = (short) zero;
        for (int p = 0; p < parts; p++) {
            for (int i = 0; i < 4 * ROWS; i += LANES) {
                ShortVector v = ByteVector.fromMemorySegment(
                                B, Lanes.ALL, at + (long) p * step + 4L * i & Lanes.ADDRESSES, Lanes.ORDER)
                        .reinterpretAsShorts();
                int to = out.pair(p, i / ROWS * 2, row + i % ROWS);
                v.and((short) 15).sub(less).intoArray(out.pairs, to);
                v.lanewise(VectorOperators.LSHR, 8).and((short) 15).sub(less).intoArray(out.pairs, to + further);
                v.lanewise(VectorOperators.LSHR, 4).and((short) 15).sub(less).intoArray(out.pairs, to + 8 * further);
                v.lanewise(VectorOperators.LSHR, 12).sub(less).intoArray(out.pairs, to + 9 * further);
            }
        }
    }

    /** {@code out[to + r] = d[r]·code}, the code being the byte {@code shift} bits up in each int at {@code at}, with its sign. */
    static void signedCodes(long at, int shift, float[] d, int row, float[] out, int to) {
        for (int r = 0; r < ROWS; r += LANES) {
            IntVector code = ByteVector.fromMemorySegment(B, Lanes.ALL, at + 4L * r & Lanes.ADDRESSES, Lanes.ORDER)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, 24 - shift)
                    .lanewise(VectorOperators.ASHR, 24);
            ((FloatVector) code.convertShape(VectorOperators.I2F, Lanes.F, 0))
                    .mul(FloatVector.fromArray(Lanes.F, d, row + r))
                    .intoArray(out, to + r);
        }
    }
}
