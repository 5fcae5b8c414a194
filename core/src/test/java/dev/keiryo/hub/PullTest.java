package dev.keiryo.hub;

import static dev.keiryo.hub.HubServer.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PullTest extends WithHub {
    @Test
    void laysTheCacheOutAsOtherProgramsDo() throws Exception {
        Path snapshot = pull();

        Path repo = cache.resolve("models--acme--tiny");
        assertEquals(repo.resolve("snapshots/0123456789abcdef0123456789abcdef01234567"), snapshot);
        assertEquals("0123456789abcdef0123456789abcdef01234567", Files.readString(repo.resolve("refs/main")));
        // git hash-object of {"model_type":"llama"}, and sha256sum of the weights
        assertEquals(
                Path.of("../../blobs/" + server.etag("config.json")),
                Files.readSymbolicLink(snapshot.resolve("config.json")));
        assertEquals(Path.of("../../blobs/" + server.etag(WEIGHTS)), Files.readSymbolicLink(snapshot.resolve(WEIGHTS)));
        assertArrayEquals(CONTENT, Files.readAllBytes(snapshot.resolve(WEIGHTS)));
        try (Stream<Path> files = Files.walk(repo)) {
            assertEquals(
                    List.of(
                            "blobs/" + server.etag(WEIGHTS),
                            "blobs/" + server.etag("config.json"),
                            "blobs/" + server.etag("tokenizer.json"),
                            "refs/main",
                            "snapshots/" + HubServer.COMMIT + "/config.json",
                            "snapshots/" + HubServer.COMMIT + "/model.safetensors",
                            "snapshots/" + HubServer.COMMIT + "/tokenizer.json"),
                    files.filter(Files::isRegularFile)
                            .map(p -> repo.relativize(p).toString())
                            .sorted(java.util.Comparator.comparing((String s) -> s.startsWith("blobs") ? order(s) : 10)
                                    .thenComparing(s -> s))
                            .toList());
        }
        assertTrue(Files.exists(cache.resolve(".locks/models--acme--tiny/" + server.etag(WEIGHTS) + ".lock")));
    }

    private int order(String blob) {
        return List.of(WEIGHTS, "config.json", "tokenizer.json").stream()
                .map(server::etag)
                .toList()
                .indexOf(blob.substring("blobs/".length()));
    }

    /** The figure is git's: printf '{"model_type":"llama"}' | git hash-object --stdin. */
    @Test
    void namesSmallBlobsAsGitDoes() throws Exception {
        pull();
        assertTrue(Files.exists(cache.resolve("models--acme--tiny/blobs/0972e95c1405cc1507c19dcbe784f7a36c930907")));
    }

    @Test
    void showsTheTokenToTheHubOnly() throws Exception {
        pull();
        for (HubServer.Request request : server.requests) {
            if (request.host().equals("hub")) {
                assertEquals("Bearer hf_secret", request.authorization(), request.path());
            } else {
                assertNull(request.authorization(), request.path());
            }
        }
        assertEquals(1, server.transfers(WEIGHTS).size());
    }

    @Test
    void followsRelativeRedirectsOfRenamedModels() throws Exception {
        server.redirectedRepo = "acme/renamed";
        Path snapshot = pull();
        assertArrayEquals(CONTENT, Files.readAllBytes(snapshot.resolve(WEIGHTS)));
        assertTrue(server.requests.stream()
                .filter(r -> r.path().startsWith("/acme/renamed/"))
                .allMatch(r -> "Bearer hf_secret".equals(r.authorization())));
    }

    @Test
    void secondPullFetchesNothing() throws Exception {
        pull();
        server.requests.clear();
        pull();
        assertEquals(1, server.requests.size(), "the list alone");
    }

    @Test
    void interruptStopsAtOnceAndTheNextPullContinues() throws Exception {
        CountDownLatch half = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        server.midway.put(WEIGHTS, () -> {
            half.countDown();
            await(never);
        });
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread puller = new Thread(() -> {
            try {
                pull();
            } catch (Throwable t) {
                thrown.set(t);
            }
        });
        puller.start();
        half.await();
        awaitSize(CONTENT.length / 2);
        puller.interrupt();
        assertTrue(puller.join(Duration.ofSeconds(5)), "an interrupted pull must end");
        never.countDown();
        assertInstanceOf(InterruptedException.class, thrown.get());
        assertFalse(Files.exists(cache.resolve("models--acme--tiny/snapshots")), "nothing may look finished");

        server.midway.clear();
        Path snapshot = pull();
        assertArrayEquals(CONTENT, Files.readAllBytes(snapshot.resolve(WEIGHTS)));
        assertEquals("bytes=500001-", server.transfers(WEIGHTS).getLast().range());
    }

    @Test
    void continuesAfterAKilledProcess() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        server.midway.put(WEIGHTS, () -> await(never));
        Process process = pullInAnotherProcess();
        awaitSize(CONTENT.length / 2);
        process.destroyForcibly().waitFor();
        never.countDown();

        server.midway.clear();
        Path snapshot = pull();
        assertArrayEquals(CONTENT, Files.readAllBytes(snapshot.resolve(WEIGHTS)));
        assertEquals("bytes=500001-", server.transfers(WEIGHTS).getLast().range());
    }

    @Test
    void twoProcessesFetchEachFileOnce() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        server.midway.put(WEIGHTS, () -> await(go));
        Process process = pullInAnotherProcess();
        awaitSize(CONTENT.length / 2);
        FutureTask<Path> here = new FutureTask<>(this::pull);
        Thread.ofVirtual().start(here);
        FutureTask<Path> too = new FutureTask<>(this::pull);
        Thread.ofVirtual().start(too);
        Thread.sleep(200); // time to do it wrong
        assertFalse(here.isDone());
        go.countDown();
        assertEquals(0, process.waitFor());
        assertEquals(here.get(10, TimeUnit.SECONDS), too.get(10, TimeUnit.SECONDS));
        assertEquals(1, server.transfers(WEIGHTS).size());
        assertEquals(1, server.transfers("tokenizer.json").size());
    }

    private Process pullInAnotherProcess() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Puller.class.getName(),
                        server.endpoint().toString(),
                        cache.toString())
                .inheritIO()
                .start();
    }

    /** A process that pulls, for tests that kill it. */
    static final class Puller {
        private Puller() {}

        public static void main(String[] args) throws Exception {
            HubSettings settings = new HubSettings(
                    URI.create(args[0]), Path.of(args[1]), null, false, List.of(), Duration.ofMillis(1));
            try (Hub hub = new Hub(settings, Progress.NONE)) {
                hub.pull(REPO, List.of());
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitSize(long size) throws Exception {
        while (!Files.exists(incomplete()) || Files.size(incomplete()) < size) {
            Thread.sleep(5);
        }
    }

    @Test
    void fetchesSeveralFilesAtOnce() throws Exception {
        server.large("model-2.safetensors", random(2000));
        CountDownLatch both = new CountDownLatch(2);
        Runnable meet = () -> {
            both.countDown();
            await(both); // never ends unless the other transfer is under way too
        };
        server.midway.put(WEIGHTS, meet);
        server.midway.put("model-2.safetensors", meet);
        pull();
    }

    @Test
    void tellsHowFarItIs() throws Exception {
        Map<String, Long> done = new ConcurrentHashMap<>();
        AtomicReference<String> began = new AtomicReference<>();
        Progress progress = new Progress() {
            @Override
            public void begin(int files, long bytes) {
                began.set(files + " files, " + bytes + " bytes");
            }

            @Override
            public void update(String file, long bytes, long size) {
                assertTrue(bytes <= size);
                done.put(file, bytes);
            }

            @Override
            public void note(String line) {}
        };
        try (Hub hub = new Hub(settings(server.endpoint(), null), progress)) {
            hub.pull(REPO, List.of("*.json"));
        }
        assertEquals("2 files, 5022 bytes", began.get());
        assertEquals(Map.of("config.json", 22L, "tokenizer.json", 5000L), done);
    }

    @Test
    void pullsByGlob() throws Exception {
        server.large("onnx/model.onnx", random(300));
        try (Hub hub = new Hub(settings(server.endpoint(), null), Progress.NONE)) {
            Path snapshot = hub.pull(REPO, List.of("*.onnx", "README*"));
            assertEquals(
                    Path.of("../../../blobs/" + server.etag("onnx/model.onnx")),
                    Files.readSymbolicLink(snapshot.resolve("onnx/model.onnx")));
            assertEquals(List.of("README.md", "onnx/model.onnx"), RepoCache.files(snapshot));
            HubException e = assertThrows(HubException.class, () -> hub.pull(REPO, List.of("*.gguf")));
            assertTrue(message(e).startsWith("acme/tiny has no file that matches [*.gguf], only "), message(e));
        }
    }

    @Test
    void copiesWhereLinksAreNotPossible() throws Exception {
        try (FileSystem zip = FileSystems.newFileSystem(cache.resolve("links.zip"), Map.of("create", "true"))) {
            RemoteFile file = new RemoteFile("a/b.json", 3, "a".repeat(40));
            RepoCache repo = new RepoCache(zip.getPath("/cache"), REPO);
            Files.createDirectories(repo.blob(file.etag()).getParent());
            Files.write(repo.blob(file.etag()), new byte[] {1, 2, 3});
            repo.link(HubServer.COMMIT, file);
            repo.link(HubServer.COMMIT, file);
            Path copy = repo.snapshot(HubServer.COMMIT).resolve("a/b.json");
            assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(copy));
            assertEquals(List.of("a/b.json"), RepoCache.files(repo.snapshot(HubServer.COMMIT)));
        }
    }
}
