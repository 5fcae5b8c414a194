package dev.keiryo.train.tape;

import dev.keiryo.model.Attention;
import dev.keiryo.model.PositionBias;
import org.jspecify.annotations.Nullable;

/** Attention and its way back, key by key: the definition. */
final class DoubleAttention {
    private final AttentionSpans spans;
    private final Attention a;
    private final Doubles q;
    private final Doubles k;

    private DoubleAttention(AttentionSpans spans, Doubles q, Doubles k) {
        this.spans = spans;
        this.a = spans.attention();
        this.q = q;
        this.k = k;
    }

    /** {@code q·kᵀ·scale}. */
    private double dot(int head, int query, int key) {
        int kv = head / (a.heads() / a.kvHeads());
        double dot = 0;
        for (int d = 0; d < a.headDim(); d++) {
            dot += q.get(query, head * a.headDim() + d) * k.get(key, kv * a.headDim() + d);
        }
        return dot * a.scale();
    }

    private double score(int head, int query, int key) {
        double s = dot(head, query, key);
        s = a.softcap() == 0 ? s : a.softcap() * Math.tanh(s / a.softcap());
        PositionBias bias = a.bias();
        return bias == null
                ? s
                : s
                        + bias.at(
                                head,
                                spans.queries().position(query),
                                spans.keys().position(key));
    }

    static void forward(AttentionSpans spans, Doubles q, Doubles k, Doubles v, Doubles y, Doubles sums) {
        DoubleAttention at = new DoubleAttention(spans, q, k);
        Attention a = spans.attention();
        for (int d = 0; d < spans.queries().documents(); d++) {
            for (int row = spans.queries().start(d); row < spans.queries().start(d + 1); row++) {
                for (int h = 0; h < a.heads(); h++) {
                    at.forward(h, row, spans.from(d, row), spans.to(d, row), v, y, sums);
                }
            }
        }
    }

    private void forward(int head, int row, int from, int to, Doubles v, Doubles y, Doubles sums) {
        double[] weights = new double[to - from];
        double max = Double.NEGATIVE_INFINITY;
        for (int key = from; key < to; key++) {
            weights[key - from] = score(head, row, key);
            max = Math.max(max, weights[key - from]);
        }
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp(weights[i] - max);
            sum += weights[i];
        }
        sums.put(row, head, max + Math.log(sum));
        int kv = head / (a.heads() / a.kvHeads());
        for (int d = 0; d < a.valueDim(); d++) {
            double value = 0;
            for (int key = from; key < to; key++) {
                value += weights[key - from] / sum * spans.kept(head, row, key) * v.get(key, kv * a.valueDim() + d);
            }
            y.put(row, head * a.valueDim() + d, value);
        }
    }

    static void back(
            AttentionSpans spans,
            Doubles q,
            Doubles k,
            Doubles v,
            Doubles y,
            Doubles sums,
            Doubles dy,
            Doubles dq,
            Doubles dk,
            Doubles dv,
            @Nullable Doubles dBias) {
        DoubleAttention at = new DoubleAttention(spans, q, k);
        Attention a = spans.attention();
        for (int d = 0; d < spans.queries().documents(); d++) {
            for (int row = spans.queries().start(d); row < spans.queries().start(d + 1); row++) {
                for (int h = 0; h < a.heads(); h++) {
                    at.back(h, row, spans.from(d, row), spans.to(d, row), v, y, sums, dy, dq, dk, dv, dBias);
                }
            }
        }
    }

    /**
     * With weights {@code p} and what is kept of them {@code m}: {@code dv_j += p_j·m_j·dy}, and as
     * {@code dp_j = m_j·dy·v_j} and {@code Σ p_j·dp_j = dy·y}: {@code ds_j = p_j·(dp_j - dy·y)}.
     */
    private void back(
            int head,
            int row,
            int from,
            int to,
            Doubles v,
            Doubles y,
            Doubles sums,
            Doubles dy,
            Doubles dq,
            Doubles dk,
            Doubles dv,
            @Nullable Doubles dBias) {
        int kv = head / (a.heads() / a.kvHeads());
        int width = a.valueDim();
        double mean = 0;
        for (int d = 0; d < width; d++) {
            mean += dy.get(row, head * width + d) * y.get(row, head * width + d);
        }
        for (int key = from; key < to; key++) {
            double p = Math.exp(score(head, row, key) - sums.get(row, head));
            double kept = spans.kept(head, row, key);
            double dp = 0;
            for (int d = 0; d < width; d++) {
                dp += kept * dy.get(row, head * width + d) * v.get(key, kv * width + d);
                dv.add(key, kv * width + d, p * kept * dy.get(row, head * width + d));
            }
            double ds = p * (dp - mean);
            if (dBias != null && a.bias() instanceof PositionBias.RelativeBuckets buckets) {
                int bucket = buckets.bucket(
                        spans.queries().position(row), spans.keys().position(key));
                dBias.add(bucket, head, ds);
            }
            if (a.softcap() != 0) {
                double t = Math.tanh(dot(head, row, key) / a.softcap());
                ds *= 1 - t * t;
            }
            ds *= a.scale();
            for (int d = 0; d < a.headDim(); d++) {
                dq.add(row, head * a.headDim() + d, ds * k.get(key, kv * a.headDim() + d));
                dk.add(key, kv * a.headDim() + d, ds * q.get(row, head * a.headDim() + d));
            }
        }
    }
}
