package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerFiles;
import dev.keiryo.train.data.TokenFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code keiryo primer}, and its texts on the way to a token file. */
class PrimerTest {
    @TempDir
    private Path folder = Path.of("");

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    @Test
    void textsBecomeTokens() throws Exception {
        String[] command = {"primer", file("a.txt"), "--texts", "300", "--seed", "8", "--chat-template", file("t.jinja")
        };
        done(command);
        command[1] = file("b.txt");
        done(command);
        assertArrayEquals(Files.readAllBytes(folder.resolve("a.txt")), Files.readAllBytes(folder.resolve("b.txt")));
        assertTrue(Files.readString(folder.resolve("t.jinja")).contains("<|assistant|>"));

        List<String> train = new ArrayList<>(List.of(
                "tokenizer-train",
                file("a.txt"),
                "--type",
                "bpe",
                "--vocab",
                "600",
                "--single-digits",
                "--eos",
                "<|endoftext|>",
                "--out",
                file("tokenizer")));
        for (String token : List.of("<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>")) {
            train.addAll(List.of("--special", token));
        }
        done(train.toArray(String[]::new));
        Tokenizer tokenizer = TokenizerFiles.open(folder.resolve("tokenizer"));
        int[] ids = tokenizer.encode("What is 123 + 45?", Tokenizer.SpecialTokens.LITERAL, false);
        for (int id : ids) {
            String piece = tokenizer.decode(new int[] {id}, false);
            assertTrue(piece.chars().filter(Character::isDigit).count() <= 1, piece);
        }

        done(
                "data",
                file("a.txt"),
                "--documents",
                "separator=<|endoftext|>",
                "--filters",
                "none",
                "--special-tokens",
                "--validation",
                "0",
                "--tokenizer",
                file("tokenizer"),
                "--out",
                file("data"));
        try (TokenFile tokens = TokenFile.open(folder.resolve("data/train.tokens"))) {
            assertEquals(300, tokens.documents());
            boolean chat = false;
            for (int i = 0; i < 300; i++) {
                long next = i + 1 < 300 ? tokens.start(i + 1) : tokens.tokens();
                assertEquals(tokenizer.id("<|endoftext|>"), tokens.id(next - 1));
                chat |= tokens.id(tokens.start(i)) == tokenizer.id("<|user|>");
            }
            assertTrue(chat);
        }
    }
}
