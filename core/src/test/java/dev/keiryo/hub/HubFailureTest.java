package dev.keiryo.hub;

import static dev.keiryo.hub.HubServer.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HubFailureTest {
    private static final String API = "/api/models/acme/tiny/";
    private static final String SHA1 = "a".repeat(40);

    @TempDir
    Path folder;

    private HubServer server;
    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        server = new HubServer();
        server.small("config.json", "{}".getBytes(StandardCharsets.UTF_8));
        server.large("model.safetensors", new byte[100]);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Path pull(URI endpoint, @Nullable String token, String name) throws IOException, InterruptedException {
        HubSettings settings =
                new HubSettings(endpoint, folder.resolve("cache"), token, false, List.of(), Duration.ofMillis(1));
        Progress progress = new Progress() {
            @Override
            public void begin(int files, long bytes) {}

            @Override
            public void update(String file, long done, long size) {}

            @Override
            public void note(String line) {
                notes.add(line);
            }
        };
        try (Hub hub = new Hub(settings, progress)) {
            return hub.pull(RepoName.parse(name), List.of());
        }
    }

    private String failure(@Nullable String token, String name) {
        return message(assertThrows(HubException.class, () -> pull(server.endpoint(), token, name)));
    }

    @Test
    void gatedModelsSayWhereToAcceptTheLicence() {
        server.fault(API, 403, Map.of("X-Error-Code", "GatedRepo", "X-Error-Message", "Access to model is restricted"));
        assertEquals(
                "acme/tiny is gated: accept its licence at " + server.endpoint()
                        + "/acme/tiny and set HF_TOKEN to a token of the account that accepted it:"
                        + " 'Access to model is restricted'",
                failure("hf_x", "acme/tiny"));
        server.fault("/resolve/", 401, Map.of("X-Error-Code", "GatedRepo"));
        String file = failure(null, "acme/tiny");
        assertTrue(file.contains("is gated") && file.contains("set HF_TOKEN to an access token"), file);
    }

    @Test
    void unauthorizedSaysToSetOrRenewTheToken() {
        server.fault(API, 401, Map.of());
        assertEquals("acme/tiny needs a login: set HF_TOKEN to an access token", failure(null, "acme/tiny"));
        server.fault(API, 401, Map.of("X-Error-Message", "Invalid credentials"));
        String refused = failure("hf_old", "acme/tiny");
        assertTrue(refused.startsWith("the hub refuses the access token (HF_TOKEN)"), refused);
        assertFalse(refused.contains("hf_old"), "a token must not be printed");
    }

    @Test
    void missingThingsAreNamed() {
        server.fault(API, 401, Map.of("X-Error-Code", "RepoNotFound"));
        assertEquals(
                "acme/tiny: no such model at " + server.endpoint()
                        + "; check the name, or, if it is private, set HF_TOKEN",
                failure(null, "acme/tiny"));
        server.fault(API, 404, Map.of("X-Error-Code", "RevisionNotFound"));
        assertTrue(failure(null, "acme/tiny@v9").startsWith("acme/tiny has no revision 'v9'"));
        server.fault("/resolve/", 404, Map.of("X-Error-Code", "EntryNotFound"));
        assertTrue(failure(null, "acme/tiny").endsWith(": the hub has no such file"));
    }

    @Test
    void aRevisionIsOneStepOfTheAddress() throws Exception {
        pull(server.endpoint(), null, "acme/tiny@refs/pr/7");
        assertTrue(server.requests.stream().anyMatch(r -> r.path().startsWith(API + "revision/refs%2Fpr%2F7?")));
        assertEquals(HubServer.COMMIT, Files.readString(folder.resolve("cache/models--acme--tiny/refs/refs/pr/7")));
    }

    @Test
    void waitsAsLongAsTheHubAsks() throws Exception {
        server.fault(API, 429, Map.of("Retry-After", "1"));
        server.fault(API, 503, Map.of());
        long start = System.nanoTime();
        pull(server.endpoint(), null, "acme/tiny");
        assertTrue(System.nanoTime() - start >= 1_000_000_000L, "Retry-After: 1");
        assertEquals(2, notes.size());
        assertTrue(
                notes.getFirst().contains("answered 429 (too many requests); trying again in 1 s"), notes.getFirst());
    }

    @Test
    void asksAgainWhereASignedAddressExpired() throws Exception {
        server.fault("/store/model", 403, Map.of());
        pull(server.endpoint(), null, "acme/tiny");
        assertEquals(2, server.transfers("model.safetensors").size());
    }

    @Test
    void doesNotRetryForEver() {
        for (int i = 0; i < 20; i++) {
            server.fault(API, 500, Map.of());
        }
        IOException e = assertThrows(IOException.class, () -> pull(server.endpoint(), null, "acme/tiny"));
        assertTrue(message(e).contains("answered 500"), message(e));
        assertEquals(5, server.requests.size());
    }

    @Test
    void unreachableHubSaysSo() {
        URI gone = server.endpoint();
        server.close();
        IOException e = assertThrows(IOException.class, () -> pull(gone, null, "acme/tiny"));
        assertTrue(message(e).startsWith("cannot reach " + gone), message(e));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../evil.json", "/etc/evil.json", "a/../../evil.json", "a//evil.json", "./evil.json", "..\\\\evil.json",
                "C:evil.json", "a/..", "", "evil.json\\u0000", "a/evil.json/", "\\u001b[31mevil.json"
            })
    void hostilePathsFetchNothing(String path) throws IOException {
        server.listing = "{\"sha\":\"" + HubServer.COMMIT + "\",\"siblings\":[{\"rfilename\":\"" + path
                + "\",\"size\":1,\"blobId\":\"" + SHA1 + "\"}]}";
        refused("would leave the model's folder");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"sha\":\"../../x\",\"siblings\":[]}",
                "{\"sha\":\"C\"}",
                "{\"sha\":\"C\",\"siblings\":[{\"rfilename\":\"a\",\"size\":1,\"blobId\":\"../../../etc/x\"}]}",
                "{\"sha\":\"C\",\"siblings\":[{\"rfilename\":\"a\",\"size\":-1,\"blobId\":\"B\"}]}",
                "{\"sha\":\"C\",\"siblings\":[{\"rfilename\":\"a\",\"size\":1e99,\"blobId\":\"B\"}]}",
                "{\"sha\":\"C\",\"siblings\":[{\"rfilename\":\"a\",\"size\":1}]}",
                "{\"sha\":\"C\",\"siblings\":[{\"rfilename\":\"a\",\"size\":1,\"blobId\":\"B\"},{\"rfilename\":\"a\",\"size\":1,\"blobId\":\"B\"}]}",
                "{\"sha\":\"C\",\"siblings\":[{\"rfilename\":\"a\",\"size\":1,\"blobId\":\"B\"},{\"rfilename\":\"a/b\",\"size\":1,\"blobId\":\"B\"}]}",
                "<html>",
                "",
                "[]",
                "null",
                "{\"sha\":\"C\",\"siblings\":[7]}"
            })
    void malformedListsFetchNothing(String json) throws IOException {
        server.listing = json.replace("\"C\"", "\"" + HubServer.COMMIT + "\"").replace("\"B\"", "\"" + SHA1 + "\"");
        refused("");
    }

    private void refused(String message) throws IOException {
        FormatException e = assertThrows(FormatException.class, () -> pull(server.endpoint(), null, "acme/tiny"));
        assertTrue(message(e).contains(message), message(e));
        assertTrue(message(e).chars().noneMatch(Character::isISOControl), "fit for a terminal");
        try (Stream<Path> files = Files.walk(folder)) {
            assertEquals(0, files.filter(Files::isRegularFile).count(), "nothing may be written");
        }
    }

    @Test
    void mutatedListsEndInTheFormatException() throws IOException {
        byte[] valid = ("{\"sha\":\"" + HubServer.COMMIT
                        + "\",\"siblings\":[{\"rfilename\":\"model.safetensors\",\"size\":12,"
                        + "\"lfs\":{\"sha256\":\"" + "b".repeat(64)
                        + "\",\"size\":12}},{\"rfilename\":\"config.json\",\"size\":3,"
                        + "\"blobId\":\"" + SHA1 + "\"}]}")
                .getBytes(StandardCharsets.UTF_8);
        assertEquals(2, Listing.parse("hub", valid).files().size());
        Random random = new Random(5);
        for (int i = 0; i < 5_000; i++) {
            byte[] mutated = valid.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
            }
            try {
                for (RemoteFile file : Listing.parse("hub", mutated).files()) {
                    Path resolved = folder.resolve(file.path()).normalize();
                    assertTrue(resolved.startsWith(folder) && !resolved.equals(folder), file.path());
                }
            } catch (FormatException expected) {
                assertTrue(message(expected).startsWith("hub: "), message(expected));
            }
        }
    }

    @Test
    void aFullDiskIsNoticedBeforehand() {
        server.listing =
                "{\"sha\":\"" + HubServer.COMMIT + "\",\"siblings\":[{\"rfilename\":\"model.safetensors\",\"size\":"
                        + (1L << 60) + ",\"lfs\":{\"sha256\":\"" + "b".repeat(64) + "\"}}]}";
        String message = failure(null, "acme/tiny");
        assertTrue(message.startsWith("1152921504.6 GB are to be fetched, but"), message);
    }

    @Test
    void redirectsMustBeSafeAddresses() {
        server.fault("/resolve/", 302, Map.of("Location", "file:///etc/passwd"));
        String message = failure(null, "acme/tiny");
        assertTrue(message.contains("redirects to what is no safe address: 'file:///etc/passwd'"), message);
        for (int i = 0; i < 11; i++) {
            server.fault(API, 302, Map.of("Location", API + "loop"));
        }
        assertTrue(failure(null, "acme/tiny").contains("more than 10 redirects"));
    }
}
