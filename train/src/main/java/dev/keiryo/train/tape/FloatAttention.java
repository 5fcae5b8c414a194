package dev.keiryo.train.tape;

import dev.keiryo.kernel.Gemm;
import dev.keiryo.kernel.MatrixView;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Attention;
import dev.keiryo.model.PositionBias;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Attention in float32, {@link #TILE} queries of a head at a time against all the keys they see, by matrix products; the way
 * back computes their weights once more (Dao et al. 2022, arXiv:2205.14135). Memory is {@code [TILE, keys]} a thread.
 *
 * <p>A thread takes a document's key/value head with all query heads that share it, so that each gradient has one writer and one
 * order of sums.
 */
final class FloatAttention {
    static final int TILE = 64;

    private final Gemm gemm;
    private final Workers workers;
    private final Scratch[] scratch;

    FloatAttention(Gemm gemm, Workers workers, Scratch[] scratch) {
        this.gemm = gemm;
        this.workers = workers;
        this.scratch = scratch;
    }

    /** How many tiles of scores a thread needs memory for on the way back. */
    static int tiles(AttentionSpans spans) {
        return 2 + (spans.attention().softcap() == 0 ? 0 : 1) + (spans.dropout() == null ? 0 : 1);
    }

    /** Numbers of a tile of scores. */
    static long tileNumbers(AttentionSpans spans) {
        int keys = 0;
        for (int d = 0; d < spans.keys().documents(); d++) {
            keys = Math.max(keys, spans.keys().start(d + 1) - spans.keys().start(d));
        }
        return (long) TILE * keys;
    }

    /** One tile of queries of a head: rows {@code [first, first + count)} see keys from {@code from} to before {@code to}. */
    private record Tile(AttentionSpans spans, int document, int head, int first, int count, int from, int to) {
        int keys() {
            return to - from;
        }

        int kvHead() {
            return head / (spans.attention().heads() / spans.attention().kvHeads());
        }

        /** The tile's part of a matrix of queries, heads side by side. */
        MatrixView ofQueries(Matrix m, int dim) {
            return MatrixView.of(m).block(first, head * dim, count, dim);
        }

        MatrixView ofKeys(Matrix m, int dim) {
            return MatrixView.of(m).block(from, kvHead() * dim, keys(), dim);
        }

        MatrixView scores(MemorySegment memory) {
            return new MatrixView(memory, TensorType.F32, count, keys(), keys(), false);
        }

        /** Where row {@code r} of the scores begins. */
        long at(int r) {
            return 4L * r * keys();
        }
    }

    private interface TileJob {
        void run(Tile tile, Scratch scratch, int worker);
    }

    private void each(AttentionSpans spans, TileJob job) {
        Attention a = spans.attention();
        int group = a.heads() / a.kvHeads();
        workers.run(spans.queries().documents() * a.kvHeads(), 1, (begin, end, worker) -> {
            for (int unit = begin; unit < end; unit++) {
                int d = unit / a.kvHeads();
                for (int head = unit % a.kvHeads() * group, i = 0; i < group; i++, head++) {
                    for (int first = spans.queries().start(d);
                            first < spans.queries().start(d + 1);
                            first += TILE) {
                        int count = Math.min(TILE, spans.queries().start(d + 1) - first);
                        int from = spans.from(d, first);
                        int to = spans.to(d, first + count - 1);
                        job.run(new Tile(spans, d, head, first, count, from, to), scratch[worker], worker);
                    }
                }
            }
        });
    }

    /** @param memory for each thread, {@link #tileNumbers} */
    void forward(AttentionSpans spans, Matrix q, Matrix k, Matrix v, Matrix y, Matrix sums, Matrix[] memory) {
        Attention a = spans.attention();
        each(spans, (tile, room, worker) -> {
            MemorySegment p = memory[worker].data();
            scores(tile, q, k, p, null, room);
            for (int r = 0; r < tile.count(); r++) {
                int row = tile.first() + r;
                int from = spans.from(tile.document(), row) - tile.from();
                int to = spans.to(tile.document(), row) - tile.from();
                long at = tile.at(r);
                float max = Stretches.max(p, at + 4L * from, to - from);
                double sum = Stretches.exp(p, at + 4L * from, 1, -max, p, at + 4L * from, to - from);
                sums.put(row, tile.head(), (float) (max + Math.log(sum)));
                Stretches.scale(p, at + 4L * from, (float) (1 / sum), p, at + 4L * from, to - from);
                clearUnseen(tile, at, from, to, p);
            }
            if (spans.dropout() != null) {
                drop(tile, p, p);
            }
            gemm.multiply(tile.scores(p), tile.ofKeys(v, a.valueDim()), tile.ofQueries(y, a.valueDim()), false, room);
        });
    }

    /**
     * {@code q·kᵀ·scale}, capped and biased.
     *
     * @param slopes receives the derivative of the cap, where there is one; or null
     */
    private void scores(Tile tile, Matrix q, Matrix k, MemorySegment s, @Nullable MemorySegment slopes, Scratch room) {
        Attention a = tile.spans().attention();
        gemm.multiply(
                tile.ofQueries(q, a.headDim()), tile.ofKeys(k, a.headDim()).transpose(), tile.scores(s), false, room);
        int n = tile.count() * tile.keys();
        Stretches.scale(s, 0, a.scale(), s, 0, n);
        if (a.softcap() != 0) {
            for (int i = 0; i < n; i++) {
                double t = Math.tanh(s.getAtIndex(Matrix.F32, i) / a.softcap());
                s.setAtIndex(Matrix.F32, i, (float) (a.softcap() * t));
                if (slopes != null) {
                    slopes.setAtIndex(Matrix.F32, i, (float) (1 - t * t));
                }
            }
        }
        PositionBias bias = a.bias();
        if (bias != null) {
            for (int r = 0; r < tile.count(); r++) {
                int query = tile.spans().queries().position(tile.first() + r);
                for (int j = 0; j < tile.keys(); j++) {
                    long at = tile.at(r) + 4L * j;
                    int key = tile.spans().keys().position(tile.from() + j);
                    s.set(Matrix.F32, at, s.get(Matrix.F32, at) + bias.at(tile.head(), query, key));
                }
            }
        }
    }

    /** {@code to = p ⊙ mask} for the tile's weights. */
    private static void drop(Tile tile, MemorySegment p, MemorySegment to) {
        AttentionSpans spans = tile.spans();
        for (int r = 0; r < tile.count(); r++) {
            for (int j = 0; j < tile.keys(); j++) {
                long at = tile.at(r) + 4L * j;
                double kept = spans.kept(tile.head(), tile.first() + r, tile.from() + j);
                to.set(Matrix.F32, at, (float) (p.get(Matrix.F32, at) * kept));
            }
        }
    }

    /**
     * See {@link Arithmetic#attendBack}.
     *
     * @param dBias for each document {@code [buckets, heads]}, or null
     * @param memory for each thread, {@link #tiles} times {@link #tileNumbers}
     */
    void back(
            AttentionSpans spans,
            Matrix q,
            Matrix k,
            Matrix v,
            Matrix y,
            Matrix sums,
            Matrix dy,
            Matrix dq,
            Matrix dk,
            Matrix dv,
            Matrix @Nullable [] dBias,
            Matrix[] memory) {
        Attention a = spans.attention();
        long bytes = 4 * tileNumbers(spans);
        each(spans, (tile, room, worker) -> {
            MemorySegment p = memory[worker].data().asSlice(0, bytes);
            MemorySegment dp = memory[worker].data().asSlice(bytes, bytes);
            MemorySegment slopes =
                    a.softcap() == 0 ? null : memory[worker].data().asSlice((tiles(spans) - 1) * bytes, bytes);
            scores(tile, q, k, p, slopes, room);
            for (int r = 0; r < tile.count(); r++) {
                int row = tile.first() + r;
                int from = spans.from(tile.document(), row) - tile.from();
                int to = spans.to(tile.document(), row) - tile.from();
                long at = tile.at(r);
                Stretches.exp(p, at + 4L * from, 1, -sums.get(row, tile.head()), p, at + 4L * from, to - from);
                clearUnseen(tile, at, from, to, p);
            }
            MatrixView of = tile.ofQueries(dy, a.valueDim());
            gemm.multiply(of, tile.ofKeys(v, a.valueDim()).transpose(), tile.scores(dp), false, room);
            MemorySegment kept = p;
            if (spans.dropout() != null) {
                kept = memory[worker].data().asSlice(2 * bytes, bytes);
                drop(tile, p, kept);
                drop(tile, dp, dp);
            }
            gemm.multiply(tile.scores(kept).transpose(), of, tile.ofKeys(dv, a.valueDim()), true, room);
            for (int r = 0; r < tile.count(); r++) {
                int row = tile.first() + r;
                long at = 4L * tile.head() * a.valueDim();
                float mean =
                        Stretches.dot(dy.data(), dy.rowOffset(row) + at, y.data(), y.rowOffset(row) + at, a.valueDim());
                Stretches.multiplyLess(p, tile.at(r), dp, tile.at(r), mean, tile.keys());
            }
            if (dBias != null && a.bias() instanceof PositionBias.RelativeBuckets buckets) {
                biasBack(tile, buckets, p, dBias[tile.document()]);
            }
            int n = tile.count() * tile.keys();
            if (slopes != null) {
                Stretches.multiply(p, 0, slopes, 0, p, 0, n, false);
            }
            Stretches.scale(p, 0, a.scale(), p, 0, n);
            gemm.multiply(tile.scores(p), tile.ofKeys(k, a.headDim()), tile.ofQueries(dq, a.headDim()), true, room);
            gemm.multiply(
                    tile.scores(p).transpose(),
                    tile.ofQueries(q, a.headDim()),
                    tile.ofKeys(dk, a.headDim()),
                    true,
                    room);
        });
    }

    /** The weights of keys that the row whose scores begin at {@code at} does not see are 0. */
    private static void clearUnseen(Tile tile, long at, int from, int to, MemorySegment p) {
        p.asSlice(at, 4L * from).fill((byte) 0);
        p.asSlice(at + 4L * to, 4L * (tile.keys() - to)).fill((byte) 0);
    }

    private static void biasBack(Tile tile, PositionBias.RelativeBuckets buckets, MemorySegment ds, Matrix dBias) {
        AttentionSpans spans = tile.spans();
        for (int r = 0; r < tile.count(); r++) {
            int query = spans.queries().position(tile.first() + r);
            for (int j = 0; j < tile.keys(); j++) {
                int bucket = buckets.bucket(query, spans.keys().position(tile.from() + j));
                float d = ds.get(Matrix.F32, tile.at(r) + 4L * j);
                dBias.put(bucket, tile.head(), dBias.get(bucket, tile.head()) + d);
            }
        }
    }
}
