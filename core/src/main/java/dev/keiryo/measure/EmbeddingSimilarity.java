package dev.keiryo.measure;

import dev.keiryo.FormatException;
import dev.keiryo.LanguageModel;
import dev.keiryo.model.Ops;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How much of a reference's geometry an encoder has kept.
 *
 * @param texts that were compared
 * @param cosine mean cosine of a text's vector in the model with that in the reference
 * @param least of these cosines
 * @param spearman rank correlation of the cosines of all pairs of texts in the model with those in the reference
 * @param kendall likewise, Kendall's tau-b
 */
public record EmbeddingSimilarity(int texts, Estimate cosine, double least, double spearman, double kendall) {
    /** Pairs grow with the square: only so many texts are paired, about half a million pairs. */
    private static final int PAIRED = 1000;

    /**
     * Of two encoders of one vocabulary.
     *
     * @param texts at least 2
     * @param errors also takes the errors of their layers; null for none
     */
    public static EmbeddingSimilarity of(
            LanguageModel model, LanguageModel reference, List<String> texts, @Nullable LayerErrors errors)
            throws FormatException {
        List<float[]> ours = new ArrayList<>();
        List<float[]> theirs = new ArrayList<>();
        UnaryOperator<Ops> ourObserver = errors == null ? UnaryOperator.identity() : errors.model();
        UnaryOperator<Ops> theirObserver = errors == null ? UnaryOperator.identity() : errors.reference();
        // One at a time: of the reference's layers, one pass is remembered.
        for (String text : texts) {
            theirs.addAll(Embeddings.of(reference, List.of(text), theirObserver));
            ours.addAll(Embeddings.of(model, List.of(text), ourObserver));
        }
        return of(ours, theirs);
    }

    /**
     * @param model vectors of length 1
     * @param reference of the same texts, at least 2; perhaps of another width
     */
    static EmbeddingSimilarity of(List<float[]> model, List<float[]> reference) {
        if (model.size() < 2 || model.size() != reference.size()) {
            throw new IllegalArgumentException("similarity needs the vectors of at least 2 texts");
        }
        if (model.getFirst().length != reference.getFirst().length) {
            throw new IllegalArgumentException("vectors of " + model.getFirst().length + " and "
                    + reference.getFirst().length + " numbers cannot be compared");
        }
        Moments cosines = new Moments();
        double least = 1;
        for (int i = 0; i < model.size(); i++) {
            double cosine = dot(model.get(i), reference.get(i));
            cosines.add(cosine);
            least = Math.min(least, cosine);
        }
        double[] a = pairs(model);
        double[] b = pairs(reference);
        return new EmbeddingSimilarity(
                model.size(), cosines.x(), least, RankCorrelation.spearman(a, b), RankCorrelation.kendall(a, b));
    }

    private static double[] pairs(List<float[]> vectors) {
        int n = Math.min(vectors.size(), PAIRED);
        return IntStream.range(0, n)
                .boxed()
                .flatMapToDouble(i -> IntStream.range(i + 1, n).mapToDouble(j -> dot(vectors.get(i), vectors.get(j))))
                .toArray();
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
