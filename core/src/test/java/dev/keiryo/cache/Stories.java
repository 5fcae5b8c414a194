package dev.keiryo.cache;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.generate.LogProbabilities;
import dev.keiryo.generate.WhenFull;
import dev.keiryo.kernel.Workers;
import dev.keiryo.measure.Evaluation;
import dev.keiryo.measure.ModelPredictions;
import dev.keiryo.measure.Perplexity;
import dev.keiryo.measure.Window;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** Stories that the models were not asked to write, and how well they predict them, each from its first token on. */
final class Stories {
    static final List<String> MODELS = List.of("TinyStories-656K", "stories260K/stories260K.bin");

    private Stories() {}

    static LanguageModel open(String model, EngineOptions options) throws IOException {
        return Keiryo.load(TestData.path("models/" + model), options);
    }

    /** The tokens of each story in the sample, behind a beginning of text. */
    static List<int[]> tokens(LanguageModel model) throws IOException {
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

    static Perplexity perplexity(LanguageModel model) throws IOException {
        List<int[]> stories = tokens(model);
        int longest = stories.stream().mapToInt(ids -> ids.length).max().orElseThrow();
        try (ModelPredictions predictions = new ModelPredictions(model.engine(), longest);
                Workers workers = new Workers(1)) {
            return Evaluation.perplexity(
                    predictions, stories.stream().map(Window::whole).toList(), workers, Evaluation.Progress.NONE);
        }
    }

    /** Of the same tokens, a few at a time, where no more than a {@code part}-th of a story is held. */
    static double within(LanguageModel model, int part, WhenFull whenFull) throws IOException {
        Engine engine = model.engine();
        double sum = 0;
        int count = 0;
        Batch batch = new Batch();
        int step = 4;
        for (int[] ids : tokens(model)) {
            try (Sequence sequence = engine.newSequence(ids.length / part)) {
                whenFull.begin(sequence);
                int to;
                for (int at = 0; at + 1 < ids.length; at = to) {
                    to = Math.min(at + Math.min(step, whenFull.makeRoom(sequence, 1)), ids.length - 1);
                    Matrix logits = engine.forward(batch.clear().add(sequence, ids, at, to, Batch.Output.ALL));
                    for (int i = at; i < to; i++) {
                        sum -= LogProbabilities.of(logits.toArray(i - at), ids[i + 1]);
                        count++;
                    }
                }
            }
        }
        return Math.exp(sum / count);
    }
}
