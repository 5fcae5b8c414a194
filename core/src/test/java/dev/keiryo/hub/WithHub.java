package dev.keiryo.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A hub with a small model, and an empty cache. */
@Timeout(60)
abstract class WithHub {
    static final RepoName REPO = new RepoName("acme", "tiny", RepoName.MAIN, null);

    static final String WEIGHTS = "model.safetensors";

    static final byte[] CONTENT = random(1_000_003);

    @TempDir
    Path cache;

    HubServer server;

    @BeforeEach
    void start() throws IOException {
        server = new HubServer();
        server.small("config.json", "{\"model_type\":\"llama\"}".getBytes(StandardCharsets.UTF_8));
        server.small("tokenizer.json", random(5000));
        server.large(WEIGHTS, CONTENT);
        server.large("pytorch_model.bin", random(10));
        server.small("README.md", random(10));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    HubSettings settings(URI endpoint, @Nullable String token) {
        return new HubSettings(endpoint, cache, token, false, List.of(), Duration.ofMillis(1));
    }

    Path pull() throws IOException, InterruptedException {
        try (Hub hub = new Hub(settings(server.endpoint(), "hf_secret"), Progress.NONE)) {
            return hub.pull(REPO, List.of());
        }
    }

    Path incomplete() {
        return cache.resolve("models--acme--tiny/blobs/" + server.etag(WEIGHTS) + ".incomplete");
    }
}
