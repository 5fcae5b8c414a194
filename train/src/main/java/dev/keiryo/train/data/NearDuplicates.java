package dev.keiryo.train.data;

import dev.keiryo.file.ScratchFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Drops texts whose shingles are nearly those of a text kept before: candidates share a band of rows of their {@link MinHash} signatures, and are then compared by
 * Jaccard similarity itself, so that none is dropped by chance. The number of rows in a band is the greatest with which a pair at the threshold is found with probability 0.999
 * ({@code 1 - (1 - J^rows)^bands}). Of a text's candidates the 64 with the most bands in common are compared.
 *
 * <p>Memory: some 2 KB for each document kept; shingles lie in a scratch file.
 *
 * <p>Source: Broder (1997); Lee et al., Deduplicating Training Data Makes Language Models Better (2021, arXiv:2107.06499).
 *
 * @param threshold least Jaccard similarity of near duplicates
 * @param seed of the hash functions
 */
public record NearDuplicates(double threshold, long seed) implements Filter {
    static final int FUNCTIONS = 128;
    private static final double RECALL = 0.999;
    private static final int COMPARED = 64;

    /** Similarity 0.8. */
    public static final NearDuplicates DEFAULT = new NearDuplicates(0.8, 0);

    public NearDuplicates {
        if (!(threshold >= 0.3 && threshold <= 1)) {
            throw new IllegalArgumentException(
                    "near duplicates have a similarity from 0.3 to 1, but the threshold is " + threshold);
        }
    }

    @Override
    public String name() {
        return "near";
    }

    @Override
    public String text() {
        return name() + "=" + threshold;
    }

    /** Rows of a band. */
    int rows() {
        int rows = 1;
        while (rows < FUNCTIONS && recall(rows + 1) >= RECALL) {
            rows++;
        }
        return rows;
    }

    /** The probability with which a pair at the threshold shares a band. */
    private double recall(int rows) {
        int bands = FUNCTIONS / rows;
        return 1 - Math.pow(1 - Math.pow(threshold, rows), bands);
    }

    @Override
    public Run open(Path scratch) throws IOException {
        return new Index(new MinHash(FUNCTIONS, seed), threshold, rows(), new ScratchFile(scratch));
    }

    /** The documents kept, found by bands of their signatures. */
    private static final class Index implements Run {
        private static final long PIECE = 16L << 20;

        private final MinHash hash;
        private final double threshold;
        private final int rows;
        private final int bands;
        private final ScratchFile scratch;
        private final List<MemorySegment> shingles = new ArrayList<>();
        private final List<Map<Long, Chain>> buckets = new ArrayList<>();
        private MemorySegment room = MemorySegment.ofArray(new int[0]);
        private long used;

        /** Documents of one bucket, the latest first. */
        private record Chain(int document, @Nullable Chain next) {}

        Index(MinHash hash, double threshold, int rows, ScratchFile scratch) {
            this.hash = hash;
            this.threshold = threshold;
            this.rows = rows;
            this.scratch = scratch;
            bands = FUNCTIONS / rows;
            for (int b = 0; b < bands; b++) {
                buckets.add(new HashMap<>());
            }
        }

        @Override
        public Finding examine(Document document) {
            int[] set = MinHash.shingles(document.text());
            long[] keys = bands(hash.signature(set));
            return () -> {
                if (isNear(set, keys)) {
                    return "near duplicate";
                }
                add(set, keys);
                return null;
            };
        }

        private long[] bands(int[] signature) {
            long[] keys = new long[bands];
            for (int b = 0; b < bands; b++) {
                for (int r = 0; r < rows; r++) {
                    keys[b] = Mix.mix(keys[b], signature[b * rows + r]);
                }
            }
            return keys;
        }

        private boolean isNear(int[] set, long[] keys) {
            Map<Integer, Integer> shared = new HashMap<>();
            for (int b = 0; b < bands; b++) {
                int met = 0;
                for (Chain c = buckets.get(b).get(keys[b]); c != null && met < 16 * COMPARED; c = c.next()) {
                    shared.merge(c.document(), 1, Integer::sum);
                    met++;
                }
            }
            return shared.entrySet().stream()
                    .sorted(Map.Entry.<Integer, Integer>comparingByValue(Comparator.reverseOrder())
                            .thenComparing(Map.Entry.comparingByKey()))
                    .limit(COMPARED)
                    .anyMatch(e ->
                            MinHash.jaccard(set, shingles.get(e.getKey()).toArray(ValueLayout.JAVA_INT)) >= threshold);
        }

        private void add(int[] set, long[] keys) throws IOException {
            int document = shingles.size();
            shingles.add(store(set));
            for (int b = 0; b < bands; b++) {
                buckets.get(b).compute(keys[b], (key, chain) -> new Chain(document, chain));
            }
        }

        private MemorySegment store(int[] set) throws IOException {
            long bytes = (long) Integer.BYTES * set.length;
            if (used + bytes > room.byteSize()) {
                room = scratch.allocate(Math.max(PIECE, bytes));
                used = 0;
            }
            MemorySegment stored = room.asSlice(used, bytes);
            stored.copyFrom(MemorySegment.ofArray(set));
            used += bytes;
            return stored;
        }

        @Override
        public void close() throws IOException {
            scratch.close();
        }
    }
}
