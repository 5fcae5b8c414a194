package dev.keiryo.train;

import dev.keiryo.model.MaskedLm;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import dev.keiryo.train.tape.Tape;
import dev.keiryo.train.tape.TrainBatch;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a masked language model takes the masks of a text to be: the most probable tokens of each in brackets, with their probabilities.
 *
 * @param tape on which the model learns; not during a step
 * @param prompt a text with masks
 * @param mask the mask's id
 */
public record MaskedSample(MaskedLm model, Tape<Matrix> tape, Tokenizer tokenizer, String prompt, int mask)
        implements TrainingRun.Sample {
    private static final int SHOWN = 3;

    @Override
    public String text() {
        int[] ids = tokenizer.encode(prompt, SpecialTokens.PARSED, true);
        int[] masks = IntStream.range(0, ids.length).filter(i -> ids[i] == mask).toArray();
        float[][] logits = tape.logits(tape.evaluate(model, null, new TrainBatch(ids, new int[] {0}, masks)));
        tape.clear();
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (int m = 0; m < masks.length; m++) {
            text.append(tokenizer.decode(Arrays.copyOfRange(ids, from, masks[m]), true))
                    .append(guesses(logits[m]));
            from = masks[m] + 1;
        }
        return text.append(tokenizer.decode(Arrays.copyOfRange(ids, from, ids.length), true))
                .toString();
    }

    private String guesses(float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float z : logits) {
            max = Math.max(max, z);
        }
        double sum = 0;
        for (float z : logits) {
            sum += Math.exp(z - max);
        }
        double top = max;
        double all = sum;
        return IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer id) -> -logits[id]))
                .limit(SHOWN)
                .map(id -> String.format(
                        Locale.ROOT,
                        "\"%s\" %.0f %%",
                        tokenizer.decode(new int[] {id}, false).replace("\n", "\\n"),
                        100 * Math.exp(logits[id] - top) / all))
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
