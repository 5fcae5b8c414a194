package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code keiryo imatrix} and {@code keiryo convert --imatrix}. */
class ImatrixTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void weighsAConversion() throws IOException {
        String text = Files.writeString(
                        folder.resolve("text"),
                        "Once upon a time there was a little girl who loved the park. ".repeat(40))
                .toString();
        Path plain = folder.resolve("plain.gguf");
        done("convert", Models.tinyStories(), plain.toString(), "--type", "q4_0");
        byte[][] weighed = new byte[2][];
        for (String form : new String[] {"imatrix.dat", "imatrix.gguf"}) {
            String matrix = folder.resolve(form).toString();
            done("imatrix", Models.tinyStories(), matrix, "--file", text, "--ctx", "64", "--chunks", "3");
            Path out = folder.resolve(form + ".q4_0.gguf");
            done("convert", Models.tinyStories(), out.toString(), "--type", "q4_0", "--imatrix", matrix);
            byte[] bytes = Files.readAllBytes(out);
            assertEquals(Files.size(plain), bytes.length);
            assertNotEquals(-1, Arrays.mismatch(bytes, Files.readAllBytes(plain)));
            weighed[form.endsWith(".gguf") ? 1 : 0] = bytes;
        }
        assertEquals(weighed[0].length, weighed[1].length);
    }

    @Test
    void gptqAndAwqWriteWhatRuns() throws IOException {
        String text = Files.writeString(
                        folder.resolve("text"),
                        "Once upon a time there was a little girl who loved the park. ".repeat(40))
                .toString();
        for (String method : new String[] {"gptq", "awq"}) {
            String out = folder.resolve(method + ".gguf").toString();
            done(
                    "convert",
                    Models.tinyStories(),
                    out,
                    "--type",
                    "int4",
                    "--method",
                    method,
                    "--corpus",
                    text,
                    "--ctx",
                    "64",
                    "--chunks",
                    "4");
            assertTrue(done("run", out, "-p", "Once upon", "-n", "8", "--greedy", "--quiet")
                            .out()
                            .length()
                    > 8);
        }
        String out = folder.resolve("x.gguf").toString();
        assertEquals(
                2,
                keiryo("convert", Models.tinyStories(), out, "--method", "gptq").exit());
        assertEquals(
                2,
                keiryo("convert", Models.tinyStories(), out, "--corpus", text).exit());
        Output plain = keiryo(
                "convert",
                Models.tinyStories(),
                out,
                "--method",
                "gptq",
                "--type",
                "f16",
                "--corpus",
                text,
                "--ctx",
                "64");
        assertEquals(1, plain.exit());
        assertTrue(plain.err().contains("nothing to do"), plain.err());
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        String bad = Files.writeString(folder.resolve("bad"), "no matrix").toString();
        Output output =
                keiryo("convert", Models.tinyStories(), folder.resolve("x.gguf").toString(), "--imatrix", bad);
        assertEquals(1, output.exit());
        assertTrue(output.err().contains("importance matrix"), output.err());
        output = keiryo("imatrix", Models.tinyStories(), folder.resolve("m").toString(), "--file", bad);
        assertEquals(1, output.exit());
        assertTrue(output.err().contains("longer text"), output.err());
    }
}
