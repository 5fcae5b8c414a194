package dev.keiryo.kernel;

/**
 * A matrix {@code [rows, cols]} cut into {@code down·across} blocks, one for each thread, numbered row by row.
 *
 * @param down blocks above one another
 * @param across blocks beside one another
 */
record GemmGrid(int rows, int cols, int down, int across) {
    /** Blocks begin at multiples of these: what registers hold at once, whatever the implementation. */
    private static final int ROW_STEP = 14;

    private static final int COL_STEP = 32;

    /** What packing a number costs, in multiplications. */
    private static final int PACKING = 8;

    /** The cut into {@code blocks} whose largest block costs least. */
    static GemmGrid of(int rows, int cols, int blocks) {
        GemmGrid best = new GemmGrid(rows, cols, 1, blocks);
        for (int down = 2; down <= blocks; down++) {
            GemmGrid other = new GemmGrid(rows, cols, down, blocks / down);
            if (blocks % down == 0 && other.cost() < best.cost()) {
                best = other;
            }
        }
        return best;
    }

    /** Of the largest block, in multiplications for each k. */
    private long cost() {
        long height = Math.ceilDiv(Math.ceilDiv(rows, ROW_STEP), down) * (long) ROW_STEP;
        long width = Math.ceilDiv(Math.ceilDiv(cols, COL_STEP), across) * (long) COL_STEP;
        return height * width + PACKING * (height + width);
    }

    int blocks() {
        return down * across;
    }

    /** First row of block {@code i}; of those behind the last, the number of rows. */
    int row(int i) {
        return cut(rows, ROW_STEP, i / across, down);
    }

    /** First column of block {@code i}. */
    int col(int i) {
        return cut(cols, COL_STEP, i % across, across);
    }

    /** Behind the last column of block {@code i}. */
    int colEnd(int i) {
        return cut(cols, COL_STEP, i % across + 1, across);
    }

    private static int cut(int length, int step, int i, int parts) {
        long steps = Math.ceilDiv(length, step);
        return (int) Math.min(length, steps * i / parts * step);
    }
}
