package dev.keiryo.calibrate;

import dev.keiryo.FormatException;
import dev.keiryo.file.MappedFile;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model's tensors with columns multiplied by s and the rows that their inputs come from divided by it: the same function. */
final class FoldedScales {
    /** By tensor: what its columns are multiplied by. */
    private final Map<String, float[]> columns = new HashMap<>();
    /** By tensor, a bias included: what its rows are divided by. */
    private final Map<String, float[]> rows = new HashMap<>();

    /** @param s of each column of the group's matrices, the same for all that come from one row */
    void fold(InputGroup group, float[] s) {
        group.matrices().forEach(w -> columns.put(w.name(), s));
        String origin = group.origin().name();
        float[] divisors = rows.computeIfAbsent(origin, n -> {
            float[] ones = new float[group.originRows()];
            Arrays.fill(ones, 1);
            return ones;
        });
        for (int j = 0; j < s.length; j++) {
            divisors[group.rows()[j]] = s[j];
        }
        rows.put(origin.replaceAll("weight$", "bias"), divisors);
    }

    /** What the columns of a tensor are multiplied by; null where they stay. */
    float @Nullable [] columns(String tensor) {
        return columns.get(tensor);
    }

    /** Whether a tensor is another now. */
    boolean changes(Weight w) {
        return columns.containsKey(w.name()) || rows.containsKey(w.name());
    }

    /** All numbers of {@code w} as they are now, row after row. */
    float[] values(Weight w) throws FormatException {
        w.type().checkComputable(w.name());
        if (w.count() > Integer.MAX_VALUE - 8) {
            throw new FormatException(w.name(), w + " is too large to be scaled");
        }
        float[] values = new float[(int) w.count()];
        w.decode(0, values, 0, values.length);
        MappedFile.release(w.data());
        float[] by = columns.get(w.name());
        float[] of = rows.get(w.name());
        int cols = w.shape().length < 2 && by == null ? 1 : w.cols();
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] * (by == null ? 1 : by[i % cols]) / (of == null ? 1 : of[i / cols]);
        }
        return values;
    }

    /** {@link #values} as float32 in {@code memory}. */
    Weight write(Weight w, MemorySegment memory) throws FormatException {
        float[] values = values(w);
        MemorySegment.copy(values, 0, memory, Matrix.F32, 0, values.length);
        return new Weight(w.name(), TensorType.F32, w.shape(), memory);
    }
}
