package dev.keiryo.kernel;

import dev.keiryo.assembler.CpuFeatures;
import dev.keiryo.cache.CacheSlot;
import dev.keiryo.model.Attention;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Machine code written at run time for the processor at hand: x86-64 with AVX-512 and VNNI, or with AVX2, FMA and F16C. */
public final class EmittedKernels implements Kernels {
    private static final CpuFeatures CPU = Simd.CPU;
    private final PageAttention attention = new EmittedAttention();

    /** Whether this processor has what the code needs, and the system lets it run. */
    public static boolean isPossible() {
        return Simd.POSSIBLE;
    }

    /** For the log: what keeps this machine from running emitted code. */
    static String whyNot() {
        return "machine code needs AVX2 with FMA and F16C, and memory that may be executed, and there is: " + CPU;
    }

    @Override
    public String name() {
        return "emitted (" + CPU + ")";
    }

    @Override
    public void interleave(Panels w, int panel, MemorySegment out, long at) {
        EmittedMatmul.of(w.type()).interleave(w, panel, out, at);
    }

    @Override
    public Activations.Form form(TensorType type) {
        return type == TensorType.BF16 && CPU.avx512bf16()
                ? Activations.Form.BFLOAT16
                : Activations.Form.quantized(type);
    }

    @Override
    public void prepare(Matrix x, Activations out, int from, int to) {
        EmittedPrepare.prepare(x, out, from, to);
    }

    @Override
    public void matmul(Panels w, @Nullable Matrix bias, Activations x, Matrix y, int from, int to, Scratch scratch) {
        EmittedMatmul.of(w.type()).multiply(this, w, bias, x, y, from, to, scratch);
    }

    @Override
    public void rmsNorm(Norm norm, Matrix x, Matrix y, int from, int to) {
        EmittedNorm.rms(norm, x, y, from, to);
    }

    @Override
    public void layerNorm(Norm norm, Matrix x, Matrix y, int from, int to) {
        EmittedNorm.layer(norm, x, y, from, to);
    }

    @Override
    public void activate(Activation f, Matrix x, Matrix y, int from, int to) {
        EmittedLoop.call(EmittedActivations.alone(f), x, x, 0, y, from, to);
    }

    @Override
    public void gated(Activation f, Matrix gate, Matrix up, Matrix y, int from, int to) {
        EmittedLoop.call(EmittedActivations.gate(f), gate, up, 0, y, from, to);
    }

    @Override
    public void addScaled(Matrix a, float s, Matrix b, Matrix y, int from, int to) {
        EmittedLoop.call(EmittedArithmetic.ADD_SCALED, a, b, s, y, from, to);
    }

    @Override
    public void addRow(Matrix x, int row, float s, Matrix y, int target) {
        EmittedLoop.callAddRow(x, row, s, y, target);
    }

    @Override
    public void scale(Matrix x, float s, Matrix y, int from, int to) {
        EmittedLoop.call(EmittedArithmetic.SCALE, x, x, s, y, from, to);
    }

    @Override
    public void clamp(Matrix x, float limit, Matrix y, int from, int to) {
        EmittedLoop.call(EmittedArithmetic.CLAMP, x, x, limit, y, from, to);
    }

    @Override
    public void rope(RopeTable table, int position, Matrix x, Matrix y, int row) {
        EmittedRope.rotate(table, position, x, y, row);
    }

    @Override
    public void softcap(float cap, Matrix x, Matrix y, int from, int to) {
        EmittedLoop.call(EmittedArithmetic.SOFTCAP, x, x, cap, y, from, to);
    }

    @Override
    public void attend(
            Attention a,
            CacheSlot slot,
            Matrix q,
            int row,
            int tokens,
            int position,
            int head,
            int heads,
            Scratch scratch,
            Matrix out) {
        attention.attend(a, slot, q, row, tokens, position, head, heads, scratch.attention(), out);
    }
}
