package dev.keiryo.kernel;

import dev.keiryo.cache.AttentionMass;
import dev.keiryo.cache.CacheSlot;
import dev.keiryo.model.Attention;
import dev.keiryo.model.PositionBias;
import dev.keiryo.tensor.Matrix;

/** {@link Kernels#attend} for one head of one token, position by position: the oracle. */
final class ScalarAttention {
    private ScalarAttention() {}

    static void attend(Attention a, CacheSlot slot, Matrix q, int row, int head, int position, Matrix out) {
        int kvHead = head / (a.heads() / a.kvHeads());
        int from = a.window() > 0 ? Math.max(0, position - a.window() + 1) : 0;
        int to = a.causal() ? position + 1 : slot.length();
        float[] key = new float[a.headDim()];
        float[] scores = new float[to - from];
        float max = Float.NEGATIVE_INFINITY;
        for (int p = from; p < to; p++) {
            slot.key(kvHead, p, key);
            scores[p - from] = score(a, q, row, head, key);
            PositionBias bias = a.bias();
            if (bias != null) {
                scores[p - from] += bias.at(head, position, p);
            }
            max = Math.max(max, scores[p - from]);
        }
        float[] value = new float[a.valueDim()];
        double[] total = new double[a.valueDim()];
        double sum = 0;
        for (int p = from; p < to; p++) {
            slot.value(kvHead, p, value);
            double weight = Math.exp((double) scores[p - from] - max);
            sum += weight;
            for (int d = 0; d < value.length; d++) {
                total[d] += weight * value[d];
            }
        }
        AttentionMass mass = slot.mass();
        if (mass != null) {
            long[] units = new long[to - from];
            for (int p = 0; p < units.length; p++) {
                units[p] = AttentionMass.units(Math.exp((double) scores[p] - max) / sum);
            }
            mass.add(kvHead, from, units, units.length);
        }
        for (int d = 0; d < value.length; d++) {
            out.put(row, head * a.valueDim() + d, (float) (total[d] / sum));
        }
    }

    private static float score(Attention a, Matrix q, int row, int head, float[] key) {
        float dot = 0;
        for (int d = 0; d < key.length; d++) {
            dot = Math.fma(q.get(row, head * key.length + d), key[d], dot);
        }
        float score = dot * a.scale();
        return a.softcap() == 0 ? score : (float) (a.softcap() * Math.tanh(score / a.softcap()));
    }
}
