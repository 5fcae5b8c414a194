package dev.keiryo.train;

import dev.keiryo.train.data.TokenBatch;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Windows of a long text at random places, each a document of its own, with each token's next one as target: nanoGPT's batches.
 *
 * @param text the tokens
 * @param length of a window
 * @param count windows in a batch
 */
public record RandomWindows(int[] text, int length, int count, long seed) implements TokenSource {
    public RandomWindows {
        if (length < 1 || count < 1 || text.length <= length) {
            throw new IllegalArgumentException(
                    "a text of " + text.length + " tokens has no windows of " + length + " and a next token");
        }
    }

    @Override
    public TokenBatch get(long step, int part) {
        // Seeds that are near each other, or differ by the generator's own stride, would give windows of the step
        // before again.
        long key = new SplittableRandom(seed ^ Long.rotateLeft(step, 20) ^ Long.rotateLeft(part, 52)).nextLong();
        SplittableRandom random = new SplittableRandom(key);
        int[] from = new int[count];
        Arrays.setAll(from, i -> random.nextInt(text.length - length));
        return windows(text, from, length);
    }

    /** The windows from {@code from[0]}, {@code from[1]} … on. */
    private static TokenBatch windows(int[] text, int[] from, int length) {
        int[] ids = new int[from.length * length];
        int[] targets = new int[ids.length];
        int[] starts = new int[from.length];
        for (int i = 0; i < from.length; i++) {
            starts[i] = i * length;
            System.arraycopy(text, from[i], ids, i * length, length);
            System.arraycopy(text, from[i] + 1, targets, i * length, length);
        }
        float[] weights = new float[ids.length];
        Arrays.fill(weights, 1);
        return new TokenBatch(ids, starts, targets, weights);
    }

    /** The text's windows one after the other without overlap, as many as there are, up to {@code most}, {@code count} in a batch. */
    public static TokenBatch[] inOrder(int[] text, int length, int count, int most) {
        int windows = Math.min(most, (text.length - 1) / length);
        TokenBatch[] all = new TokenBatch[Math.ceilDiv(Math.max(0, windows), count)];
        for (int b = 0; b < all.length; b++) {
            int first = b * count;
            int[] from = new int[Math.min(count, windows - first)];
            Arrays.setAll(from, i -> (first + i) * length);
            all[b] = windows(text, from, length);
        }
        return all;
    }
}
