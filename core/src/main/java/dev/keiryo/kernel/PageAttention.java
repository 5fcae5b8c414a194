package dev.keiryo.kernel;

import static dev.keiryo.kernel.AttentionTile.PAGE;
import static dev.keiryo.kernel.AttentionTile.PARTS;

import dev.keiryo.cache.AttentionMass;
import dev.keiryo.cache.CacheSlot;
import dev.keiryo.cache.KvType;
import dev.keiryo.model.Attention;
import dev.keiryo.model.PositionBias;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;

/**
 * {@link Kernels#attend} for many rows at a time: a page's keys and values are read, and decoded, once for all of them. Online
 * softmax page by page, Milakov and Gimelshein 2018, arXiv:1805.02867; in tiles as in Dao et al. 2022, arXiv:2205.14135.
 *
 * <p>A row takes part in a page only if it sees one of its positions. Within the page its own sums are
 *
 * <pre>
 *   s[p] = Σ_d q[d]·k[d, p]        by fma in the order of d, from 0
 *   m'   = max(m, max_p s[p]·scale)
 *   w[p] = exp(s[p]·scale - m'),   0 where the row does not see p
 *   l    = l·exp(m - m') + Σ_p w[p]
 *   y[d] = y[d]·exp(m - m') + Σ_p w[p]·v[p, d]   by fma in the order of p
 * </pre>
 *
 * so its result does not depend on the other rows: positions that others see and it does not add zeros, which can change the sign
 * of a zero alone, until zeros lose it at the end. Only numbers that are not finite could spread by {@code 0·v}; a tile with such
 * a result is computed once more, token by token.
 */
abstract sealed class PageAttention permits VectorAttention, EmittedAttention {
    /**
     * Computes the scores of rows {@code [from, to)} with the keys of a head at {@code at}.
     *
     * @param ahead what is read next: values
     * @param aheadAt from where on
     */
    abstract void scores(
            AttentionTile tile,
            int from,
            int to,
            KvType type,
            MemorySegment page,
            long at,
            MemorySegment ahead,
            long aheadAt);

    /** Replaces the scores of rows {@code [from, to)} by weights, and updates state and sums. */
    abstract void weights(AttentionTile tile, int from, int to, float scale);

    /**
     * Adds up the values of a head at {@code at}, of which no row {@code [from, to)} sees more than {@code [first, end)}.
     *
     * @param ahead what is read next: keys
     * @param aheadAt from where on
     */
    abstract void values(
            AttentionTile tile,
            int from,
            int to,
            KvType type,
            MemorySegment page,
            long at,
            int first,
            int end,
            MemorySegment ahead,
            long aheadAt);

    /**
     * Goes through pages {@code [page, end)}, of which every row sees all positions: scores, weights and values of one after the other,
     * if that takes fewer steps than calls for each.
     *
     * @return the first page that is left
     */
    int wholePages(AttentionTile tile, CacheSlot slot, int kvHead, int page, int end, float scale) {
        return page;
    }

    /** Multiplies a row's scores of a page by {@code scale}, then {@code s = softcap·tanh(s / softcap)} unless that is 0. */
    abstract void soften(AttentionTile tile, int row, float scale, float softcap);

    /**
     * {@code out[row, col + i] = result[i] / sum + 0} for i below {@code width}, the result being at {@code at}.
     *
     * @return whether all are finite
     */
    abstract boolean divide(AttentionTile tile, long at, float sum, Matrix out, int row, int col, int width);

    final void attend(
            Attention a,
            CacheSlot slot,
            Matrix q,
            int row,
            int tokens,
            int position,
            int head,
            int heads,
            AttentionTile tile,
            Matrix out) {
        if (!compute(a, slot, q, row, tokens, position, head, heads, tile, out) && tokens > 1) {
            for (int t = 0; t < tokens; t++) {
                compute(a, slot, q, row + t, 1, position + t, head, heads, tile, out);
            }
        }
    }

    /** Whether all results are numbers. */
    private boolean compute(
            Attention a,
            CacheSlot slot,
            Matrix q,
            int row,
            int tokens,
            int position,
            int head,
            int heads,
            AttentionTile tile,
            Matrix out) {
        KvType type = slot.type();
        int kvHead = head / (a.heads() / a.kvHeads());
        long keysAt = slot.keyOffset(kvHead);
        tile.reset(type, tokens * heads, a.headDim(), a.valueDim());
        gather(a, q, row, tokens, head, heads, tile);
        boolean adjusted = a.softcap() != 0 || a.bias() != null;
        int length = a.causal() ? position + tokens : slot.length();
        AttentionMass mass = slot.mass();
        int page = a.window() > 0 ? Math.max(0, position - a.window() + 1) / PAGE : 0;
        if (mass != null) {
            tile.observe(page, Math.ceilDiv(length, PAGE) - page);
        }
        int firstWhole = a.window() > 0 ? Math.max(0, Math.ceilDiv(position + tokens - a.window(), PAGE)) : 0;
        int endWhole = adjusted || mass != null ? 0 : (a.causal() ? position + 1 : length) / PAGE;
        for (; page * PAGE < length; page++) {
            if (page >= firstWhole && page < endWhole) {
                page = wholePages(tile, slot, kvHead, page, endWhole, a.scale());
                if (page * PAGE >= length) {
                    break;
                }
            }
            int start = page * PAGE;
            int firstToken = a.causal() ? Math.max(0, start - position) : 0;
            int endToken = a.window() > 0 ? Math.min(tokens, start + PAGE - 1 + a.window() - position) : tokens;
            if (firstToken >= endToken) {
                continue;
            }
            for (int t = firstToken; t < endToken; t++) {
                long mask = mask(from(a, position + t, start), to(a, position + t, start, length));
                for (int h = 0; h < heads; h++) {
                    tile.memory().set(AttentionTile.I64, tile.masks + 8L * (t * heads + h), mask);
                }
            }
            int from = firstToken * heads;
            int to = endToken * heads;
            MemorySegment values = slot.values(page);
            long valuesAt = slot.valueOffset(kvHead);
            scores(tile, from, to, type, slot.keys(page), keysAt, values, valuesAt);
            if (adjusted) {
                adjust(a, tile, firstToken, endToken, position, head, heads, start);
            }
            if (mass != null) {
                tile.note(page, from, to);
            }
            weights(tile, from, to, adjusted ? 1 : a.scale());
            int first = from(a, position + firstToken, start);
            int end = to(a, position + endToken - 1, start, length);
            MemorySegment next = slot.keys((page + 1) * PAGE < length ? page + 1 : page);
            values(tile, from, to, type, values, valuesAt, first, end, next, keysAt);
        }
        boolean finite = finish(a, tile, out, row, tokens, head, heads);
        if (mass != null && (finite || tokens == 1)) {
            tile.addTo(mass, kvHead, adjusted ? 1 : a.scale());
        }
        return finite;
    }

    /** The first position of the page from {@code start} on that the token at {@code position} sees. */
    private static int from(Attention a, int position, int start) {
        return a.window() > 0 ? Math.max(0, position - a.window() + 1 - start) : 0;
    }

    /** Behind the last one. */
    private static int to(Attention a, int position, int start, int length) {
        return Math.min(PAGE, (a.causal() ? position + 1 : length) - start);
    }

    private static long mask(int from, int to) {
        return from < to ? -1L << from & -1L >>> (PAGE - to) : 0;
    }

    private static void gather(Attention a, Matrix q, int row, int tokens, int head, int heads, AttentionTile tile) {
        long bytes = 4L * a.headDim();
        for (int t = 0; t < tokens; t++) {
            long at = q.rowOffset(row + t) + head * bytes;
            if (tile.keyDim() == a.headDim()) {
                MemorySegment.copy(q.data(), at, tile.memory(), tile.query + heads * bytes * t, heads * bytes);
                continue;
            }
            for (int h = 0; h < heads; h++) {
                long to = tile.query + 4L * (t * heads + h) * tile.keyDim();
                MemorySegment.copy(q.data(), at + h * bytes, tile.memory(), to, bytes);
                for (int d = a.headDim(); d < tile.keyDim(); d++) {
                    tile.memory().set(Matrix.F32, to + 4L * d, 0);
                }
            }
        }
    }

    /** Scale, softcap and bias. */
    private void adjust(
            Attention a,
            AttentionTile tile,
            int firstToken,
            int endToken,
            int position,
            int head,
            int heads,
            int start) {
        MemorySegment memory = tile.memory();
        PositionBias bias = a.bias();
        for (int t = firstToken; t < endToken; t++) {
            for (int h = 0; h < heads; h++) {
                long at = tile.scores + 4L * PAGE * (t * heads + h);
                soften(tile, t * heads + h, a.scale(), a.softcap());
                if (bias != null) {
                    int end = a.causal() ? Math.min(PAGE, position + t + 1 - start) : PAGE;
                    for (int p = from(a, position + t, start); p < end; p++) {
                        float s = memory.get(Matrix.F32, at + 4L * p);
                        memory.set(Matrix.F32, at + 4L * p, s + bias.at(head + h, position + t, start + p));
                    }
                }
            }
        }
    }

    /** {@code out = result / Σ sums}; false if there is a NaN. */
    private boolean finish(Attention a, AttentionTile tile, Matrix out, int row, int tokens, int head, int heads) {
        boolean finite = true;
        for (int t = 0; t < tokens; t++) {
            for (int h = 0; h < heads; h++) {
                int r = t * heads + h;
                float sum = sum(tile.memory(), tile.sums + 4L * PARTS * r);
                long at = tile.result + 4L * r * tile.valueDim();
                finite &= divide(tile, at, sum, out, row + t, (head + h) * a.valueDim(), a.valueDim());
            }
        }
        return finite;
    }

    /** By halves: parts i and i + 8 first. */
    private static float sum(MemorySegment memory, long at) {
        for (int half = PARTS / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                float s = memory.get(Matrix.F32, at + 4L * i) + memory.get(Matrix.F32, at + 4L * (i + half));
                memory.set(Matrix.F32, at + 4L * i, s);
            }
        }
        return memory.get(Matrix.F32, at);
    }
}
