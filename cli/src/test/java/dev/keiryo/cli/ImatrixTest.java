package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

    /** Ranges are found with any method, are used by int8-static, and can be added to a file as it is. */
    @Test
    void smoothQuantAndRangesWriteWhatRuns() throws IOException {
        String text = Files.writeString(
                        folder.resolve("text"),
                        "Once upon a time there was a little girl who loved the park. ".repeat(40))
                .toString();
        String out = folder.resolve("w8a8.gguf").toString();
        String[] corpus = {"--corpus", text, "--ctx", "64", "--chunks", "4"};
        String[][] ways = {
            {"--type", "int8", "--method", "smoothquant", "--activation-range", "max"},
            {"--type", "int8", "--method", "smoothquant", "--alpha", "search", "--activation-range", "mse"},
            {"--type", "int4", "--method", "gptq", "--activation-range", "99.9"},
            {"--type", "q8_0", "--activation-range", "max"}
        };
        String[] run = {"run", "?", "-p", "Once upon", "-n", "8", "--greedy", "--quiet", "--activations", "int8-static"
        };
        for (String[] way : ways) {
            List<String> line = new ArrayList<>(List.of("convert", Models.tinyStories(), out));
            line.addAll(List.of(way));
            line.addAll(List.of(corpus));
            done(line.toArray(String[]::new));
            run[1] = out;
            assertTrue(done(run).out().length() > 8);
        }
        String plain = folder.resolve("plain.gguf").toString();
        done("convert", Models.tinyStories(), plain, "--type", "q8_0");
        run[1] = plain;
        Output without = keiryo(run);
        assertEquals(1, without.exit());
        assertTrue(without.err().contains("--activation-range"), without.err());
        done("convert", plain, out, "--activation-range", "max", "--corpus", text, "--ctx", "64");
        run[1] = out;
        done(run);
        String[][] wrong = {
            {"--type", "int8", "--method", "smoothquant"},
            {"--type", "int8", "--activation-range", "max"},
            {"--type", "int8", "--activation-range", "least", "--corpus", text},
            {"--type", "int8", "--alpha", "0.5", "--method", "awq", "--corpus", text},
            {"--type", "int8", "--alpha", "1.5", "--method", "smoothquant", "--corpus", text}
        };
        for (String[] way : wrong) {
            List<String> line = new ArrayList<>(List.of("convert", Models.tinyStories(), out));
            line.addAll(List.of(way));
            assertEquals(2, keiryo(line.toArray(String[]::new)).exit(), line.toString());
        }
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
