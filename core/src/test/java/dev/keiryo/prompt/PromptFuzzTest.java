package dev.keiryo.prompt;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as a prompt: accepted and rendered, or refused with FormatException, nothing else. */
class PromptFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void reads(byte[] file) throws IOException {
        Prompt prompt;
        try {
            prompt = PromptJson.read("p.json", file);
        } catch (FormatException e) {
            return;
        }
        for (Passage passage : prompt.context()) {
            Sentences.of(passage.text());
        }
        FinalAnswer.PHRASE.apply(new PlainText().render(prompt).text());
    }

    static Stream<byte[]> seeds() {
        return PromptJsonTest.samples();
    }
}
