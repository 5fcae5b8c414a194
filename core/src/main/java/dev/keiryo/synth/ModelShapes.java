package dev.keiryo.synth;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of shapes: the published configurations of models; {@code mixtral-small}, a Mixtral for a laptop; and
 * {@code tiny}, for tests.
 */
public final class ModelShapes {
    /** GPT-2 ties its matrices, but llama.cpp demands an output matrix of its files. */
    private static final String TABLE = """
            name           family layers hidden  ffn heads kv  dim  vocab context experts used  tied  epsilon    base factor window
            llama-3.2-1b   LLAMA      16   2048 8192    32  8   64 128256  131072       0    0  true     1e-5  500000     32      0
            llama-3.2-3b   LLAMA      28   3072 8192    24  8  128 128256  131072       0    0  true     1e-5  500000     32      0
            tinyllama-1.1b LLAMA      22   2048 5632    32  4   64  32000    2048       0    0  false    1e-5   10000      0      0
            smollm2-135m   LLAMA      30    576 1536     9  3   64  49152    8192       0    0  true     1e-5  100000      0      0
            qwen3-0.6b     QWEN3      28   1024 3072    16  8  128 151936   40960       0    0  true     1e-6 1000000      0      0
            qwen3-1.7b     QWEN3      28   2048 6144    16  8  128 151936   40960       0    0  true     1e-6 1000000      0      0
            qwen2.5-0.5b   QWEN2      24    896 4864    14  2   64 151936   32768       0    0  true     1e-6 1000000      0      0
            gemma-2-2b     GEMMA2     26   2304 9216     8  4  256 256000    8192       0    0  true     1e-6   10000      0   4096
            gemma-3-1b     GEMMA3     26   1152 6912     4  1  256 262144   32768       0    0  true     1e-6 1000000      0    512
            phi-3-mini     PHI3       32   3072 8192    32 32   96  32064    4096       0    0  false    1e-5   10000      0   2047
            mixtral-small  LLAMA      16   1024 3584    16  4   64  32000   32768       8    2  false    1e-5 1000000      0      0
            olmoe-1b-7b    OLMOE      16   2048 1024    16 16  128  50304    4096      64    8  false    1e-5   10000      0      0
            gpt2           GPT2       12    768 3072    12 12   64  50257    1024       0    0  false    1e-5       0      0      0
            bert-base      BERT       12    768 3072    12 12   64  30522     512       0    0  true    1e-12       0      0      0
            t5-v1.1-small  T5          8    512 1024     6  6   64  32128     512       0    0  false    1e-6       0      0      0
            tiny           LLAMA       2    256  512     4  2   64    512     256       0    0  true     1e-5   10000      0      0
            """;

    private static final Map<String, ModelShape> ALL = new LinkedHashMap<>();

    static {
        TABLE.lines().skip(1).map(line -> shape(line.split(" +"))).forEach(shape -> ALL.put(shape.name(), shape));
    }

    private ModelShapes() {}

    /** All shapes, in the table's order. */
    public static Collection<ModelShape> all() {
        return Collections.unmodifiableCollection(ALL.values());
    }

    /** The shape of that name, in whatever case, or null. */
    public static @Nullable ModelShape find(String name) {
        return ALL.get(name.toLowerCase(Locale.ROOT));
    }

    private static ModelShape shape(String[] row) {
        int[] n = new int[row.length];
        for (int i = 2; i < 12; i++) {
            n[i] = Integer.parseInt(row[i]);
        }
        return new ModelShape(
                row[0],
                Family.valueOf(row[1]),
                n[2],
                n[3],
                n[4],
                n[5],
                n[6],
                n[7],
                n[8],
                n[9],
                n[10],
                n[11],
                Boolean.parseBoolean(row[12]),
                Float.parseFloat(row[13]),
                Float.parseFloat(row[14]),
                Float.parseFloat(row[15]),
                Integer.parseInt(row[16]));
    }
}
