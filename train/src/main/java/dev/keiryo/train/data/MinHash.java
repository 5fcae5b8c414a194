package dev.keiryo.train.data;

import java.util.Arrays;

/**
 * Sets of shingles and their signatures. A signature is the least value that each of several hash functions has on the set; the share of equal values in two signatures
 * estimates the Jaccard similarity {@code |A ∩ B| / |A ∪ B|} with standard error {@code √(J(1-J)/k)}.
 *
 * <p>Shingles are 5 words in a row, in texts without spaces 5 characters; of a shorter text the whole.
 *
 * <p>Source: Broder, On the resemblance and containment of documents (1997).
 */
final class MinHash {
    /** Words or characters in a row. */
    static final int SHINGLE = 5;

    private final long[] factors;
    private final long[] terms;

    /** @param functions the length of signatures */
    MinHash(int functions, long seed) {
        factors = new long[functions];
        terms = new long[functions];
        for (int i = 0; i < functions; i++) {
            factors[i] = Mix.mix(seed, 2L * i) | 1;
            terms[i] = Mix.mix(seed, 2L * i + 1);
        }
    }

    /** The distinct shingles of {@code text} by 32-bit hashes, ascending. */
    static int[] shingles(String text) {
        String bare = BareText.of(text);
        long[] units = Words.isUnspaced(bare) ? characters(bare) : words(bare);
        int count = Math.max(1, units.length - SHINGLE + 1);
        int[] hashes = new int[count];
        for (int i = 0; i < count; i++) {
            long h = 0;
            for (int u = i; u < Math.min(units.length, i + SHINGLE); u++) {
                h = Mix.mix(h, units[u]);
            }
            hashes[i] = (int) (h >>> 32);
        }
        Arrays.sort(hashes);
        int distinct = 1;
        for (int i = 1; i < count; i++) {
            if (hashes[i] != hashes[i - 1]) {
                hashes[distinct++] = hashes[i];
            }
        }
        return Arrays.copyOf(hashes, distinct);
    }

    private static long[] characters(String bare) {
        return bare.codePoints().filter(c -> c != ' ').asLongStream().toArray();
    }

    private static long[] words(String bare) {
        Words words = new Words(bare);
        long[] hashes = new long[words.count()];
        for (int w = 0; w < hashes.length; w++) {
            long h = 0;
            for (int i = words.from(w); i < words.to(w); i++) {
                h = h * 0x100000001b3L + bare.charAt(i) + 1;
            }
            hashes[w] = Mix.mix(h);
        }
        return hashes;
    }

    /** The signature of a set. */
    int[] signature(int[] shingles) {
        int[] least = new int[factors.length];
        Arrays.fill(least, -1); // the greatest, without sign
        for (int shingle : shingles) {
            long x = Mix.mix(shingle);
            for (int i = 0; i < least.length; i++) {
                int h = (int) ((factors[i] * x + terms[i]) >>> 32);
                if (Integer.compareUnsigned(h, least[i]) < 0) {
                    least[i] = h;
                }
            }
        }
        return least;
    }

    /** The share of equal values. */
    static double estimate(int[] a, int[] b) {
        int equal = 0;
        for (int i = 0; i < a.length; i++) {
            equal += a[i] == b[i] ? 1 : 0;
        }
        return (double) equal / a.length;
    }

    /** The Jaccard similarity of two ascending sets. */
    static double jaccard(int[] a, int[] b) {
        int common = 0;
        for (int i = 0, j = 0; i < a.length && j < b.length; ) {
            int order = Integer.compare(a[i], b[j]);
            common += order == 0 ? 1 : 0;
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        return (double) common / (a.length + b.length - common);
    }
}
