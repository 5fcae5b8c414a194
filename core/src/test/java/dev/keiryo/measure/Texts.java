package dev.keiryo.measure;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/** Texts that models are measured on. */
final class Texts {
    private Texts() {}

    /**
     * 60,000 characters of Shakespeare in the few that the small vocabularies know (llama.cpp ends where one is missing):
     * {@code head -c 300000 tinyshakespeare.txt | tr '\n' ' ' | tr -cd "A-Za-z ,.!?'" | tr -s ' ' | head -c 60000}.
     */
    static String shakespeare() throws IOException {
        byte[] bytes = Files.readAllBytes(TestData.path("corpora/en/tinyshakespeare.txt"));
        return new String(bytes, 0, 300_000, StandardCharsets.US_ASCII)
                .replace('\n', ' ')
                .replaceAll("[^A-Za-z ,.!?']", "")
                .replaceAll(" +", " ")
                .substring(0, 60_000);
    }
}
