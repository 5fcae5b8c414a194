package dev.keiryo.hub;

import static dev.keiryo.hub.HubServer.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ResolveTest {
    @TempDir
    Path folder;

    private HubServer server;

    @BeforeEach
    void start() throws IOException {
        server = new HubServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Path resolve(boolean offline, String name) throws IOException, InterruptedException {
        HubSettings settings = new HubSettings(
                server.endpoint(),
                folder.resolve("cache"),
                null,
                offline,
                List.of(folder.resolve("none"), folder.resolve("models")),
                Duration.ofMillis(1));
        try (Hub hub = new Hub(settings, Progress.NONE)) {
            return hub.resolve(name);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void safetensors() {
        server.small("config.json", bytes("{}"));
        server.small("tokenizer.json", bytes("{ }"));
        server.small(
                "model.safetensors.index.json",
                bytes(
                        "{\"weight_map\":{\"a\":\"model-00001-of-00002.safetensors\",\"b\":\"model-00002-of-00002.safetensors\"}}"));
        server.large("model-00001-of-00002.safetensors", bytes("one"));
        server.large("model-00002-of-00002.safetensors", bytes("two"));
    }

    @Test
    void pullsOnceThenAsksNobody() throws Exception {
        safetensors();
        Path model = resolve(false, "acme/tiny");
        assertEquals(folder.resolve("cache/models--acme--tiny/snapshots/" + HubServer.COMMIT), model);
        int before = server.requests.size();
        assertEquals(model, resolve(false, "acme/tiny"));
        assertEquals(model, resolve(true, "acme/tiny"));
        assertEquals(model, resolve(true, "acme/tiny@" + HubServer.COMMIT));
        assertEquals(before, server.requests.size());
    }

    @Test
    void completesWhatOthersFetchedInPart() throws Exception {
        safetensors();
        Path model = resolve(false, "acme/tiny");
        for (String missing : List.of("model-00002-of-00002.safetensors", "tokenizer.json", "config.json")) {
            Files.delete(model.resolve(missing));
            assertEquals(model, resolve(false, "acme/tiny"));
            assertTrue(Files.exists(model.resolve(missing)), missing);
        }
    }

    @Test
    void offlineSaysWhatIsMissing() {
        HubException e = assertThrows(HubException.class, () -> resolve(true, "acme/tiny"));
        assertEquals(
                "acme/tiny is not in " + folder.resolve("cache")
                        + ", and HF_HUB_OFFLINE is set: unset it, or pull the model while online",
                message(e));
        assertTrue(server.requests.isEmpty());
    }

    @Test
    void choosesOneGguf() throws Exception {
        for (String name : List.of("F16", "Q2_K", "Q4_K_M", "Q8_0")) {
            server.large("tiny-" + name + ".gguf", bytes(name));
        }
        server.small("README.md", bytes("read"));
        assertEquals(
                "tiny-Q4_K_M.gguf", resolve(false, "acme/tiny").getFileName().toString());
        assertEquals(
                "tiny-Q8_0.gguf", resolve(false, "acme/tiny:q8_0").getFileName().toString());
        assertEquals(
                "tiny-F16.gguf",
                resolve(false, "acme/tiny:*F16.gguf").getFileName().toString());
        assertTrue(server.transfers("tiny-Q2_K.gguf").isEmpty());
        assertEquals(
                "tiny-Q8_0.gguf", resolve(true, "acme/tiny:Q8_0").getFileName().toString());
        assertThrows(HubException.class, () -> resolve(true, "acme/tiny:Q2_K"));
    }

    @Test
    void allShardsOfAGguf() throws Exception {
        for (String file : List.of("q/t-Q8_0-00001-of-00002.gguf", "q/t-Q8_0-00002-of-00002.gguf", "q/t-F32.gguf")) {
            server.large(file, bytes(file));
        }
        Path first = resolve(false, "acme/tiny");
        assertTrue(first.endsWith("q/t-Q8_0-00001-of-00002.gguf"), first.toString());
        Path second = first.resolveSibling("t-Q8_0-00002-of-00002.gguf");
        Files.delete(second);
        assertEquals(first, resolve(false, "acme/tiny"));
        assertTrue(Files.exists(second));
    }

    @Test
    void ownFoldersComeFirst() throws Exception {
        Path model = Files.createDirectories(folder.resolve("models/tiny"));
        Files.write(model.resolve("config.json"), bytes("{}"));
        Files.write(model.resolve("tiny.Q8_0.gguf"), bytes("GGUF"));
        assertEquals(model, resolve(false, "acme/tiny"));
        assertEquals(model.resolve("tiny.Q8_0.gguf"), resolve(false, "acme/tiny:Q8_0"));
        Files.delete(model.resolve("config.json"));
        assertEquals(model.resolve("tiny.Q8_0.gguf"), resolve(false, "acme/tiny"));
        assertTrue(server.requests.isEmpty());
    }
}
