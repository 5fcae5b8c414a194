package dev.keiryo.calibrate;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/** The text that llama.cpp's figures are of, and what follows it. */
final class Shakespeare {
    private Shakespeare() {}

    /** {@code tr '\n' ' ' < tinyshakespeare.txt | tr -cd "A-Za-z ,.!?'" | tr -s ' '}, characters {@code [from, to)}. */
    static String text(int from, int to) throws IOException {
        byte[] bytes = Files.readAllBytes(TestData.path("corpora/en/tinyshakespeare.txt"));
        return new String(bytes, StandardCharsets.US_ASCII)
                .replace('\n', ' ')
                .replaceAll("[^A-Za-z ,.!?']", "")
                .replaceAll(" +", " ")
                .substring(from, to);
    }
}
