package dev.keiryo.calibrate;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.gguf.GgufWriter;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The newer form of an importance matrix, a GGUF file whose {@code general.type} is {@code imatrix}: for each tensor NAME, the float32
 * tensors {@code NAME.in_sum2 [matrices, cols]}, sums of squares, and {@code NAME.counts [matrices, 1]}, how many were summed; keys
 * {@code imatrix.datasets}, {@code imatrix.chunk_count} and {@code imatrix.chunk_size}. Some versions also write {@code NAME.in_sum}, plain
 * sums, which are not needed here. Source: llama.cpp, tools/imatrix/imatrix.cpp ({@code save_imatrix}).
 */
final class GgufImatrix {
    private static final String SUMS = ".in_sum2";
    private static final String COUNTS = ".counts";
    private static final String PLAIN_SUMS = ".in_sum";
    private static final String TYPE = "general.type";
    private static final String TEXTS = "imatrix.datasets";
    private static final String CHUNKS = "imatrix.chunk_count";
    private static final String CHUNK_SIZE = "imatrix.chunk_size";

    private GgufImatrix() {}

    /** Whether {@code path} begins as a GGUF file does. */
    static boolean isOne(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return Arrays.equals(in.readNBytes(4), new byte[] {'G', 'G', 'U', 'F'});
        }
    }

    static ImportanceMatrix read(Path path) throws IOException {
        try (Checkpoint file = Gguf.open(path)) {
            Metadata keys = file.metadata();
            if (!keys.string(TYPE, "").equals("imatrix")) {
                throw new FormatException(
                        path.toString(),
                        TYPE
                                + " is not imatrix: this GGUF file is no importance matrix, such as llama-imatrix or keiryo"
                                + " imatrix write");
            }
            List<ImportanceMatrix.Entry> entries = new ArrayList<>();
            for (Weight w : file.weights()) {
                if (w.name().endsWith(SUMS)) {
                    entries.add(entry(file, w));
                } else if (!goesWithSums(file, w.name(), COUNTS) && !goesWithSums(file, w.name(), PLAIN_SUMS)) {
                    throw new FormatException(path.toString(), "tensor " + w + " belongs to no importance matrix");
                }
            }
            String[] texts = keys.stringsOrNull(TEXTS);
            return new ImportanceMatrix(
                    entries,
                    texts == null ? List.of() : List.of(texts),
                    Math.max(0, keys.integer(CHUNKS, 0)),
                    Math.max(0, keys.integer(CHUNK_SIZE, 0)));
        }
    }

    private static boolean goesWithSums(Checkpoint file, String name, String suffix) {
        return name.endsWith(suffix) && file.find(base(name, suffix) + SUMS) != null;
    }

    private static String base(String name, String suffix) {
        return name.substring(0, name.length() - suffix.length());
    }

    private static ImportanceMatrix.Entry entry(Checkpoint file, Weight sums) throws FormatException {
        String tensor = base(sums.name(), SUMS);
        Weight counts = file.weight(tensor + COUNTS);
        float[] s = values(file, sums);
        float[] c = values(file, counts);
        if (s.length == 0 || c.length == 0 || s.length % c.length != 0 || s.length / c.length != sums.cols()) {
            throw new FormatException(
                    file.source(), "tensors " + sums + " and " + counts + " are not of the same matrices");
        }
        return new ImportanceMatrix.Entry(tensor, s, c);
    }

    private static float[] values(Checkpoint file, Weight w) throws FormatException {
        if (w.type() != TensorType.F32 || w.count() > Integer.MAX_VALUE - 8) {
            throw new FormatException(file.source(), "tensor " + w + " should be of float32, and not as large");
        }
        float[] values = new float[(int) w.count()];
        w.decode(0, values, 0, values.length);
        for (float v : values) {
            if (!(v >= 0) || v == Float.POSITIVE_INFINITY) {
                throw new FormatException(file.source(), "tensor " + w.name() + " holds " + v + ", which is no sum");
            }
        }
        return values;
    }

    static void write(ImportanceMatrix matrix, Path path) throws IOException {
        Map<String, MetadataValue> keys = new LinkedHashMap<>();
        keys.put(TYPE, MetadataValue.of("imatrix"));
        keys.put(TEXTS, MetadataValue.of(matrix.texts().toArray(String[]::new)));
        keys.put(CHUNKS, MetadataValue.of((long) matrix.chunks()));
        keys.put(CHUNK_SIZE, MetadataValue.of((long) matrix.chunkSize()));
        GgufWriter writer = new GgufWriter(new Metadata(path.toString(), keys));
        for (ImportanceMatrix.Entry e : matrix.entries()) {
            int matrices = e.counts().length;
            add(writer, e.tensor() + SUMS, e.sums(), matrices);
            add(writer, e.tensor() + COUNTS, e.counts(), matrices);
        }
        writer.write(path);
    }

    private static void add(GgufWriter writer, String name, float[] values, int matrices) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[4 * values.length]);
        for (int i = 0; i < values.length; i++) {
            bytes.set(Matrix.F32, 4L * i, values[i]);
        }
        writer.add(name, TensorType.F32, new long[] {matrices, values.length / matrices}, sink -> sink.write(bytes));
    }
}
