package dev.keiryo.convert;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.gguf.GgufWriter;
import dev.keiryo.huggingface.HuggingFace;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.NestedScales;
import dev.keiryo.tensor.TensorData;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes any checkpoint as a GGUF file that llama.cpp loads: queries and keys reordered where GGUF's custom differs from
 * the source's, experts stacked, the tokenizer included. Tensors are streamed, row by row where they change, on all
 * processors; the file appears under its name only when it is complete.
 *
 * <p>Source of the conventions: the GGUF specification and llama.cpp's {@code convert_hf_to_gguf.py}.
 */
public final class GgufConverter {
    /** Told of each piece once it is written. */
    @FunctionalInterface
    public interface Progress {
        /**
         * @param tensor the name of the tensor that it is of
         * @param done bytes of tensors written so far
         * @param total bytes of all tensors
         */
        void written(String tensor, long done, long total);
    }

    private static final String FILE_TYPE = "general.file_type";
    private static final String TOKENIZER = "tokenizer.ggml.model";

    private GgufConverter() {}

    /** As {@link #convert(Checkpoint, Path, ConvertOptions, Progress)} with all matrices by {@code recipe}. */
    public static void convert(Checkpoint source, Path target, Recipe recipe, Progress progress) throws IOException {
        convert(source, target, ConvertOptions.of(recipe), progress);
    }

    /**
     * Writes {@code source} to {@code target}, replacing it. The source stays open. Where an earlier process that did the same
     * was killed, its whole tensors are taken over; see {@link dev.keiryo.file.ResumedFile}.
     *
     * @throws FormatException where GGUF cannot hold the model or its tokenizer
     */
    public static void convert(Checkpoint source, Path target, ConvertOptions options, Progress progress)
            throws IOException {
        List<TensorPlan.Entry> entries = new TensorPlan(source, options).entries();
        GgufWriter writer = new GgufWriter(metadata(source, options.recipe(), entries));
        long total = 0;
        for (TensorPlan.Entry e : entries) {
            total += e.type().bytes(e.shape());
        }
        Counter counter = new Counter(progress, total);
        try (Pieces pieces = new Pieces(Runtime.getRuntime().availableProcessors())) {
            for (TensorPlan.Entry e : entries) {
                if (e.type().isNested()) {
                    addNested(writer, e, pieces, counter);
                } else {
                    writer.add(e.name(), e.type(), e.shape(), counter.of(e.name(), TensorStream.of(e, pieces)));
                }
            }
            writer.write(target, Origin.of(source, entries), counter::add);
        }
    }

    private static void addNested(GgufWriter writer, TensorPlan.Entry e, Pieces pieces, Counter counter)
            throws IOException {
        long blocks = e.type().bytes(e.shape()) / e.type().blockBytes();
        long[] shape = {NestedScales.count(blocks)};
        String constants = e.name() + NestedScales.SUFFIX;
        NestedScales copied = e.copiedScales();
        if (copied != null) {
            writer.add(e.name(), e.type(), e.shape(), counter.of(e.name(), TensorStream.of(e, pieces)));
            writer.add(constants, TensorType.F32, shape, sink -> sink.write(copied.constants()));
        } else {
            for (Weight w : e.parts()) {
                w.type().checkComputable(w.name());
            }
            NestedStream stream = new NestedStream(e, pieces);
            writer.add(constants, TensorType.F32, shape, stream::writeConstants);
            writer.add(e.name(), e.type(), e.shape(), counter.of(e.name(), stream::writeBlocks));
        }
    }

    /** Counts what has been written. */
    private static final class Counter {
        private final Progress progress;
        private final long total;
        private long done;

        Counter(Progress progress, long total) {
            this.progress = progress;
            this.total = total;
        }

        TensorData of(String tensor, TensorData data) {
            return sink -> data.writeTo(piece -> {
                sink.write(piece);
                add(tensor, piece.byteSize());
            });
        }

        void add(String tensor, long bytes) {
            if (!tensor.endsWith(NestedScales.SUFFIX)) {
                done += bytes;
                progress.written(tensor, done, total);
            }
        }
    }

    /**
     * What becomes of a tensor.
     *
     * @param bits of whole numbers that are stored in {@code type}; 0 for other formats
     * @param bytes in the file
     */
    public record Planned(TensorType type, int bits, long bytes) {}

    /** What {@link #convert} would make of each tensor, by name. */
    public static Map<String, Planned> plan(Checkpoint source, ConvertOptions options) throws FormatException {
        Map<String, Planned> plan = new LinkedHashMap<>();
        for (TensorPlan.Entry e : new TensorPlan(source, options).entries()) {
            plan.put(e.name(), new Planned(e.type(), e.bits(), e.type().bytes(e.shape())));
        }
        return plan;
    }

    /** Bytes of the file that {@link #convert} would write. */
    public static long fileBytes(Checkpoint source, ConvertOptions options) throws IOException {
        List<TensorPlan.Entry> entries = new TensorPlan(source, options).entries();
        GgufWriter writer = new GgufWriter(metadata(source, options.recipe(), entries));
        for (TensorPlan.Entry e : entries) {
            writer.add(e.name(), e.type(), e.shape(), sink -> {});
            if (e.type().isNested()) {
                long blocks = e.type().bytes(e.shape()) / e.type().blockBytes();
                writer.add(
                        e.name() + NestedScales.SUFFIX,
                        TensorType.F32,
                        new long[] {NestedScales.count(blocks)},
                        sink -> {});
            }
        }
        return writer.size();
    }

    private static Metadata metadata(Checkpoint source, @Nullable Recipe recipe, List<TensorPlan.Entry> entries)
            throws IOException {
        Map<String, MetadataValue> keys = new LinkedHashMap<>();
        keys.put("general.architecture", MetadataValue.of(source.metadata().architecture()));
        keys.put("general.name", MetadataValue.of(name(source)));
        keys.putAll(source.metadata().values());
        TensorType type = mostly(entries);
        if (recipe != null) {
            keys.put(FILE_TYPE, MetadataValue.of((long) recipe.fileType()));
        } else if (!keys.containsKey(FILE_TYPE)) {
            Recipe like = Recipe.mostly(type);
            if (like != null) {
                keys.put(FILE_TYPE, MetadataValue.of((long) like.fileType()));
            }
        }
        if (type.blockSize() > 1) {
            keys.putIfAbsent("general.quantization_version", MetadataValue.of(2L));
        }
        if (!keys.containsKey(TOKENIZER) && source instanceof HuggingFace folder) {
            keys.putAll(folder.tokenizerMetadata());
        }
        return new Metadata(source.source(), keys);
    }

    /** The last part of the source's name. */
    private static String name(Checkpoint source) {
        Path file = Path.of(source.source()).toAbsolutePath().normalize().getFileName();
        return file == null ? source.source() : file.toString();
    }

    /** The type that most of the matrices' bytes are of. */
    private static TensorType mostly(List<TensorPlan.Entry> entries) {
        Map<TensorType, Long> weights = new EnumMap<>(TensorType.class);
        for (TensorPlan.Entry e : entries) {
            if (e.shape().length >= 2) {
                weights.merge(e.type(), e.type().bytes(e.shape()), Long::sum);
            }
        }
        return weights.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(TensorType.F32);
    }
}
