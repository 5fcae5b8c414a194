package dev.keiryo.train.data;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Corruption for encoder-decoder models: spans of tokens are taken out, a sentinel in place of each; the target is each sentinel followed by what it stands for, and the end of text.
 *
 * <p>A document of n tokens loses {@code m = round(density·n)} of them (1 to n - 1) in {@code round(m / mean)} spans; spans and the stretches between them have random lengths of that sum, the first stretch stays.
 *
 * <p>Source: Raffel et al., Exploring the Limits of Transfer Learning (2020, arXiv:1910.10683), section 3.1.4, and T5's {@code random_spans_noise_mask}.
 *
 * @param sentinels ids in the order of their use; T5's {@code <extra_id_0>} first
 * @param end the end of text, put behind inputs and targets; -1 for none
 * @param density share of tokens taken out
 * @param mean length of spans
 */
public record SpanCorruption(int[] sentinels, int end, double density, double mean) {
    /**
     * What an encoder reads and a decoder tells.
     *
     * @param inputs the document with sentinels
     * @param targets the spans with sentinels
     */
    public record Pair(int[] inputs, int[] targets) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Pair p && Arrays.equals(inputs, p.inputs) && Arrays.equals(targets, p.targets);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(inputs) + Arrays.hashCode(targets);
        }
    }

    public SpanCorruption {
        if (sentinels.length == 0) {
            throw new IllegalArgumentException(
                    "span corruption needs sentinels, such as <extra_id_0>, in the vocabulary");
        }
        if (!(density > 0 && density < 1) || !(mean >= 1)) {
            throw new IllegalArgumentException(
                    "the density of spans lies between 0 and 1, their mean length is at least 1, but they are "
                            + density + " and " + mean);
        }
        sentinels = sentinels.clone();
    }

    /** T5's: 15 % in spans of 3. */
    public static SpanCorruption of(int[] sentinels, int end) {
        return new SpanCorruption(sentinels, end, 0.15, 3);
    }

    /** Whether a document has two tokens, so that one can be taken out. */
    public boolean takes(int[] document) {
        return length(document) >= 2;
    }

    /** Tokens without the end of text. */
    private int length(int[] document) {
        return document.length > 0 && document[document.length - 1] == end ? document.length - 1 : document.length;
    }

    /**
     * Corrupts a document of at least 2 tokens; an end of text that it has counts as none. What is chosen follows from seed, step and index alone.
     *
     * @param index of the document in its batch
     * @throws IllegalArgumentException where the document is shorter
     */
    public Pair corrupt(int[] document, long seed, long step, int index) {
        int n = length(document);
        if (n < 2) {
            throw new IllegalArgumentException("a document of " + n + " tokens has none to spare");
        }
        SplittableRandom random = new SplittableRandom(Mix.mix(seed, step, index));
        int noise = Math.clamp(Math.round(density * n), 1, n - 1);
        int spans = Math.max(1, (int) Math.round(noise / mean));
        spans = Math.min(Math.min(spans, sentinels.length), Math.min(noise, n - noise));
        int[] taken = segments(noise, spans, random);
        int[] left = segments(n - noise, spans, random);
        int tail = end < 0 ? 0 : 1;
        int[] inputs = new int[n - noise + spans + tail];
        int[] targets = new int[noise + spans + tail];
        int at = 0;
        int in = 0;
        int out = 0;
        for (int s = 0; s < spans; s++) {
            System.arraycopy(document, at, inputs, in, left[s]);
            in += left[s];
            at += left[s];
            inputs[in++] = sentinels[s];
            targets[out++] = sentinels[s];
            System.arraycopy(document, at, targets, out, taken[s]);
            out += taken[s];
            at += taken[s];
        }
        if (tail == 1) {
            inputs[in] = end;
            targets[out] = end;
        }
        return new Pair(inputs, targets);
    }

    /** {@code sum} as {@code parts} positive numbers, each such list as likely as any other. */
    private static int[] segments(int sum, int parts, SplittableRandom random) {
        int[] lengths = new int[parts];
        int part = 0;
        lengths[0] = 1;
        int cuts = parts - 1;
        for (int i = 1; i < sum; i++) {
            if (random.nextInt(sum - i) < cuts) { // as many of the places left as there are cuts left
                cuts--;
                part++;
            }
            lengths[part]++;
        }
        return lengths;
    }
}
