package dev.keiryo.measure;

import dev.keiryo.FormatException;
import dev.keiryo.LanguageModel;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.model.Ops;
import dev.keiryo.model.Transformer.Kind;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Sentences as an encoder's vectors of length 1: the mean of their tokens' hidden states, or what the model's
 * {@code pooling_type} says (1 the mean, 2 the first token's, 3 the last one's). Special tokens around a text count, as in
 * sentence-transformers. Reimers and Gurevych 2019, arXiv:1908.10084.
 */
public final class Embeddings {
    private static final int MEAN = 1;
    private static final int FIRST = 2;
    private static final int LAST = 3;
    /** Tokens that are encoded at once. */
    private static final int TOKENS = 512;

    private Embeddings() {}

    /**
     * One vector {@code [hidden]} for each of {@code texts}; what does not fit the context is cut off.
     *
     * @param observer wraps the engine's interpreter in every pass
     * @throws IllegalArgumentException where the model is no encoder
     */
    public static List<float[]> of(LanguageModel model, List<String> texts, UnaryOperator<Ops> observer)
            throws FormatException {
        Engine engine = model.engine();
        if (engine.transformer().kind() != Kind.ENCODER) {
            throw new IllegalArgumentException(engine.checkpoint().source() + " is no encoder");
        }
        Metadata metadata = engine.checkpoint().metadata();
        int pooling = metadata.integer(metadata.architecture() + ".pooling_type", MEAN);
        if (pooling < MEAN || pooling > LAST) {
            pooling = MEAN;
        }
        int context = engine.transformer().shape().context();
        List<int[]> ids = new ArrayList<>();
        for (String text : texts) {
            int[] all = model.tokenizer().encode(text, SpecialTokens.LITERAL, true);
            if (all.length > context) {
                // the end of text stays where it was
                all[context - 1] = all[all.length - 1];
                all = Arrays.copyOf(all, context);
            }
            ids.add(all);
        }
        List<float[]> vectors = new ArrayList<>();
        for (int from = 0, to; from < ids.size(); from = to) {
            int tokens = 0;
            for (to = from; to < ids.size() && (to == from || tokens + ids.get(to).length <= TOKENS); to++) {
                tokens += ids.get(to).length;
            }
            encode(engine, ids.subList(from, to), pooling, observer, vectors);
        }
        return vectors;
    }

    private static void encode(
            Engine engine, List<int[]> texts, int pooling, UnaryOperator<Ops> observer, List<float[]> vectors) {
        List<Sequence> sequences = new ArrayList<>();
        try {
            Batch batch = new Batch();
            for (int[] ids : texts) {
                sequences.add(engine.newSequence(ids.length));
                batch.add(sequences.getLast(), ids, 0, ids.length, Batch.Output.ALL);
            }
            Matrix hidden = engine.forward(batch, observer);
            int row = 0;
            for (int[] ids : texts) {
                int end = row + ids.length;
                vectors.add(
                        switch (pooling) {
                            case FIRST -> pooled(hidden, row, row + 1);
                            case LAST -> pooled(hidden, end - 1, end);
                            default -> pooled(hidden, row, end);
                        });
                row = end;
            }
        } finally {
            sequences.forEach(Sequence::close);
        }
    }

    /** The mean of rows, of length 1. */
    private static float[] pooled(Matrix hidden, int from, int to) {
        double[] sum = new double[hidden.cols()];
        for (int r = from; r < to; r++) {
            float[] x = hidden.toArray(r);
            for (int i = 0; i < sum.length; i++) {
                sum[i] += x[i];
            }
        }
        double norm = Math.sqrt(Arrays.stream(sum).map(x -> x * x).sum());
        float[] vector = new float[sum.length];
        for (int i = 0; i < sum.length; i++) {
            vector[i] = (float) (norm > 0 ? sum[i] / norm : 0);
        }
        return vector;
    }
}
