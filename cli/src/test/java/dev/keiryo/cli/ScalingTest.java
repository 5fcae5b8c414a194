package dev.keiryo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.train.scaling.LawFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ScalingTest {
    @TempDir
    private Path folder;

    /** Words that follow each other by a few rules. */
    private static String text() {
        String[] words = {"the", "cat", "sat", "on", "a", "mat", "and", "dog", "ran", "to", "house", "of", "red", "big"
        };
        Random random = new Random(4);
        StringBuilder text = new StringBuilder();
        int word = 0;
        for (int i = 0; i < 9000; i++) {
            word = (word * 3 + random.nextInt(3)) % words.length;
            text.append(words[word]).append(random.nextInt(12) == 0 ? ". " : " ");
        }
        return text.toString();
    }

    @Test
    void fitsALadderAndGoesOnAndPlansByIt() throws Exception {
        Path file = folder.resolve("text.txt");
        Files.writeString(file, text());
        Path tokenizer = folder.resolve("tokenizer");
        Output.done(
                "tokenizer-train", "--type", "bpe", "--vocab", "300", "--out", tokenizer.toString(), file.toString());
        Path out = folder.resolve("ladder");
        String[] command = {
            "scaling",
            "--data",
            file.toString(),
            "--tokenizer",
            tokenizer.toString(),
            "--out",
            out.toString(),
            "--sizes",
            "1x32,2x32,1x64,2x64",
            "--held-out",
            "2x96",
            "--train-steps",
            "10,20,40",
            "--batch",
            "4",
            "--length",
            "32",
            "--bootstrap",
            "20",
            "--json",
            "--learning-rate",
            "4e-3"
        };
        String said = Output.done(command).out();
        JsonNode root = JsonMapper.shared().readTree(said);
        assertEquals(12, root.path("points").size());
        assertTrue(root.path("law").path("alpha").asDouble() > 0);
        JsonNode held = root.path("heldOut");
        double predicted = LawFile.read(out.resolve("scaling.json"))
                .loss(held.path("parameters").asDouble(), held.path("tokens").asDouble());
        assertEquals(predicted, held.path("predicted").asDouble(), 1e-9);
        assertEquals(
                predicted / held.path("loss").asDouble() - 1, held.path("error").asDouble(), 1e-9);
        // Twelve losses of three numbers of tokens: more tokens, less loss.
        for (int i = 0; i < 12; i += 3) {
            JsonNode points = root.path("points");
            assertTrue(
                    points.path(i).path("loss").asDouble()
                            > points.path(i + 2).path("loss").asDouble(),
                    said);
        }
        assertTrue(Files.readString(out.resolve("index.html")).contains("<svg"));
        // Nothing is trained again, and the same comes of it.
        FileTime before = Files.getLastModifiedTime(out.resolve("2x64-5120/last.gguf"));
        assertEquals(said, Output.done(command).out());
        assertEquals(before, Files.getLastModifiedTime(out.resolve("2x64-5120/last.gguf")));
        Output plan = Output.done(
                "plan",
                "tiny",
                "--train",
                "--flops",
                "1e12",
                "--law",
                out.resolve("scaling.json").toString(),
                "--json");
        JsonNode optimum = JsonMapper.shared().readTree(plan.out());
        assertEquals(
                1e12,
                6
                        * optimum.path("parameters").asDouble()
                        * optimum.path("tokens").asDouble(),
                1e6);
    }

    /** The law that is known was fitted to models of 70 million parameters and more. */
    @Test
    void knowsWhereTheLawEnds() {
        String small = Output.done("plan", "tiny", "--train", "--flops", "1e11").out();
        assertTrue(small.contains("not to be trusted"), small);
    }

    @Test
    void saysWhatIsWrong() {
        Output few = Output.keiryo(
                "scaling", "--data", "x", "--tokenizer", "y", "--out", folder.toString(), "--sizes", "1x32");
        assertEquals(2, few.exit());
        assertTrue(few.err().contains("four"), few.err());
    }
}
