package dev.keiryo.cache;

/**
 * Bytes of a page.
 *
 * @param keys of all heads, a multiple of 64
 * @param values of all heads, a multiple of 64
 */
record PageSize(long keys, long values) {
    long bytes() {
        return keys + values;
    }
}
