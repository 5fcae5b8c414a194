package dev.keiryo.engine;

import dev.keiryo.cache.KvCache;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.kernel.Hadamard;
import dev.keiryo.model.Rope;

/** Rotates keys back by some positions, as if they had been computed there: {@code R(p - by) = R(-by)·R(p)}. */
final class Turn implements KvCache.KeyTurn {
    private final Rope rope;
    private final boolean transformed;
    private final float[] cos;
    private final float[] sin;
    private int known;

    /** @param transformed whether keys are kept in {@link Hadamard}'s form */
    Turn(Rope rope, boolean transformed) {
        this.rope = rope;
        this.transformed = transformed;
        this.cos = new float[rope.frequencies().length];
        this.sin = new float[cos.length];
    }

    @Override
    public void turn(float[] key, int by) {
        if (by != known) {
            known = by;
            for (int i = 0; i < cos.length; i++) {
                double angle = (double) by * rope.frequencies()[i];
                cos[i] = (float) Math.cos(angle);
                sin[i] = (float) -Math.sin(angle);
            }
        }
        if (by == 0) {
            return;
        }
        if (transformed) {
            Hadamard.transform(key, rope.headDim(), true);
        }
        boolean halves = rope.layout() == RopeLayout.HALVES;
        for (int i = 0; i < cos.length; i++) {
            int a = halves ? i : 2 * i;
            int b = halves ? i + cos.length : 2 * i + 1;
            float x = key[a];
            float y = key[b];
            key[a] = x * cos[i] - y * sin[i];
            key[b] = x * sin[i] + y * cos[i];
        }
        if (transformed) {
            Hadamard.transform(key, rope.headDim(), false);
        }
    }
}
