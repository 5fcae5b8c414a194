package dev.keiryo.tensor;

/**
 * The numbers of one block as a format stores them, before they are packed into bits: what a {@link BlockCodec} reads, in
 * whole. Mutable, to be filled and packed block after block.
 */
public final class BlockCodes {
    /** Most weights and runs that a block has. */
    private static final int WEIGHTS = 256;

    private static final int RUNS = 16;

    /** The block's factor; stored as float16. */
    public float d;
    /** The factor of minima, or the offset of a block without runs, or its zero point; stored as float16. */
    public float m;
    /** For each run, the code of its scale, from 0. */
    public final int[] scales = new int[RUNS];
    /** For each run, the code of its minimum, from 0. */
    public final int[] minima = new int[RUNS];
    /** For each weight, its code, from 0: a whole number or the number of a level. */
    public final int[] quants = new int[WEIGHTS];
}
