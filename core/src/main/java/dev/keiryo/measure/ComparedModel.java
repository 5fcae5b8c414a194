package dev.keiryo.measure;

import dev.keiryo.LanguageModel;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.kernel.Workers;
import dev.keiryo.measure.Evaluation.Progress;
import dev.keiryo.model.Ops;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What was measured of one of several models.
 *
 * @param speed null where it was not measured
 * @param evaluation of decoders; its divergence is null for the reference
 * @param similarity of encoders; null for the reference
 * @param layerErrors see {@link LayerErrors}; empty for the reference, and for models with other layers than it
 * @param weights see {@link WeightHistogram}; empty for the reference
 * @param sample the most probable continuation of the prompt, token by token; null for encoders
 */
public record ComparedModel(
        String name,
        ModelSize size,
        @Nullable Speed speed,
        @Nullable Evaluation evaluation,
        @Nullable EmbeddingSimilarity similarity,
        List<Double> layerErrors,
        Map<String, WeightHistogram> weights,
        @Nullable Sample sample) {
    /** Tokens of a sample. */
    private static final int SAMPLE = 48;

    /**
     * @param tokens how many it has
     * @param same how many of the first are the reference's
     */
    public record Sample(String text, int tokens, int same) {}

    /** Of decoders, whose {@code windows} have up to {@code context} tokens. */
    public static ComparedModel ofDecoder(
            String name,
            LanguageModel model,
            @Nullable LanguageModel reference,
            List<Window> windows,
            int context,
            String prompt,
            Progress progress)
            throws IOException {
        if (reference != null) {
            Vocabularies.requireSame(model, reference);
        }
        LayerErrors errors = sameShape(model, reference) ? new LayerErrors() : null;
        Evaluation evaluation;
        try (Predictions ours =
                        new ModelPredictions(model.engine(), context, errors == null ? same() : errors.model());
                Predictions theirs = reference == null
                        ? null
                        : new ModelPredictions(
                                reference.engine(), context, errors == null ? same() : errors.reference());
                Workers workers = new Workers(model.engine().threads())) {
            evaluation = Evaluation.of(ours, theirs, windows, workers, progress);
        }
        return new ComparedModel(
                name,
                ModelSize.of(model.engine().checkpoint()),
                null,
                evaluation,
                null,
                errors == null ? List.of() : errors.relative(),
                weights(model, reference),
                sample(model, reference, prompt));
    }

    /** Of encoders, by their vectors of {@code texts}. */
    public static ComparedModel ofEncoder(
            String name, LanguageModel model, @Nullable LanguageModel reference, List<String> texts)
            throws IOException {
        EmbeddingSimilarity similarity = null;
        LayerErrors errors = sameShape(model, reference) ? new LayerErrors() : null;
        if (reference != null) {
            similarity = EmbeddingSimilarity.of(model, reference, texts, errors);
        }
        return new ComparedModel(
                name,
                ModelSize.of(model.engine().checkpoint()),
                null,
                null,
                similarity,
                errors == null ? List.of() : errors.relative(),
                weights(model, reference),
                null);
    }

    /** This, with how fast it was. */
    public ComparedModel withSpeed(@Nullable Speed newSpeed) {
        return new ComparedModel(name, size, newSpeed, evaluation, similarity, layerErrors, weights, sample);
    }

    private static UnaryOperator<Ops> same() {
        return UnaryOperator.identity();
    }

    private static boolean sameShape(LanguageModel model, @Nullable LanguageModel reference) {
        return reference != null
                && model.engine().transformer().shape().layers()
                        == reference.engine().transformer().shape().layers()
                && model.engine().transformer().shape().hidden()
                        == reference.engine().transformer().shape().hidden();
    }

    private static Map<String, WeightHistogram> weights(LanguageModel model, @Nullable LanguageModel reference) {
        return reference == null
                ? Map.of()
                : WeightHistogram.of(
                        reference.engine().checkpoint(), model.engine().checkpoint());
    }

    private static Sample sample(LanguageModel model, @Nullable LanguageModel reference, String prompt) {
        GenerateOptions greedy = GenerateOptions.DEFAULT.withMaxTokens(SAMPLE).withChain(SamplerChain.GREEDY);
        Generation ours = model.generate(prompt, greedy, text -> true);
        int[] theirs = reference == null
                ? ours.tokens()
                : reference.generate(prompt, greedy, text -> true).tokens();
        int same = Arrays.mismatch(ours.tokens(), theirs);
        return new Sample(ours.text(), ours.tokens().length, same < 0 ? ours.tokens().length : same);
    }
}
