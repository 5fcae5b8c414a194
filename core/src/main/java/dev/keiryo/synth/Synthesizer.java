package dev.keiryo.synth;

import dev.keiryo.gguf.GgufWriter;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Encoder;
import dev.keiryo.tensor.NestedScales;
import dev.keiryo.tensor.TensorData;
import dev.keiryo.tensor.TensorType;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Writes a model of a given shape with random weights: matrices normal with {@code std = 1/√in}, so that activations keep
 * unit scale; norms 1; small biases. Quantized matrices are random blocks of that deviation (see {@link RandomBlocks}), as
 * quantizing would take time and change nothing that a synthetic model is for. The same shape, recipe and seed give the
 * same bytes, whatever the number of threads.
 *
 * <p>Each tensor is made in pieces of 2^18 weights, a few at a time on all threads, and streamed; the file appears under
 * its name only when it is complete.
 */
public final class Synthesizer {
    /** Told how far the work is. */
    @FunctionalInterface
    public interface Progress {
        /**
         * @param tensor the tensor being written
         * @param done bytes of tensors written so far
         * @param total bytes of all tensors
         */
        void written(String tensor, long done, long total);
    }

    /** A multiple of every format's block. Part of what defines a file: each piece has random numbers of its own. */
    private static final int PIECE = 1 << 18;

    private final ModelShape shape;
    private final Recipe recipe;
    private final long seed;
    private long done;

    private Synthesizer(ModelShape shape, Recipe recipe, long seed) {
        this.shape = shape;
        this.recipe = recipe;
        this.seed = seed;
    }

    /**
     * Writes {@code target}, replacing it.
     *
     * @param threads that make weights, at least 1; this one writes them
     */
    public static void write(ModelShape shape, Recipe recipe, long seed, Path target, int threads, Progress progress)
            throws IOException {
        try (Arena arena = Arena.ofShared();
                ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            ArrayDeque<Piece> pieces = new ArrayDeque<>();
            for (int i = 0; i < threads + 2; i++) {
                pieces.add(new Piece(arena));
            }
            new Synthesizer(shape, recipe, seed).write(target, executor, pieces, progress);
        }
    }

    /** The bytes of all tensors of such a model. */
    public static long bytes(ModelShape shape, Recipe recipe) {
        return TensorPlan.of(shape).stream()
                .mapToLong(e -> type(shape, recipe, e).bytes(e.shape()))
                .sum();
    }

    /** What {@code recipe} stores a tensor of such a model as. */
    static TensorType type(ModelShape shape, Recipe recipe, TensorPlan.Entry e) {
        return recipe.type(model(shape, false), e.name(), e.shape());
    }

    /** What a recipe depends on. */
    static Recipe.Model model(ModelShape shape, boolean weighed) {
        return new Recipe.Model(
                shape.family().architecture(),
                shape.layers(),
                shape.family() == Family.T5 ? shape.layers() : 0,
                shape.experts(),
                shape.heads() / shape.kvHeads(),
                shape.tied(),
                weighed);
    }

    private void write(Path target, ExecutorService executor, ArrayDeque<Piece> pieces, Progress progress)
            throws IOException {
        long total = bytes(shape, recipe);
        GgufWriter writer = new GgufWriter(ModelKeys.of(shape, recipe, seed));
        List<TensorPlan.Entry> plan = TensorPlan.of(shape);
        for (TensorPlan.Entry e : plan) {
            TensorType type = type(shape, recipe, e);
            if (type.isNested()) {
                NestedScales scales =
                        RandomBlocks.nestedScales(type, e.std(), type.bytes(e.shape()) / type.blockBytes());
                long[] count = {scales.constants().byteSize() / Float.BYTES};
                writer.add(
                        e.name() + NestedScales.SUFFIX, TensorType.F32, count, sink -> sink.write(scales.constants()));
            }
            writer.add(
                    e.name(),
                    type,
                    e.shape(),
                    sink -> stream(e, type, executor, pieces, bytes -> {
                        sink.write(bytes);
                        done += bytes.byteSize();
                        progress.written(e.name(), done, total);
                    }));
        }
        writer.write(target);
    }

    private void stream(
            TensorPlan.Entry e, TensorType type, ExecutorService executor, ArrayDeque<Piece> free, TensorData.Sink sink)
            throws IOException {
        if (e.values().length > 0) {
            MemorySegment bytes = MemorySegment.ofArray(new byte[4 * e.values().length]);
            encode(type, e.values(), e.values().length, bytes);
            sink.write(bytes);
            return;
        }
        long weights = 1;
        for (long d : e.shape()) {
            weights *= d;
        }
        ArrayDeque<Future<Piece>> begun = new ArrayDeque<>();
        for (long from = 0; from < weights || !begun.isEmpty(); ) {
            if (from < weights && !free.isEmpty()) {
                Piece piece = free.remove();
                int count = (int) Math.min(PIECE, weights - from);
                long part = from / PIECE;
                begun.add(
                        executor.submit(() -> piece.make(type, new RandomBits(seed, e.name(), part), e.std(), count)));
                from += count;
            } else {
                Piece piece = await(begun.remove());
                sink.write(piece.bytes.asSlice(0, piece.filled));
                free.add(piece);
            }
        }
    }

    private static void encode(TensorType type, float[] values, int count, MemorySegment out) {
        Encoder encoder = Codecs.encoder(type);
        if (encoder == null) {
            throw new IllegalArgumentException(type.label() + " cannot be written");
        }
        encoder.encode(values, 0, count, out, 0);
    }

    private static Piece await(Future<Piece> begun) throws IOException {
        try {
            return begun.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** A piece of a tensor, used again and again. */
    private static final class Piece {
        private final MemorySegment bytes;
        private final float[] values = new float[PIECE];
        private long filled;

        Piece(Arena arena) {
            bytes = arena.allocate(4L * PIECE, 64);
        }

        Piece make(TensorType type, RandomBits random, float std, int count) {
            filled = type.bytes(count);
            if (RandomBlocks.make(type)) {
                RandomBlocks.fill(type, random, std, bytes, count / type.blockSize());
                return this;
            }
            NormalTable.fill(random, std, values, count);
            encode(type, values, count, bytes);
            return this;
        }
    }
}
