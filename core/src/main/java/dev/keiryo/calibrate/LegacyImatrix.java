package dev.keiryo.calibrate;

import dev.keiryo.FormatException;
import dev.keiryo.file.Cursor;
import dev.keiryo.file.MappedFile;
import dev.keiryo.file.ReplacedFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The older form of an importance matrix, {@code imatrix.dat}: how many entries; for each, the tensor's name, how many chunks n it was
 * computed on, and n times the mean square of each column (float32), of stacked experts in turn. Behind them, where the file is not
 * older still, the chunks of all, and the name of the text. Numbers are int32, strings have their length before them;
 * little-endian. Source: llama.cpp, examples/imatrix.
 */
final class LegacyImatrix {
    private static final int MOST_NAME = 1 << 16;

    private LegacyImatrix() {}

    static ImportanceMatrix read(Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return read(new Cursor(path.toString(), MappedFile.map(path, arena)));
        }
    }

    private static ImportanceMatrix read(Cursor cursor) throws FormatException {
        int count = cursor.int32("the number of entries");
        if (count < 1 || count > cursor.remaining() / 16) {
            throw cursor.fault(
                    0,
                    count + " entries should follow in " + cursor.remaining()
                            + " bytes; this is no importance matrix, such as llama-imatrix or keiryo imatrix write");
        }
        List<ImportanceMatrix.Entry> entries = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < count; i++) {
            long at = cursor.position();
            ImportanceMatrix.Entry entry = entry(cursor);
            if (!names.add(entry.tensor())) {
                throw cursor.fault(at, "tensor " + entry.tensor() + " is there twice");
            }
            entries.add(entry);
        }
        if (cursor.remaining() == 0) {
            return new ImportanceMatrix(
                    entries, List.of(), (int) entries.getFirst().counts()[0], 0);
        }
        int chunks = cursor.int32("the number of chunks");
        String text = name(cursor, "the text's name");
        if (cursor.remaining() > 0) {
            throw cursor.fault(cursor.position(), cursor.remaining() + " bytes follow that are not accounted for");
        }
        return new ImportanceMatrix(entries, text.isEmpty() ? List.of() : List.of(text), Math.max(0, chunks), 0);
    }

    private static ImportanceMatrix.Entry entry(Cursor cursor) throws FormatException {
        String tensor = name(cursor, "a tensor's name");
        long at = cursor.position();
        int calls = cursor.int32("the chunks of " + tensor);
        int columns = cursor.int32("the columns of " + tensor);
        if (calls < 0 || columns < 1 || columns > cursor.remaining() / 4) {
            throw cursor.fault(
                    at,
                    tensor + " should have some columns of some chunks, but has " + columns + " of " + calls + ", and "
                            + cursor.remaining() + " bytes follow; the file is cut or corrupted");
        }
        long start = cursor.position();
        float[] sums = cursor.slice(4L * columns, "the values of " + tensor).toArray(Cursor.FLOAT);
        for (int j = 0; j < columns; j++) {
            if (!(sums[j] >= 0) || sums[j] == Float.POSITIVE_INFINITY) {
                throw cursor.fault(
                        start + 4L * j,
                        "column " + j + " of " + tensor + " has " + sums[j] + ", which is no sum of squares");
            }
        }
        // Files without chunks hold means.
        return new ImportanceMatrix.Entry(tensor, sums, new float[] {Math.max(1, calls)});
    }

    private static String name(Cursor cursor, String what) throws FormatException {
        long at = cursor.position();
        int length = cursor.int32("the length of " + what);
        if (length < 0 || length > MOST_NAME) {
            throw cursor.fault(at, what + " should have up to " + MOST_NAME + " bytes, but has " + length);
        }
        return cursor.utf8(length, what);
    }

    static void write(ImportanceMatrix matrix, Path path) throws IOException {
        List<ImportanceMatrix.Entry> known = matrix.entries().stream()
                .filter(e -> matrix.of(e.tensor()) != null)
                .toList();
        int chunks = Math.max(1, matrix.chunks());
        try (ReplacedFile out = new ReplacedFile(path)) {
            out.int32(known.size());
            for (ImportanceMatrix.Entry e : known) {
                string(out, e.tensor());
                out.int32(chunks);
                float[] means = Objects.requireNonNull(matrix.of(e.tensor()));
                out.int32(means.length);
                for (float mean : means) {
                    out.int32(Float.floatToRawIntBits(mean * chunks));
                }
            }
            out.int32(chunks);
            string(out, String.join(", ", matrix.texts()));
            out.finish();
            out.publish();
        }
    }

    private static void string(ReplacedFile out, String s) throws IOException {
        byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
        out.int32(bytes.length);
        out.bytes(MemorySegment.ofArray(bytes));
    }
}
