package dev.keiryo.quantize;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/** {@link Lanes} measured by vectors, with the same bits. */
final class VectorLanes extends Lanes {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SPECIES.vectorShape());
    private static final int WIDTH = SPECIES.length();
    /** Levels of a grid that a vector is looked up in. */
    private static final int TABLE = 16;

    private final Grid grid;
    /** Where the lanes' weights lie from the first one's on. */
    private final int[] strides = new int[COUNT];
    /** Where a lane's codes lie among {@link #coded}. */
    private final int[] columns;

    private final int[] coded;

    VectorLanes(int size, Grid grid) {
        super(size, grid);
        this.grid = grid;
        this.coded = new int[size * COUNT];
        this.columns = new int[size];
        for (int l = 0; l < COUNT; l++) {
            strides[l] = l * size;
        }
        for (int i = 0; i < size; i++) {
            columns[i] = i * COUNT;
        }
    }

    @Override
    void load(float[] in, int at, float @Nullable [] importance, int lanes) {
        if (lanes < COUNT) {
            super.load(in, at, importance, lanes);
            return;
        }
        count = lanes;
        alike = importance == null;
        if (alike && !ones) {
            Arrays.fill(w, 1);
        }
        ones = alike;
        for (int l = 0; l < COUNT; l += WIDTH) {
            if (importance == null) {
                loadAlike(in, at, l);
            } else {
                loadWeighed(in, at, importance, l);
            }
        }
    }

    private void loadAlike(float[] in, int at, int l) {
        FloatVector sumX = FloatVector.zero(SPECIES);
        FloatVector sumXx = FloatVector.zero(SPECIES);
        for (int i = 0; i < size; i++) {
            FloatVector vx = FloatVector.fromArray(SPECIES, in, at + i, strides, l);
            vx.intoArray(x, i * COUNT + l);
            sumX = sumX.add(vx);
            sumXx = sumXx.add(vx.mul(vx));
        }
        FloatVector.broadcast(SPECIES, size).intoArray(weight, l);
        sumX.intoArray(linear, l);
        sumXx.intoArray(square, l);
    }

    private void loadWeighed(float[] in, int at, float[] importance, int l) {
        FloatVector sumW = FloatVector.zero(SPECIES);
        FloatVector sumX = FloatVector.zero(SPECIES);
        FloatVector sumXx = FloatVector.zero(SPECIES);
        for (int i = 0; i < size; i++) {
            FloatVector vx = FloatVector.fromArray(SPECIES, in, at + i, strides, l);
            FloatVector vw = FloatVector.fromArray(SPECIES, importance, at + i, strides, l);
            vx.intoArray(x, i * COUNT + l);
            vw.intoArray(w, i * COUNT + l);
            FloatVector wx = vw.mul(vx);
            sumW = sumW.add(vw);
            sumX = sumX.add(wx);
            sumXx = sumXx.add(wx.mul(vx));
        }
        sumW.intoArray(weight, l);
        sumX.intoArray(linear, l);
        sumXx.intoArray(square, l);
    }

    @Override
    void range(float[] least, float[] most) {
        for (int l = 0; l < COUNT; l += WIDTH) {
            FloatVector low = FloatVector.fromArray(SPECIES, x, l);
            FloatVector high = low;
            for (int i = 1; i < size; i++) {
                FloatVector vx = FloatVector.fromArray(SPECIES, x, i * COUNT + l);
                low = low.min(vx);
                high = high.max(vx);
            }
            low.intoArray(least, l);
            high.intoArray(most, l);
        }
    }

    @Override
    void measure(float[] inverse, float[] shift) {
        switch (grid) {
            case Grid.Uniform u -> {
                for (int l = 0; l < COUNT; l += WIDTH) {
                    if (alike) {
                        measureAlike(inverse, shift, l, u.least(), u.most());
                    } else {
                        measureUniform(inverse, shift, l, u.least(), u.most());
                    }
                }
            }
            case Grid.Levels levels -> {
                for (int l = 0; l < COUNT; l += WIDTH) {
                    measureLevels(inverse, shift, l, levels);
                }
            }
        }
    }

    private void measureAlike(float[] inverse, float[] shift, int l, float least, float most) {
        FloatVector inv = FloatVector.fromArray(SPECIES, inverse, l);
        FloatVector add = FloatVector.fromArray(SPECIES, shift, l);
        FloatVector sumT = FloatVector.zero(SPECIES);
        FloatVector sumTt = FloatVector.zero(SPECIES);
        FloatVector sumXt = FloatVector.zero(SPECIES);
        for (int i = l; i < size * COUNT; i += COUNT) {
            FloatVector vx = FloatVector.fromArray(SPECIES, x, i);
            FloatVector v = vx.add(add).mul(inv).min(most).max(least);
            v = v.add(Grid.Uniform.WHOLE).sub(Grid.Uniform.WHOLE);
            sumT = sumT.add(v);
            sumTt = v.fma(v, sumTt);
            sumXt = v.fma(vx, sumXt);
        }
        sumT.intoArray(t, l);
        sumTt.intoArray(tt, l);
        sumXt.intoArray(xt, l);
    }

    private void measureUniform(float[] inverse, float[] shift, int l, float least, float most) {
        FloatVector inv = FloatVector.fromArray(SPECIES, inverse, l);
        FloatVector add = FloatVector.fromArray(SPECIES, shift, l);
        FloatVector sumT = FloatVector.zero(SPECIES);
        FloatVector sumTt = FloatVector.zero(SPECIES);
        FloatVector sumXt = FloatVector.zero(SPECIES);
        for (int i = l; i < size * COUNT; i += COUNT) {
            FloatVector vx = FloatVector.fromArray(SPECIES, x, i);
            FloatVector v = vx.add(add).mul(inv).min(most).max(least);
            v = v.add(Grid.Uniform.WHOLE).sub(Grid.Uniform.WHOLE);
            FloatVector wt = FloatVector.fromArray(SPECIES, w, i).mul(v);
            sumT = sumT.add(wt);
            sumTt = wt.fma(v, sumTt);
            sumXt = wt.fma(vx, sumXt);
        }
        sumT.intoArray(t, l);
        sumTt.intoArray(tt, l);
        sumXt.intoArray(xt, l);
    }

    private void measureLevels(float[] inverse, float[] shift, int l, Grid.Levels levels) {
        FloatVector inv = FloatVector.fromArray(SPECIES, inverse, l);
        FloatVector add = FloatVector.fromArray(SPECIES, shift, l);
        FloatVector sumT = FloatVector.zero(SPECIES);
        FloatVector sumTt = FloatVector.zero(SPECIES);
        FloatVector sumXt = FloatVector.zero(SPECIES);
        if (WIDTH >= TABLE) {
            IntVector middles = IntVector.fromArray(INTS, levels.table(true), 0);
            IntVector points = IntVector.fromArray(INTS, levels.table(false), 0);
            float half = levels.middle(TABLE / 2 - 1);
            for (int i = l; i < size * COUNT; i += COUNT) {
                FloatVector vx = FloatVector.fromArray(SPECIES, x, i);
                FloatVector v = vx.add(add).mul(inv);
                // Bisection: how many middles are below v.
                IntVector code = IntVector.zero(INTS)
                        .blend(8, v.compare(VectorOperators.GT, half).cast(INTS));
                FloatVector m = code.add(3).selectFrom(middles).reinterpretAsFloats();
                code = code.add(4, v.compare(VectorOperators.GT, m).cast(INTS));
                m = code.add(1).selectFrom(middles).reinterpretAsFloats();
                code = code.add(2, v.compare(VectorOperators.GT, m).cast(INTS));
                m = code.selectFrom(middles).reinterpretAsFloats();
                code = code.add(1, v.compare(VectorOperators.GT, m).cast(INTS));
                FloatVector nearest = code.selectFrom(points).reinterpretAsFloats();
                FloatVector wt = FloatVector.fromArray(SPECIES, w, i).mul(nearest);
                sumT = sumT.add(wt);
                sumTt = wt.fma(nearest, sumTt);
                sumXt = wt.fma(vx, sumXt);
            }
        } else {
            for (int i = l; i < size * COUNT; i += COUNT) {
                FloatVector vx = FloatVector.fromArray(SPECIES, x, i);
                FloatVector v = vx.add(add).mul(inv);
                FloatVector nearest = FloatVector.broadcast(SPECIES, levels.level(0));
                for (int code = 1; code < levels.count(); code++) {
                    nearest = nearest.blend(levels.level(code), v.compare(VectorOperators.GT, levels.middle(code - 1)));
                }
                FloatVector wt = FloatVector.fromArray(SPECIES, w, i).mul(nearest);
                sumT = sumT.add(wt);
                sumTt = wt.fma(nearest, sumTt);
                sumXt = wt.fma(vx, sumXt);
            }
        }
        sumT.intoArray(t, l);
        sumTt.intoArray(tt, l);
        sumXt.intoArray(xt, l);
    }

    @Override
    void takeBetter(float[] gain, float[] scale) {
        for (int l = 0; l < COUNT; l += WIDTH) {
            FloatVector vxt = FloatVector.fromArray(SPECIES, xt, l);
            FloatVector vtt = FloatVector.fromArray(SPECIES, tt, l);
            FloatVector before = FloatVector.fromArray(SPECIES, gain, l);
            FloatVector square = vxt.mul(vxt);
            VectorMask<Float> better = square.compare(VectorOperators.GT, before.mul(vtt));
            before.blend(square.div(vtt), better).intoArray(gain, l);
            FloatVector.fromArray(SPECIES, scale, l).blend(vxt.div(vtt), better).intoArray(scale, l);
        }
    }

    @Override
    void codes(float[] inverse, float[] shift, int[] out) {
        for (int l = 0; l < COUNT; l += WIDTH) {
            switch (grid) {
                case Grid.Uniform u -> uniformCodes(inverse, shift, l, u.least(), u.most());
                case Grid.Levels levels -> levelCodes(inverse, shift, l, levels);
            }
        }
        for (int l = 0; l < count; l++) {
            for (int i = 0; i < size; i += WIDTH) {
                IntVector.fromArray(INTS, coded, l, columns, i).intoArray(out, l * size + i);
            }
        }
    }

    private void uniformCodes(float[] inverse, float[] shift, int l, float least, float most) {
        FloatVector inv = FloatVector.fromArray(SPECIES, inverse, l);
        FloatVector add = FloatVector.fromArray(SPECIES, shift, l);
        for (int i = l; i < size * COUNT; i += COUNT) {
            FloatVector vx = FloatVector.fromArray(SPECIES, x, i);
            FloatVector v = vx.add(add).mul(inv).min(most).max(least);
            v = v.add(Grid.Uniform.WHOLE).sub(Grid.Uniform.WHOLE).sub(least);
            ((IntVector) v.convertShape(VectorOperators.F2I, INTS, 0)).intoArray(coded, i);
        }
    }

    private void levelCodes(float[] inverse, float[] shift, int l, Grid.Levels levels) {
        FloatVector inv = FloatVector.fromArray(SPECIES, inverse, l);
        FloatVector add = FloatVector.fromArray(SPECIES, shift, l);
        for (int i = l; i < size * COUNT; i += COUNT) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, i).add(add).mul(inv);
            IntVector code = IntVector.zero(INTS);
            for (int c = 1; c < levels.count(); c++) {
                code = code.add(
                        1, v.compare(VectorOperators.GT, levels.middle(c - 1)).cast(INTS));
            }
            code.intoArray(coded, i);
        }
    }
}
