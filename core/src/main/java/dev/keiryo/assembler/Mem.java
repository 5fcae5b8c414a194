package dev.keiryo.assembler;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Memory at {@code base + index * scale + displacement}, or at {@code label + displacement}, relative to the instruction.
 *
 * @param base may be absent
 * @param index any register but RSP, or absent
 * @param scale 1, 2, 4 or 8
 * @param displacement in bytes
 * @param broadcasts whether one element is read, and repeated in the whole vector (EVEX alone)
 * @param vectorIndex for gathers: an index for each element, instead of {@code index}
 * @param label where there is one, there is neither base nor index
 */
public record Mem(
        @Nullable Gp base,
        @Nullable Gp index,
        int scale,
        int displacement,
        boolean broadcasts,
        @Nullable Vec vectorIndex,
        @Nullable Label label)
        implements Operand {
    public Mem {
        if (scale != 1 && scale != 2 && scale != 4 && scale != 8) {
            throw new IllegalArgumentException("an index is scaled by 1, 2, 4 or 8, not " + scale);
        }
        if (index == Gp.RSP) {
            throw new IllegalArgumentException("RSP cannot be an index");
        }
        if (index != null && vectorIndex != null) {
            throw new IllegalArgumentException("an index is a general register or a vector, not both");
        }
        if (label != null && (base != null || index != null || vectorIndex != null)) {
            throw new IllegalArgumentException("memory at a label has neither base nor index");
        }
        if (broadcasts && vectorIndex != null) {
            throw new IllegalArgumentException("a gather reads no broadcast element");
        }
    }

    public static Mem at(Gp base) {
        return at(base, 0);
    }

    public static Mem at(Gp base, int displacement) {
        return new Mem(base, null, 1, displacement, false, null, null);
    }

    public static Mem at(Gp base, Gp index, int scale) {
        return at(base, index, scale, 0);
    }

    public static Mem at(Gp base, Gp index, int scale, int displacement) {
        return new Mem(base, index, scale, displacement, false, null, null);
    }

    /** Element i is at {@code base + index[i] * scale + displacement}. */
    public static Mem gather(Gp base, Vec index, int scale, int displacement) {
        return new Mem(base, null, scale, displacement, false, index, null);
    }

    static Mem at(Label label) {
        return new Mem(null, null, 1, 0, false, null, label);
    }

    /** {@code other * otherScale} further on; there is no index yet. */
    public Mem indexed(Gp other, int otherScale) {
        if (index != null) {
            throw new IllegalArgumentException("memory with two indices: " + this + " and " + other);
        }
        return new Mem(base, other, otherScale, displacement, broadcasts, vectorIndex, label);
    }

    /** {@code bytes} further on. */
    public Mem plus(int bytes) {
        return new Mem(base, index, scale, Math.addExact(displacement, bytes), broadcasts, vectorIndex, label);
    }

    /** The one element there, repeated: {@code {1toN}}. */
    public Mem broadcast() {
        return new Mem(base, index, scale, displacement, true, vectorIndex, label);
    }

    /** As in Intel's syntax: {@code [rax + rcx*4 + 64]}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        text.append(label != null ? "label" : base != null ? base.name().toLowerCase(Locale.ROOT) : "");
        if (index != null || vectorIndex != null) {
            text.append(base != null ? " + " : "");
            text.append(index != null ? index.name().toLowerCase(Locale.ROOT) : vectorIndex);
            text.append('*').append(scale);
        }
        if (displacement != 0 || text.length() == 1) {
            text.append(text.length() == 1 ? "" : displacement < 0 ? " - " : " + ");
            text.append(text.length() == 1 ? displacement : Math.abs((long) displacement));
        }
        return text.append(broadcasts ? "]{1toN}" : "]").toString();
    }
}
