package dev.keiryo.quantize;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link Lanes} measured by vectors, with the same bits. */
final class VectorLanes extends Lanes {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int WIDTH = SPECIES.length();

    private final Grid grid;

    VectorLanes(int size, Grid grid) {
        super(size, grid);
        this.grid = grid;
    }

    @Override
    void measure(float[] inverse, float[] shift) {
        switch (grid) {
            case Grid.Uniform u -> {
                for (int l = 0; l < COUNT; l += WIDTH) {
                    measureUniform(inverse, shift, l, u.least(), u.most());
                }
            }
            case Grid.Levels levels -> {
                for (int l = 0; l < COUNT; l += WIDTH) {
                    measureLevels(inverse, shift, l, levels);
                }
            }
        }
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
        sumT.intoArray(t, l);
        sumTt.intoArray(tt, l);
        sumXt.intoArray(xt, l);
    }
}
