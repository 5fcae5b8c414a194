package dev.keiryo.quantize;

import dev.keiryo.kernel.LaneSums;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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
    void sumUp() {
        MemorySegment.copy(x, 0, memory, ValueLayout.JAVA_FLOAT, 0, size * COUNT);
        if (!alike) {
            MemorySegment.copy(w, 0, memory, ValueLayout.JAVA_FLOAT, sums.importanceAt(), size * COUNT);
        }
        sums.begin(memory, alike);
        get(7, weight);
        get(8, linear);
        get(9, square);
    }

    @Override
    void range(float[] least, float[] most) {
        get(10, least);
        get(11, most);
    }

    private void get(int array, float[] to) {
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, sums.at(array), to, 0, COUNT);
    }

    private void put(float[] from, int array) {
        MemorySegment.copy(from, 0, memory, ValueLayout.JAVA_FLOAT, sums.at(array), COUNT);
    }

    @Override
    void measure(float[] inverse, float[] shift) {
        put(inverse, 0);
        put(shift, 1);
        sums.measure(memory, alike);
        get(2, t);
        get(3, tt);
        get(4, xt);
    }

    @Override
    void takeBetter(float[] gain, float[] scale) {
        put(gain, 5);
        put(scale, 6);
        sums.takeBetter(memory);
        get(5, gain);
        get(6, scale);
    }

    @Override
    void takeBetter(float[] gain, float[] scale, float[] minimum) {
        put(gain, 5);
        put(scale, 6);
        put(minimum, 12);
        sums.takeBetterWithMinimum(memory);
        get(5, gain);
        get(6, scale);
        get(12, minimum);
    }

    /** Nothing is copied from memory to arrays and back between two. */
    @Override
    void tryAll(float[] numbers, float[] unit, float[] shift, float[] gain, float[] scale) {
        put(shift, 1);
        put(gain, 5);
        put(scale, 6);
        for (float to : numbers) {
            multiply(to, unit, inverse);
            put(inverse, 0);
            sums.measure(memory, alike);
            sums.takeBetter(memory);
        }
        get(5, gain);
        get(6, scale);
    }

    @Override
    void tryAll(float[] numbers, float[] unit, float[] shift, float[] gain, float[] scale, float[] minimum) {
        put(shift, 1);
        put(gain, 5);
        put(scale, 6);
        put(minimum, 12);
        for (float to : numbers) {
            multiply(to, unit, inverse);
            put(inverse, 0);
            sums.measure(memory, alike);
            sums.takeBetterWithMinimum(memory);
        }
        get(5, gain);
        get(6, scale);
        get(12, minimum);
    }

    @Override
    void codes(float[] inverse, float[] shift, int[] out) {
        put(inverse, 0);
        put(shift, 1);
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
