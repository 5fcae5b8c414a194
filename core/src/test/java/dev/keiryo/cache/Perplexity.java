package dev.keiryo.cache;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.generate.WhenFull;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code exp(-mean log p)} of stories that the models were not asked to write, each from its first token on. */
final class Perplexity {
    static final List<String> MODELS = List.of("TinyStories-656K", "stories260K/stories260K.bin");

    private double sum;
    private int count;

    static LanguageModel open(String model, EngineOptions options) throws IOException {
        return Keiryo.load(TestData.path("models/" + model), options);
    }

    /** The tokens of each story in the sample, behind a beginning of text. */
    static List<int[]> stories(LanguageModel model) throws IOException {
        String text = Files.readString(TestData.path("tokenizers/bpe-training-reference/tinystories_sample.txt"))
                .replace('’', '\'')
                .replace('“', '"')
                .replace('”', '"');
        List<int[]> stories = new ArrayList<>();
        for (String story : text.split("<\\|endoftext\\|>", -1)) {
            if (!story.isBlank()) {
                stories.add(model.tokenizer().encode(story.strip(), SpecialTokens.PARSED, true));
            }
        }
        return stories;
    }

    /** Takes the log-probability of {@code id} from row {@code row}. */
    void add(Matrix logits, int row, int id) {
        float[] x = logits.toArray(row);
        double max = Double.NEGATIVE_INFINITY;
        for (float f : x) {
            max = Math.max(max, f);
        }
        double total = 0;
        for (float f : x) {
            total += Math.exp(f - max);
        }
        sum += max + Math.log(total) - x[id];
        count++;
    }

    double value() {
        return Math.exp(sum / count);
    }

    int count() {
        return count;
    }

    static Perplexity of(LanguageModel model) throws IOException {
        Engine engine = model.engine();
        Perplexity perplexity = new Perplexity();
        for (int[] ids : stories(model)) {
            try (Sequence sequence = engine.newSequence(ids.length)) {
                Matrix logits =
                        engine.forward(Batch.of(sequence, Arrays.copyOf(ids, ids.length - 1), Batch.Output.ALL));
                for (int i = 0; i + 1 < ids.length; i++) {
                    perplexity.add(logits, i, ids[i + 1]);
                }
            }
        }
        return perplexity;
    }

    /** Of the same tokens, a few at a time, where no more than a {@code part}-th of a story is held. */
    static double within(LanguageModel model, int part, WhenFull whenFull) throws IOException {
        Engine engine = model.engine();
        Perplexity perplexity = new Perplexity();
        Batch batch = new Batch();
        int step = 4;
        for (int[] ids : stories(model)) {
            try (Sequence sequence = engine.newSequence(ids.length / part)) {
                whenFull.begin(sequence);
                for (int at = 0; at + 1 < ids.length; at += step) {
                    int to = Math.min(at + step, ids.length - 1);
                    whenFull.makeRoom(sequence, to - at);
                    Matrix logits = engine.forward(batch.clear().add(sequence, ids, at, to, Batch.Output.ALL));
                    for (int i = at; i < to; i++) {
                        perplexity.add(logits, i - at, ids[i + 1]);
                    }
                }
            }
        }
        return perplexity.value();
    }
}
