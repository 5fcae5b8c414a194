package dev.keiryo.quantize;

import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.BlockCodes;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Encoder;
import dev.keiryo.tensor.IQ4_NL;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Rounds weights to a block format such that the error that matters, {@code Σ w·(x - x')²} with the importance w of each
 * weight, is as small as a search finds it. Not thread-safe: holds working memory; one for each thread.
 *
 * <p>What is written is the format's own, as {@link BlockCodec} reads it; how its numbers are chosen is free, and here it
 * is not what {@code llama-quantize} does: see {@link ScaleSearch}.
 */
public abstract sealed class Quantizer implements Encoder permits PlainQuantizer, SuperQuantizer {
    static final Grid.Levels IQ4 = new Grid.Levels(IQ4_NL.levels());

    /** The largest float16. */
    private static final float HALF_MAX = 65504;

    /** Told of each block's numbers, in order, as they are packed. */
    @FunctionalInterface
    interface BlockListener {
        void block(BlockCodes codes);
    }

    final BlockCodec codec;
    private final Grid grid;
    final Lanes lanes;
    final ScaleSearch search;
    final BlockCodes codes = new BlockCodes();
    final float[] inverse = new float[Lanes.COUNT];
    final float[] shift = new float[Lanes.COUNT];
    final int[] quants;
    private @Nullable BlockListener listener;

    Quantizer(TensorType type, Grid grid) {
        BlockCodec found = Codecs.block(type);
        if (found == null) {
            throw new IllegalArgumentException(type.label() + " has no blocks");
        }
        this.codec = found;
        this.grid = grid;
        this.lanes = Lanes.of(found.run(), grid);
        this.search = new ScaleSearch(lanes, grid);
        this.quants = new int[found.run() * Lanes.COUNT];
    }

    /** What writes {@code type}, or null where there is none yet. */
    public static @Nullable Encoder of(TensorType type) {
        return switch (type) {
            case Q4_0 -> new PlainQuantizer(type, new Grid.Uniform(-8, 7));
            case Q5_0 -> new PlainQuantizer(type, new Grid.Uniform(-16, 15));
            case Q4_1 -> new PlainQuantizer(type, new Grid.Uniform(0, 15));
            case Q5_1 -> new PlainQuantizer(type, new Grid.Uniform(0, 31));
            case IQ4_NL -> new PlainQuantizer(type, IQ4);
            case Q2_K -> new SuperQuantizer(type, new Grid.Uniform(0, 3), 0, 15);
            case Q3_K -> new SuperQuantizer(type, new Grid.Uniform(-4, 3), -32, 31);
            case Q4_K -> new SuperQuantizer(type, new Grid.Uniform(0, 15), 0, 63);
            case Q5_K -> new SuperQuantizer(type, new Grid.Uniform(0, 31), 0, 63);
            case Q6_K -> new SuperQuantizer(type, new Grid.Uniform(-32, 31), -128, 127);
            case IQ4_XS -> new SuperQuantizer(type, IQ4, -32, 31);
            default -> Codecs.encoder(type);
        };
    }

    @Override
    public final void encode(float[] in, int at, int count, MemorySegment out, long offset) {
        encode(in, at, count, null, out, offset);
    }

    /**
     * As {@link Encoder#encode}, weighing errors.
     *
     * @param importance of each weight, none negative, as long as {@code in} and read at the same places; null: all equal
     */
    public final void encode(
            float[] in, int at, int count, float @Nullable [] importance, MemorySegment out, long offset) {
        int size = codec.type().blockSize();
        if (count % size != 0) {
            throw new IllegalArgumentException(count + " weights are not whole blocks of " + size);
        }
        int blocks = Lanes.COUNT * lanes.size / size;
        for (int done = 0; done < count; done += blocks * size) {
            int weights = Math.min(blocks * size, count - done);
            lanes.load(in, at + done, importance, weights / lanes.size);
            encodeLanes(out, offset + codec.type().bytes(done));
        }
    }

    /** As {@link #encode(float[], int, int, float[], MemorySegment, long)}, and tells {@code told} what becomes of each block. */
    final void encode(
            float[] in,
            int at,
            int count,
            float @Nullable [] importance,
            MemorySegment out,
            long offset,
            BlockListener told) {
        listener = told;
        try {
            encode(in, at, count, importance, out, offset);
        } finally {
            listener = null;
        }
    }

    /** What weights, divided by their scale, are rounded to. */
    final Grid grid() {
        return grid;
    }

    /** Packs {@link #codes}. */
    final void pack(MemorySegment out, long offset) {
        if (listener != null) {
            listener.block(codes);
        }
        codec.pack(codes, out, offset);
    }

    /** Encodes what the lanes hold, block after block. */
    abstract void encodeLanes(MemorySegment out, long offset);

    /** The nearest float16; finite, and never -0. */
    static float half(double v) {
        float bounded = (float) Math.max(-HALF_MAX, Math.min(HALF_MAX, v));
        return Float.float16ToFloat(Float.floatToFloat16(bounded)) + 0f;
    }
}
