package dev.keiryo.quantize;

import dev.keiryo.kernel.LaneSums;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** {@link Lanes} measured by machine code, with the same bits. */
final class EmittedLanes extends Lanes {
    private final LaneSums sums;
    private final MemorySegment memory;
    private final int[] coded;

    EmittedLanes(int size, Grid grid) {
        super(size, grid);
        this.sums = LaneSums.of(size, COUNT, grid.points());
        this.coded = new int[size * COUNT];
        this.memory = Arena.ofAuto().allocate(sums.bytes(), 64);
    }

    @Override
    void load(float[] in, int at, float @Nullable [] importance, int lanes) {
        super.load(in, at, importance, lanes);
        MemorySegment.copy(x, 0, memory, ValueLayout.JAVA_FLOAT, 0, size * COUNT);
        if (!alike) {
            MemorySegment.copy(w, 0, memory, ValueLayout.JAVA_FLOAT, sums.importanceAt(), size * COUNT);
        }
    }

    @Override
    void measure(float[] inverse, float[] shift) {
        MemorySegment.copy(inverse, 0, memory, ValueLayout.JAVA_FLOAT, sums.at(0), COUNT);
        MemorySegment.copy(shift, 0, memory, ValueLayout.JAVA_FLOAT, sums.at(1), COUNT);
        sums.measure(memory, alike);
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, sums.at(2), t, 0, COUNT);
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, sums.at(3), tt, 0, COUNT);
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, sums.at(4), xt, 0, COUNT);
    }

    @Override
    void takeBetter(float[] gain, float[] scale) {
        MemorySegment.copy(gain, 0, memory, ValueLayout.JAVA_FLOAT, sums.at(5), COUNT);
        MemorySegment.copy(scale, 0, memory, ValueLayout.JAVA_FLOAT, sums.at(6), COUNT);
        sums.takeBetter(memory);
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, sums.at(5), gain, 0, COUNT);
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, sums.at(6), scale, 0, COUNT);
    }

    @Override
    void codes(float[] inverse, float[] shift, int[] out) {
        MemorySegment.copy(inverse, 0, memory, ValueLayout.JAVA_FLOAT, sums.at(0), COUNT);
        MemorySegment.copy(shift, 0, memory, ValueLayout.JAVA_FLOAT, sums.at(1), COUNT);
        sums.codes(memory);
        MemorySegment.copy(memory, ValueLayout.JAVA_INT, 0, coded, 0, size * COUNT);
        // In memory, x is no more; whoever measures again finds it anew.
        MemorySegment.copy(x, 0, memory, ValueLayout.JAVA_FLOAT, 0, size * COUNT);
        for (int l = 0; l < count; l++) {
            for (int i = 0; i < size; i++) {
                out[l * size + i] = coded[i * COUNT + l];
            }
        }
    }
}
