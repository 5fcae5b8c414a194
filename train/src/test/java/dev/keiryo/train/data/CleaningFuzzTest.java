package dev.keiryo.train.data;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import dev.keiryo.kernel.Workers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as text and as JSON Lines, compressed or not: refused with FormatException, or cleaned. */
class CleaningFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void cleans(byte[] bytes) throws IOException {
        ReadOptions options = ReadOptions.DEFAULT
                .withUnit(TextUnit.PARAGRAPH)
                .withLimit(1 << 20)
                .withPiece(100);
        List<Document> documents = new ArrayList<>();
        for (boolean compressed : new boolean[] {false, true}) {
            try (LineReader lines = new LineReader("fuzz", new ByteArrayInputStream(bytes), compressed, 1 << 20)) {
                new TextLines("fuzz", options, d -> Pieces.cut(d, 100, documents::add)).read(lines);
            } catch (FormatException e) {
                documents.clear();
            }
        }
        try (LineReader lines = new LineReader("fuzz", new ByteArrayInputStream(bytes), false, 1 << 20)) {
            new JsonLines("fuzz", options.withField("a.text")).read(lines, documents::add);
        } catch (FormatException e) {
            documents.clear();
        }
        Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        try (Workers workers = new Workers(1);
                CleaningRun run =
                        Pipeline.parse(Pipeline.USUAL + ",nfkc,quality", 0).open(folder, workers)) {
            run.clean(documents);
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.of(
                        "<html><body><p>Some text, mail@example.org</p><a href=x>link</a></body></html>",
                        "recieve 03-1234-5678\n\nこんにちわ。192.168.0.1 ::1",
                        "{\"a\":{\"text\":\"x\"}}\n{\"a\":{\"text\":null}}")
                .map(s -> s.getBytes(StandardCharsets.UTF_8));
    }
}
