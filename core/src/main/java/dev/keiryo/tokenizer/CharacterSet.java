package dev.keiryo.tokenizer;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The characters that a regular expression for one character matches, as a table. A block of 256 characters is asked
 * for when the first of them is looked up. Thread-safe.
 */
final class CharacterSet {
    private static final int BLOCKS = (Character.MAX_CODE_POINT + 1) / 256;

    private final Pattern pattern;
    private final AtomicReferenceArray<long @Nullable []> blocks = new AtomicReferenceArray<>(BLOCKS);

    /** @param pattern of exactly one character, without context */
    CharacterSet(Pattern pattern) {
        this.pattern = pattern;
    }

    boolean contains(int c) {
        long[] block = blocks.getAcquire(c >> 8);
        if (block == null) {
            block = fill(c >> 8);
        }
        return (block[c >> 6 & 3] >>> c & 1) != 0;
    }

    private long[] fill(int number) {
        long[] block = new long[4];
        Matcher matcher = pattern.matcher("");
        for (int i = 0; i < 256; i++) {
            if (matcher.reset(Character.toString(number << 8 | i)).matches()) {
                block[i >> 6] |= 1L << i;
            }
        }
        blocks.setRelease(number, block);
        return block;
    }
}
