package dev.keiryo.measure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.kernel.Workers;
import dev.keiryo.measure.PerplexityDefinition.HuggingFace;
import dev.keiryo.measure.PerplexityDefinition.LlamaCpp;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PerplexityDefinitionTest {
    private static final int[] TOKENS = IntStream.range(100, 123).toArray();

    @Test
    void chunksBeginWithBosAndTheirSecondHalfCounts() {
        List<Window> windows = new LlamaCpp(7).windows(TOKENS, 1);
        assertEquals(3, windows.size());
        assertArrayEquals(
                new int[] {1, 108, 109, 110, 111, 112, 113}, windows.get(1).ids());
        assertEquals(4, windows.get(1).from());
        assertEquals(3, windows.get(1).scored());
        assertEquals(100, new LlamaCpp(7).windows(TOKENS, -1).get(0).ids()[0]);
        assertThrows(IllegalArgumentException.class, () -> new LlamaCpp(24).windows(TOKENS, 1));
        assertThrows(IllegalArgumentException.class, () -> new LlamaCpp(3));
    }

    /** The text's own tokens count once each, for any length, context and stride. */
    @Test
    void windowsCountEveryTokenOnce() {
        for (int n = 2; n <= TOKENS.length; n++) {
            for (int context = 2; context <= 9; context++) {
                for (int stride = 1; stride <= context; stride++) {
                    List<Integer> counted = new ArrayList<>();
                    List<Window> windows = new HuggingFace(context, stride).windows(Arrays.copyOf(TOKENS, n));
                    for (Window w : windows) {
                        assertTrue(w.ids().length <= context);
                        for (int i = w.from(); i < w.ids().length; i++) {
                            counted.add(w.ids()[i]);
                        }
                    }
                    // Without overlap each window loses its first token.
                    assertEquals(stride == context ? n - Math.ceilDiv(n, stride) : n - 1, counted.size());
                    assertEquals(counted.size(), counted.stream().distinct().count());
                }
            }
        }
        assertThrows(IllegalArgumentException.class, () -> new HuggingFace(8, 9));
        assertThrows(IllegalArgumentException.class, () -> new HuggingFace(8, 0));
        assertThrows(IllegalArgumentException.class, () -> new HuggingFace(8, 2).windows(new int[1]));
    }

    /** The loop of the transformers documentation, one window at a time, with everything in double. */
    @Test
    void aSlidingWindowIsWhatHuggingFaceComputes() throws IOException {
        try (LanguageModel model = Keiryo.load(
                        TestData.path("models/stories260K/stories260K.bin"),
                        EngineOptions.defaults().withActivations(ActivationType.F32));
                Workers workers = new Workers(2)) {
            String text = Texts.shakespeare().substring(0, 1500);
            int[] ids = model.tokenizer().encode(text, SpecialTokens.PARSED, true);
            for (int[] cut : new int[][] {{64, 16}, {64, 64}, {100, 37}, {ids.length + 5, 7}, {ids.length - 1, 1}}) {
                double[] expected = huggingFace(model.engine(), ids, cut[0], cut[1]);
                HuggingFace definition = new HuggingFace(cut[0], cut[1]);
                try (ModelPredictions predictions = new ModelPredictions(model.engine(), cut[0])) {
                    double found = Evaluation.perplexity(
                                    predictions,
                                    definition.windows(model.tokenizer(), text),
                                    workers,
                                    Evaluation.Progress.NONE)
                            .value();
                    assertEquals(expected[0], found, 1e-6 * expected[0], Arrays.toString(cut));
                    // as published, with windows weighed by a token less: those of one new token would not count
                    assertEquals(expected[1], found, (cut[1] == 1 ? 0.01 : 3e-3) * expected[1], Arrays.toString(cut));
                }
            }
        }
    }

    /** The perplexity with tokens weighed alike, and as published. */
    private static double[] huggingFace(Engine engine, int[] ids, int maxLength, int stride) {
        double sum = 0;
        int count = 0;
        double nllSum = 0;
        long nTokens = 0;
        int previousEnd = 0;
        for (int begin = 0; begin < ids.length; begin += stride) {
            int end = Math.min(begin + maxLength, ids.length);
            int targetLength = end - previousEnd;
            int[] input = Arrays.copyOfRange(ids, begin, end);
            int[] labels = input.clone();
            Arrays.fill(labels, 0, labels.length - targetLength, -100);
            double loss = 0;
            int valid = 0;
            try (Sequence sequence = engine.newSequence(maxLength)) {
                Matrix logits = engine.forward(Batch.of(sequence, input, Batch.Output.ALL));
                for (int t = 1; t < labels.length; t++) {
                    if (labels[t] != -100) {
                        loss += crossEntropy(logits.toArray(t - 1), labels[t]);
                        valid++;
                    }
                }
            }
            sum += loss;
            count += valid;
            int counted = (int) Arrays.stream(labels).filter(l -> l != -100).count() - 1;
            if (valid > 0) {
                nllSum += loss / valid * counted;
            }
            nTokens += counted;
            previousEnd = end;
            if (end == ids.length) {
                break;
            }
        }
        return new double[] {Math.exp(sum / count), Math.exp(nllSum / nTokens)};
    }

    private static double crossEntropy(float[] logits, int id) {
        double sum = 0;
        for (float l : logits) {
            sum += Math.exp((double) l - logits[id]);
        }
        return Math.log(sum);
    }
}
