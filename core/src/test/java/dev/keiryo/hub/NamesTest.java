package dev.keiryo.hub;

import static dev.keiryo.hub.HubServer.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What names, globs and environment variables mean. */
class NamesTest {
    @TempDir
    Path home;

    @Test
    void readsNames() throws HubException {
        assertEquals(new RepoName("Qwen", "Qwen3-0.6B", "main", null), RepoName.parse("Qwen/Qwen3-0.6B"));
        assertEquals(new RepoName("a", "b", "refs/pr/1", "*.gguf"), RepoName.parse("a/b@refs/pr/1:*.gguf"));
        assertEquals("a/b@v1:Q8_0", RepoName.parse("a/b@v1:Q8_0").toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a", "a/b/c", "../b", "a/..", "a/b@../../x", "a/b@/etc", "/a/b", "a b/c", "a/b@", "", "a/b:"})
    void refusesWhatIsNoName(String text) {
        assertThrows(HubException.class, () -> RepoName.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "*.json, a/b.json, true",
        "*.json, a.jsonl, false",
        "model-0000[12]*, model-00002-of-3, true",
        "model-0000[!12]*, model-00002-of-3, false",
        "?.txt, ab.txt, false",
        "a.b, axb, false",
        "Q4_K, x-q4_k.gguf, true",
        "Q4_K, x-Q4_K_M.gguf, false",
        "Q4_K_M, dir/x.Q4_K_M.gguf, true",
        "Q4_0, x-IQ4_0.gguf, false",
        "[z-a].x, b.x, false"
    })
    void globs(String glob, String path, boolean matches) {
        assertEquals(matches, Selection.glob(glob).test(path));
    }

    @Test
    void choosesWhatALoaderNeeds() throws HubException {
        assertEquals(
                List.of("config.json", "model.safetensors", "tokenizer.model", "vocab.txt", "1_Pooling/config.json"),
                Selection.byDefault(
                        "a/b",
                        List.of(
                                "config.json",
                                "consolidated.safetensors",
                                "model.safetensors",
                                "pytorch_model.bin",
                                "onnx/model.onnx",
                                "onnx/config.json",
                                "tokenizer.model",
                                "vocab.txt",
                                "README.md",
                                "1_Pooling/config.json",
                                "b.Q4_K_M.gguf",
                                ".gitattributes")));
        assertEquals(
                List.of("b.Q8_0.gguf"),
                Selection.byDefault("a/b", List.of("config.json", "b.F16.gguf", "b.Q8_0.gguf", "mmproj-Q4_K_M.gguf")));
        HubException e = assertThrows(
                HubException.class, () -> Selection.byDefault("a/b", List.of("config.json", "pytorch_model.bin")));
        assertTrue(message(e).startsWith("a/b has no safetensors or GGUF weights"), message(e));
    }

    private HubSettings settings(Map<String, String> env) throws IOException {
        return HubSettings.fromEnvironment(env, home);
    }

    @Test
    void cacheFolder() throws IOException {
        assertEquals(home.resolve(".cache/huggingface/hub"), settings(Map.of()).cache());
        assertEquals(
                Path.of("/x/huggingface/hub"),
                settings(Map.of("XDG_CACHE_HOME", "/x")).cache());
        assertEquals(
                Path.of("/h/hub"),
                settings(Map.of("XDG_CACHE_HOME", "/x", "HF_HOME", "/h")).cache());
        assertEquals(
                Path.of("/c"),
                settings(Map.of("HF_HOME", "/h", "HF_HUB_CACHE", "/c")).cache());
        assertEquals(home.resolve("hf/hub"), settings(Map.of("HF_HOME", "~/hf")).cache());
    }

    @Test
    void token() throws IOException {
        assertNull(settings(Map.of()).token());
        assertEquals(
                "a",
                settings(Map.of("HF_TOKEN", " a\n", "HUGGINGFACE_TOKEN", "b")).token());
        assertEquals(
                "b", settings(Map.of("HF_TOKEN", "", "HUGGINGFACE_TOKEN", "b")).token());
        assertEquals("c", settings(Map.of("HUGGING_FACE_HUB_TOKEN", "c")).token());
        Files.createDirectories(home.resolve(".cache/huggingface"));
        Files.writeString(home.resolve(".cache/huggingface/token"), "d\n");
        HubSettings stored = settings(Map.of());
        assertEquals("d", stored.token());
        assertFalse(stored.toString().contains("token=d"), "a token must not be printed");
        assertThrows(HubException.class, () -> settings(Map.of("HF_TOKEN", "a\nX-Evil: 1")));
    }

    @Test
    void endpointOfflineAndFolders() throws IOException {
        assertEquals(URI.create("https://huggingface.co"), settings(Map.of()).endpoint());
        assertEquals(
                URI.create("http://m:8080/hf"),
                settings(Map.of("HF_ENDPOINT", "http://m:8080/hf/")).endpoint());
        assertThrows(HubException.class, () -> settings(Map.of("HF_ENDPOINT", "mirror")));
        assertThrows(HubException.class, () -> settings(Map.of("HF_ENDPOINT", "http://a b")));
        assertFalse(settings(Map.of("HF_HUB_OFFLINE", "0")).offline());
        assertTrue(settings(Map.of("HF_HUB_OFFLINE", "1")).offline());
        assertTrue(settings(Map.of("HF_HUB_OFFLINE", "true")).offline());
        assertEquals(
                List.of(Path.of("/a"), Path.of("/b")),
                settings(Map.of("KEIRYO_MODELS", "/a" + java.io.File.pathSeparator + "/b"))
                        .modelFolders());
    }
}
