package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.generate.BestOf.Vote;
import dev.keiryo.generate.Generation.Drafts;
import dev.keiryo.generate.Generation.StopReason;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BestOfTest {
    @Test
    void theMostProbableOfSeveralTexts() throws IOException {
        try (LanguageModel model = Keiryo.load(TestData.path("models/TinyStories-656K"));
                Scheduler scheduler = new Scheduler(model.engine(), model.generator(), Scheduler.Limits.DEFAULT)) {
            int[] prompt = model.tokenizer().encode("Once upon a time", SpecialTokens.PARSED, true);
            GenerateOptions options = GenerateOptions.DEFAULT.withSeed(10).withMaxTokens(20);
            List<Generation> texts = BestOf.sample(scheduler, prompt, options, 8);
            assertArrayEquals(
                    model.generator()
                            .generate(prompt, options.withSeed(13), text -> true)
                            .tokens(),
                    texts.get(3).tokens());
            List<Generation> ranked = BestOf.ranked(texts);
            for (int i = 1; i < ranked.size(); i++) {
                assertTrue(BestOf.meanLogProbability(ranked.get(i - 1)) >= BestOf.meanLogProbability(ranked.get(i)));
            }
            assertThrows(IllegalArgumentException.class, () -> BestOf.sample(scheduler, prompt, options, 0));
        }
    }

    @Test
    void theMajorityWinsAndTextsWithoutAnAnswerDoNotCount() {
        List<Generation> texts = Stream.of(
                        "no idea", "so it is 7", "so it is 8", "so it is 8", "perhaps 7", "so it is 7")
                .map(text -> new Generation(
                        text, new int[0], StopReason.MAX_TOKENS, 1, 0, 1, 1, Drafts.NONE, List.of(), List.of()))
                .toList();
        Vote vote = BestOf.vote(
                        texts, text -> text.startsWith("so it is ") ? Optional.of(text.substring(9)) : Optional.empty())
                .orElseThrow();
        assertEquals("7", vote.answer());
        assertEquals(2, vote.count());
        assertEquals("{7=2, 8=2}", vote.all().toString());
        assertEquals(Optional.empty(), BestOf.vote(texts, text -> Optional.empty()));
    }
}
