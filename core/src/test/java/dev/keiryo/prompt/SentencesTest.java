package dev.keiryo.prompt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentencesTest {
    /** {@code |} marks where the text may be cut. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "One. |Two! |Three?",
                "Mr. Smith met Dr. No, e.g. here. |He left.",
                "It costs 3.50 in the U.S. today. |Yes.",
                "\"Stop.\" |He stopped.",
                "\"Stop!\" he said. |Then he ran.",
                "J. R. R. Tolkien wrote it. |So did I. |Well.",
                "A title\n|\n|A paragraph. |Its end.\n|\n|Next",
                "a line that is\nbroken here. |New.",
                "今日は晴れ。|明日は雨！|本当？",
                "「行く。」と言った。|彼は行った。",
                "「終わり。」|次の文。",
                "Ver. 2.0を使う。|OK. |次",
                "…そう…。|はい",
                "",
                "no end"
            })
    void bordersOfSentences(String marked) {
        List<String> expected = marked.isEmpty()
                ? List.of()
                : Stream.of(marked.replace("\n|\n|", "\n\n|").split("\\|", -1)).toList();
        assertEquals(expected, Sentences.of(String.join("", expected)));
    }

    @Test
    void joinedTheyAreTheText() throws IOException {
        try (Stream<Path> files = Files.walk(TestData.path("corpora"))) {
            for (Path file : files.filter(Files::isRegularFile).limit(6).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                String text =
                        new String(bytes, 0, Math.min(bytes.length, 200_000), java.nio.charset.StandardCharsets.UTF_8);
                assertEquals(text, String.join("", Sentences.of(text)), file.toString());
            }
        }
    }
}
