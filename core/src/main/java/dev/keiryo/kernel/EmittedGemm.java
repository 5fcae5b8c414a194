package dev.keiryo.kernel;

import dev.keiryo.tensor.TensorType;

/** Matrix products by {@link GemmCode}: machine code. Without AVX512-BF16, blocks of bfloat16 become float32 before they are packed. */
public final class EmittedGemm extends BlockedGemm {
    /** Whether pairs of bfloat16 are multiplied as they are. */
    private static final boolean PAIRS = Simd.CPU.avx512bf16();

    private static final int ROWS = GemmCode.ROWS;
    private static final int COLUMNS = GemmCode.COLUMNS;
    private static final int LANES = Simd.LANES;
    private static final int WORD = Integer.BYTES;

    /** Bytes that packing may write behind the last panel. */
    private static final int SLACK = LANES * COLUMNS * WORD;

    /** Most rows for which B is read as it is stored: with more than one panel of them, or seven, packing it pays. */
    private static final int FEW_ROWS = Math.min(7, ROWS);

    /** By type, whether sums are added, rows and vectors. */
    private static final EmittedFunction[][][][] PANELS = new EmittedFunction[2][2][ROWS + 1][3];

    /** By whether sums are added, rows and vectors. */
    private static final EmittedFunction[][][] DIRECT = new EmittedFunction[2][FEW_ROWS + 1][];

    /** By lines. */
    private static final EmittedFunction[] ROWS_ALONG = new EmittedFunction[LANES + 1];

    private static final EmittedFunction[] COLUMNS_ALONG = new EmittedFunction[LANES + 1];

    private static final EmittedFunction ROWS_ACROSS = GemmPackCode.acrossLines(ROWS);
    private static final EmittedFunction COLUMNS_ACROSS = GemmPackCode.acrossLines(COLUMNS);
    private static final EmittedFunction ROW_PAIRS = GemmPackCode.pairsAcrossLines(ROWS);
    private static final EmittedFunction COLUMN_PAIRS = GemmPackCode.pairsAcrossLines(COLUMNS);

    static {
        for (int add = 0; add < 2; add++) {
            for (int rows = 1; rows <= ROWS; rows++) {
                for (int vectors = 1; vectors <= 2; vectors++) {
                    PANELS[0][add][rows][vectors] = GemmCode.function(TensorType.F32, rows, vectors, add == 1, true);
                    PANELS[1][add][rows][vectors] = GemmCode.function(TensorType.BF16, rows, vectors, add == 1, true);
                }
            }
            for (int rows = 1; rows <= FEW_ROWS; rows++) {
                DIRECT[add][rows] = new EmittedFunction[GemmCode.mostVectors(rows) + 1];
                for (int vectors = 1; vectors < DIRECT[add][rows].length; vectors++) {
                    DIRECT[add][rows][vectors] = GemmCode.function(TensorType.F32, rows, vectors, add == 1, false);
                }
            }
        }
        for (int lines = 1; lines <= LANES; lines++) {
            ROWS_ALONG[lines] = GemmPackCode.alongLines(lines, ROWS);
            COLUMNS_ALONG[lines] = GemmPackCode.alongLines(lines, COLUMNS);
        }
    }

    @Override
    public boolean roundsPairs() {
        return PAIRS;
    }

    @Override
    int rowStep() {
        return ROWS;
    }

    @Override
    int columnStep() {
        return COLUMNS;
    }

    @Override
    void product(MatrixView a, MatrixView b, MatrixView c, boolean accumulate, Scratch scratch) {
        if (a.type() == TensorType.F32 && !b.columnMajor() && c.rows() <= FEW_ROWS) {
            fewRows(a, b, c, accumulate, scratch);
        } else {
            super.product(a, b, c, accumulate, scratch);
        }
    }

    /** B's numbers are used once each. */
    private void fewRows(MatrixView a, MatrixView b, MatrixView c, boolean accumulate, Scratch scratch) {
        int rows = c.rows();
        int k = a.cols();
        for (int from = 0; from < k; from += BLOCK) {
            int count = Math.min(BLOCK, k - from);
            packRows(a.block(0, from, rows, count), scratch);
            EmittedFunction[] functions = DIRECT[accumulate || from > 0 ? 1 : 0][rows];
            int most = (functions.length - 1) * LANES;
            for (int col = 0; col < c.cols(); col += most) {
                int cols = Math.min(most, c.cols() - col);
                functions[Math.ceilDiv(cols, LANES)].call(
                        scratch.gemm().rows(0).address(),
                        b.address(from, col),
                        c.address(0, col),
                        WORD * c.stride(),
                        WORD * b.stride(),
                        extent(1, count, cols));
            }
        }
    }

    /** What the code is told in one number. */
    private static long extent(int panels, int words, int cols) {
        long mask = (1L << ((cols - 1) % LANES + 1)) - 1;
        return mask << 32 | (long) words << 16 | panels;
    }

    private static int words(TensorType type, int k) {
        return packed(type) == TensorType.F32 ? k : Math.ceilDiv(k, 2);
    }

    /** What blocks of {@code type} are packed as. */
    private static TensorType packed(TensorType type) {
        return PAIRS ? type : TensorType.F32;
    }

    private static MatrixView packable(MatrixView m, Scratch scratch) {
        return m.type() == packed(m.type())
                ? m
                : WidenCode.widened(m, scratch.gemm().widened(WidenCode.bytes(m)));
    }

    @Override
    void packRows(MatrixView stored, Scratch scratch) {
        MatrixView a = packable(stored, scratch);
        long panel = (long) WORD * words(a.type(), a.cols()) * ROWS;
        long to = scratch.gemm()
                .rows(Math.ceilDiv(a.rows(), ROWS) * panel + SLACK)
                .address();
        for (int row = 0; row < a.rows(); row += ROWS, to += panel) {
            int rows = Math.min(ROWS, a.rows() - row);
            if (a.columnMajor()) {
                across(a.type() == TensorType.F32 ? ROWS_ACROSS : ROW_PAIRS, a, row, rows, to);
            } else {
                along(ROWS_ALONG[rows], a, row, to);
            }
        }
    }

    @Override
    void packColumns(MatrixView stored, Scratch scratch) {
        MatrixView b = packable(stored, scratch);
        MatrixView lines = b.transpose();
        long panel = (long) WORD * words(b.type(), b.rows()) * COLUMNS;
        long to = scratch.gemm()
                .columns(Math.ceilDiv(b.cols(), COLUMNS) * panel + SLACK)
                .address();
        for (int col = 0; col < b.cols(); col += COLUMNS, to += panel) {
            int cols = Math.min(COLUMNS, b.cols() - col);
            if (lines.columnMajor()) {
                across(b.type() == TensorType.F32 ? COLUMNS_ACROSS : COLUMN_PAIRS, lines, col, cols, to);
                continue;
            }
            for (int half = 0; half < cols; half += LANES) {
                along(COLUMNS_ALONG[Math.min(LANES, cols - half)], lines, col + half, to + (long) WORD * half);
            }
        }
    }

    private static void along(EmittedFunction function, MatrixView lines, int line, long to) {
        int bytes = lines.cols() * lines.bytes();
        int rest = bytes % Simd.BYTES / GemmPackCode.MASK_BYTES;
        function.call(
                lines.address(line, 0), lines.bytes() * lines.stride(), to, bytes / Simd.BYTES, (1L << rest) - 1, 0);
    }

    private static void across(EmittedFunction function, MatrixView lines, int line, int count, long to) {
        int k = lines.cols();
        boolean pairs = lines.type() == TensorType.BF16;
        function.call(
                lines.address(line, 0),
                lines.bytes() * lines.stride(),
                to,
                pairs ? k / 2 : k,
                (1L << count) - 1,
                pairs ? k % 2 : 0);
    }

    @Override
    void multiplyPacked(MatrixView c, TensorType type, int k, boolean add, Scratch scratch) {
        int words = words(type, k);
        EmittedFunction[][] functions = PANELS[packed(type) == TensorType.F32 ? 0 : 1][add ? 1 : 0];
        long panels = scratch.gemm().rows(0).address();
        long columns = scratch.gemm().columns(0).address();
        int whole = c.rows() / ROWS;
        int rest = c.rows() % ROWS;
        for (int col = 0; col < c.cols(); col += COLUMNS, columns += (long) WORD * words * COLUMNS) {
            int cols = Math.min(COLUMNS, c.cols() - col);
            int vectors = Math.ceilDiv(cols, LANES);
            if (whole > 0) {
                functions[ROWS][vectors].call(
                        panels, columns, c.address(0, col), WORD * c.stride(), 0, extent(whole, words, cols));
            }
            if (rest > 0) {
                functions[rest][vectors].call(
                        panels + (long) WORD * words * ROWS * whole,
                        columns,
                        c.address(whole * ROWS, col),
                        WORD * c.stride(),
                        0,
                        extent(1, words, cols));
            }
        }
    }
}
