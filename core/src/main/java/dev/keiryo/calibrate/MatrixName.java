package dev.keiryo.calibrate;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which matrix of a GGUF file a linear layer's weight is, or is a part of.
 *
 * @param tensor GGUF's name of it, {@code blk.0.attn_q.weight}; of experts, the stack's
 * @param expert its place in the stack; -1 where it is none
 * @param from the first row of a fused matrix that it is; 0 for a whole one
 */
public record MatrixName(String tensor, int expert, int from) {
    private static final Pattern PART = Pattern.compile("(.+)\\[(\\d+):\\d+]");
    private static final Pattern SLICE = Pattern.compile("(.+)\\[(\\d+)]");
    private static final Pattern ALONE = Pattern.compile("(blk\\.\\d+\\.ffn_(?:gate|up|down))\\.(\\d+)\\.weight");

    private static final Pattern IN_LAYER = Pattern.compile("(?:(?:enc|dec)\\.)?blk\\.\\d+\\..+");

    /** Whether it is in a layer: all but the embedding and the output matrix. */
    public boolean isInLayer() {
        return IN_LAYER.matcher(tensor).matches();
    }

    /** @param weight the name of a {@link dev.keiryo.tensor.Weight} */
    public static MatrixName of(String weight) {
        Matcher part = PART.matcher(weight);
        if (part.matches()) {
            return new MatrixName(part.group(1), -1, Integer.parseInt(part.group(2)));
        }
        Matcher slice = SLICE.matcher(weight);
        if (slice.matches()) {
            return new MatrixName(slice.group(1), Integer.parseInt(slice.group(2)), 0);
        }
        Matcher alone = ALONE.matcher(weight);
        if (alone.matches()) {
            return new MatrixName(alone.group(1) + "_exps.weight", Integer.parseInt(alone.group(2)), 0);
        }
        return new MatrixName(weight, -1, 0);
    }
}
