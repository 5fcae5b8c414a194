package dev.keiryo.train.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents out of text, JSON Lines and Parquet, and what is said of files that are not what they should be. */
class SourcesTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        return Files.writeString(file, content);
    }

    private static List<Document> read(Path file, ReadOptions options) throws IOException {
        List<Document> documents = new ArrayList<>();
        long[] bytes = new long[1];
        SourceFile source = SourceFiles.find(List.of(file.toString())).getFirst();
        new DocumentReader(options).read(source, documents::add, n -> bytes[0] += n);
        assertEquals(Files.size(file), bytes[0]);
        return documents;
    }

    private static List<String> texts(Path file, ReadOptions options) throws IOException {
        return read(file, options).stream().map(Document::text).toList();
    }

    private static String fault(Path file, ReadOptions options) {
        return Objects.requireNonNull(
                assertThrows(FormatException.class, () -> read(file, options)).getMessage());
    }

    @Test
    void findsFilesFoldersAndGlobsOnce() throws IOException {
        file("a/b.txt", "b");
        file("a/c.jsonl", "{}");
        file("a/deep/d.TXT.gz", "");
        file("a/.hidden.txt", "");
        file("a/.git/x.txt", "");
        file("a/picture.png", "");
        file("notes", "n");
        List<String> names = SourceFiles.find(List.of(
                        folder.resolve("notes").toString(),
                        folder.resolve("a").toString(),
                        folder.resolve("a/*.txt").toString()))
                .stream()
                .map(f -> folder.relativize(f.path()) + " " + f.format() + (f.compressed() ? " gz" : ""))
                .toList();
        assertEquals(
                List.of(
                        "notes plain text",
                        "a/b.txt plain text",
                        "a/c.jsonl JSON Lines",
                        "a/deep/d.TXT.gz plain text gz"),
                names);
        assertEquals(2, SourceFiles.find(List.of(folder + "/**.{txt,jsonl}")).size());
        assertEquals(1, SourceFiles.find(List.of(folder + "/a/?.t*t")).size());
        for (String nothing : List.of("/absent.txt", "/a/*.csv", "/absent/*.txt", "/a/.git/deep/")) {
            assertThrows(FormatException.class, () -> SourceFiles.find(List.of(folder + nothing)));
        }
        Files.createDirectories(folder.resolve("empty"));
        assertThrows(FormatException.class, () -> SourceFiles.find(List.of(folder + "/empty")));
    }

    @Test
    void tellsDocumentsOfPlainTextApart() throws IOException {
        Path file = file("t.txt", "\uFEFF\n\none\r\ntwo\n \n\nthree<|end|>four\n<|end|>\nfive");
        assertEquals(List.of("one\ntwo\n \n\nthree<|end|>four\n<|end|>\nfive"), texts(file, ReadOptions.DEFAULT));
        List<Document> paragraphs = read(file, ReadOptions.DEFAULT.withUnit(TextUnit.PARAGRAPH));
        assertEquals(
                List.of("one\ntwo", "three<|end|>four\n<|end|>\nfive"),
                paragraphs.stream().map(Document::text).toList());
        assertEquals(List.of(3L, 7L), paragraphs.stream().map(Document::line).toList());
        assertEquals(
                List.of("one", "two", "three<|end|>four", "<|end|>", "five"),
                texts(file, ReadOptions.DEFAULT.withUnit(TextUnit.LINE)));
        assertEquals(
                List.of("one\ntwo\n \n\nthree", "four", "five"),
                texts(file, ReadOptions.DEFAULT.withUnit(TextUnit.parse("separator=<|end|>"))));
        assertThrows(IllegalArgumentException.class, () -> TextUnit.parse("paragraphs"));
        assertEquals(List.of(), texts(file("empty.txt", ""), ReadOptions.DEFAULT));
    }

    @Test
    void cutsLongDocumentsWhereTheyPause() throws IOException {
        String text =
                "First sentence here. Second one follows.\n\nA paragraph of its own, rather longer than the others are.\n"
                        + "日本語の文です。次の文です。".repeat(5) + "😀".repeat(30);
        Path file = file("t.txt", text);
        List<String> pieces = texts(file, ReadOptions.DEFAULT.withPiece(50));
        assertEquals("First sentence here. Second one follows.", pieces.getFirst());
        assertTrue(pieces.stream().allMatch(p -> p.length() <= 50), pieces.toString());
        assertTrue(pieces.stream().noneMatch(p -> Character.isLowSurrogate(p.charAt(0))));
        assertEquals(text.replaceAll("\\s", ""), String.join("", pieces).replaceAll("\\s", ""));
        assertEquals(3, read(file, ReadOptions.DEFAULT.withPiece(50)).get(1).line());
    }

    @Test
    void readsFieldsOfJsonLines() throws IOException {
        Path file = file(
                "t.jsonl",
                "{\"text\":\"a\\u3042\\n\",\"data\":{\"body\":{\"en\":\"deep\"},\"n\":[1,{\"x\":2}]}}\r\n\n  \n"
                        + "{\"data\":{\"body\":{\"en\":\"\\ud83d\\ude00\"}},\"text\":null}");
        List<Document> documents = read(file, ReadOptions.DEFAULT);
        assertEquals(List.of("aあ\n", ""), documents.stream().map(Document::text).toList());
        assertEquals(List.of(1L, 4L), documents.stream().map(Document::line).toList());
        assertEquals(List.of("deep", "😀"), texts(file, ReadOptions.DEFAULT.withField("data.body.en")));
        String missing = fault(file, ReadOptions.DEFAULT.withField("data.text"));
        assertTrue(missing.contains("line 1") && missing.contains("body, n") && missing.contains("--field"), missing);
        String number = fault(file("n.jsonl", "{\"text\":\"x\"}\n{\"text\":3}"), ReadOptions.DEFAULT);
        assertTrue(number.contains("line 2") && number.contains("string"), number);
        assertTrue(fault(file("a.json", "[\n{\"text\":\"x\"}]"), ReadOptions.DEFAULT)
                .contains("jq -c"));
        for (String bad :
                List.of("[1]", "{\"text\":", "{\"text\":\"a\"} x", "{\"text\":\"a\",\"text\":\"b\"}", "nonsense")) {
            String message = fault(file("bad.jsonl", "{\"text\":\"x\"}\n" + bad), ReadOptions.DEFAULT);
            assertTrue(message.contains("bad.jsonl, line 2"), message);
        }
        assertThrows(IllegalArgumentException.class, () -> ReadOptions.DEFAULT.withField("a..b"));
    }

    @Test
    void deepJsonIsRefused() throws IOException {
        Path file = file("deep.jsonl", "{\"text\":\"a\",\"x\":" + "[".repeat(200_000) + "]".repeat(200_000) + "}");
        assertTrue(fault(file, ReadOptions.DEFAULT).contains("line 1"));
    }

    @Test
    void readsWhatGzipWrote() throws IOException {
        Path file = folder.resolve("t.jsonl.gz");
        for (String part : List.of("{\"text\":\"one\"}\n", "{\"text\":\"two\"}\n")) {
            try (OutputStream out = new GZIPOutputStream(
                    Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND))) {
                out.write(part.getBytes(StandardCharsets.UTF_8));
            }
        }
        assertEquals(List.of("one", "two"), texts(file, ReadOptions.DEFAULT));
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 9));
        assertTrue(fault(file, ReadOptions.DEFAULT).contains("cut or corrupted"));
        Files.write(file, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
        assertTrue(fault(file, ReadOptions.DEFAULT).contains("gzip"));
    }

    @Test
    void otherEncodingsAreToldByLine() throws IOException {
        Path file = folder.resolve("sjis.txt");
        Files.write(file, "ascii\n日本語".getBytes(Charset.forName("Shift_JIS")));
        String message = fault(file, ReadOptions.DEFAULT);
        assertTrue(message.contains("line 2") && message.contains("iconv"), message);
        Files.write(file, "ab".getBytes(StandardCharsets.UTF_16));
        assertTrue(fault(file, ReadOptions.DEFAULT).contains("UTF-16"));
        Path json = folder.resolve("bad.jsonl");
        Files.write(json, new byte[] {'{', '"', 't', 'e', 'x', 't', '"', ':', '"', (byte) 0xff, '"', '}'});
        assertTrue(fault(json, ReadOptions.DEFAULT).contains("line 1"));
    }

    @Test
    void longDocumentsAreErrorsBeforeTheyFillMemory() throws IOException {
        ReadOptions small = ReadOptions.DEFAULT.withLimit(100);
        assertEquals(1, read(file("fits.txt", "a".repeat(100)), small).size());
        String line = fault(file("line.txt", "ok\n" + "a".repeat(101)), small);
        assertTrue(line.contains("line 2") && line.contains("100 bytes"), line);
        String lines = fault(file("lines.txt", "aaaaaaaaa\n".repeat(20)), small);
        assertTrue(lines.contains("line 11") && lines.contains("paragraph"), lines);
        assertTrue(fault(file("t.jsonl", "{\"text\":\"" + "a".repeat(101) + "\"}"), small)
                .contains("line 1"));
        assertEquals(
                20,
                read(file("lines.txt", "aaaaaaaaa\n".repeat(20)), small.withUnit(TextUnit.LINE))
                        .size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"snappy", "gzip", "none"})
    void readsColumnsOfParquet(String compression) throws IOException {
        // written by pyarrow 25.0.1
        Path file = resource("four-" + compression + ".parquet");
        List<Document> documents = read(file, ReadOptions.DEFAULT);
        assertEquals(
                List.of("Once upon a time.", "", "吾輩は猫である。", ""),
                documents.stream().map(Document::text).toList());
        assertEquals(
                List.of(1L, 2L, 3L, 4L), documents.stream().map(Document::line).toList());
        assertEquals(List.of("A", "", "猫", ""), texts(file, ReadOptions.DEFAULT.withField("meta.title")));
        for (String no : List.of("absent", "id", "meta", "tags.list.element")) {
            String message = fault(file, ReadOptions.DEFAULT.withField(no));
            assertTrue(message.contains("meta.title") && message.contains("--field"), message);
        }
    }

    @Test
    void brokenParquetIsToldAsSuch() throws IOException {
        String compression = fault(resource("four-zstd.parquet"), ReadOptions.DEFAULT);
        assertTrue(compression.toLowerCase(Locale.ROOT).contains("zstd"), compression);
        byte[] whole = Files.readAllBytes(resource("four-snappy.parquet"));
        Path file = folder.resolve("bad.parquet");
        for (int length : new int[] {0, 4, 11, 12, whole.length / 2, whole.length - 1}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertTrue(fault(file, ReadOptions.DEFAULT).contains("bad.parquet"));
        }
    }

    private Path resource(String name) throws IOException {
        Path file = folder.resolve(name);
        try (InputStream in = Objects.requireNonNull(SourcesTest.class.getResourceAsStream(name))) {
            Files.write(file, in.readAllBytes());
        }
        return file;
    }
}
