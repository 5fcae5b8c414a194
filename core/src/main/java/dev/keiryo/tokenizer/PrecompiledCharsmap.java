package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * SentencePiece's normalization table: the longest known byte sequence at a place in the text is replaced by another,
 * e.g. NFKC forms. The file holds the table ready for use: a little-endian uint32 length, a double-array trie (Darts) of
 * uint32 units over the UTF-8 bytes, and the replacements, each ended by a zero byte. Immutable.
 *
 * <p>Source: SentencePiece, {@code normalizer.cc}; S. Yata, Darts-clone, for the units' bits.
 */
final class PrecompiledCharsmap {
    /** Real tables know sequences of some dozen bytes; a damaged trie may have cycles, which this cuts short. */
    private static final int LONGEST_SEQUENCE = 1024;

    static final long NO_MATCH = -1;

    private final int[] units;
    private final byte[] replacements;

    private PrecompiledCharsmap(int[] units, byte[] replacements) {
        this.units = units;
        this.replacements = replacements;
    }

    /** @param blob as stored in {@code .model} files, GGUF metadata and (base64) {@code tokenizer.json} */
    static PrecompiledCharsmap parse(String source, byte[] blob) throws FormatException {
        String name = source + ", precompiled_charsmap";
        if (blob.length < 4) {
            throw new FormatException(name, 0, "at least 4 bytes were expected, but there are " + blob.length);
        }
        ByteBuffer buffer = ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN);
        long trieBytes = Integer.toUnsignedLong(buffer.getInt());
        if (trieBytes > buffer.remaining() || trieBytes % 4 != 0 || trieBytes == 0) {
            throw new FormatException(
                    name,
                    0,
                    "the trie should take a multiple of 4 bytes and at most " + buffer.remaining()
                            + ", but is said to be " + trieBytes + " long");
        }
        int[] units = new int[(int) trieBytes / 4];
        buffer.asIntBuffer().get(units);
        byte[] replacements = Arrays.copyOfRange(blob, 4 + (int) trieBytes, blob.length);
        if (replacements.length > 0 && replacements[replacements.length - 1] != 0) {
            throw new FormatException(name, blob.length, "the last replacement is not ended by a zero byte");
        }
        return new PrecompiledCharsmap(units, replacements);
    }

    /**
     * The longest known sequence at {@code utf8[at, end)}: its length in the upper 32 bits, the replacement's offset in
     * the lower, or {@link #NO_MATCH}.
     */
    long match(byte[] utf8, int at, int end) {
        long match = NO_MATCH;
        int last = Math.min(end, at + LONGEST_SEQUENCE);
        int node = offset(units[0]);
        for (int i = at; i < last; i++) {
            int label = utf8[i] & 0xFF;
            node ^= label;
            if (label == 0 || node < 0 || node >= units.length || (units[node] & 0x8000_00FF) != label) {
                break;
            }
            int unit = units[node];
            node ^= offset(unit);
            boolean ends = ((unit >>> 8) & 1) == 1;
            if (ends && node >= 0 && node < units.length) {
                int value = units[node] & Integer.MAX_VALUE;
                if (value < replacements.length) {
                    match = ((long) (i + 1 - at) << 32) | value;
                }
            }
        }
        return match;
    }

    private static int offset(int unit) {
        return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
    }

    /** The table as files hold it. */
    byte[] stored() {
        ByteBuffer blob = ByteBuffer.allocate(4 + 4 * units.length + replacements.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(4 * units.length);
        for (int unit : units) {
            blob.putInt(unit);
        }
        return blob.put(replacements).array();
    }

    /** Where the replacements are; each runs from its offset to the next zero byte. */
    byte[] replacements() {
        return replacements;
    }
}
