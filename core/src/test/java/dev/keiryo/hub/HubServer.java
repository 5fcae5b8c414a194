package dev.keiryo.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A hub on the loopback interface that speaks the protocol, with one model, a second host for large files, and faults on demand. */
final class HubServer implements AutoCloseable {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    static final String REPO = "acme/tiny";

    /** One request as it arrived. */
    record Request(
            String host,
            String path,
            @Nullable String authorization,
            @Nullable String range) {}

    /** An answer to give instead of the right one. */
    record Fault(int status, Map<String, String> headers) {}

    private record Content(byte[] bytes, boolean large) {}

    final Queue<Request> requests = new ConcurrentLinkedQueue<>();
    /** Given once each, in order, to requests whose path contains the key. */
    final Map<String, Queue<Fault>> faults = new ConcurrentHashMap<>();
    /** Bytes after which a transfer of the file is cut, once each, in order. */
    final Map<String, Queue<Integer>> cuts = new ConcurrentHashMap<>();
    /** Runs in a transfer of the file after half of what it sends. */
    final Map<String, Runnable> midway = new ConcurrentHashMap<>();
    /** Sent instead of the file's content. */
    final Map<String, byte[]> corrupted = new ConcurrentHashMap<>();

    volatile boolean ranges = true;
    volatile @Nullable String listing;
    volatile @Nullable String redirectedRepo;

    private final Map<String, Content> files = new LinkedHashMap<>();
    private final HttpServer hub;
    private final HttpServer storage;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    HubServer() throws IOException {
        hub = start("hub", this::answerAsHub);
        storage = start("storage", this::answerAsStorage);
    }

    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    private HttpServer start(String name, Handler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().toString();
            var headers = exchange.getRequestHeaders();
            requests.add(new Request(name, path, headers.getFirst("Authorization"), headers.getFirst("Range")));
            try (exchange) {
                Fault fault = fault(path);
                if (fault == null) {
                    handler.handle(exchange);
                } else {
                    fault.headers()
                            .forEach((k, v) -> exchange.getResponseHeaders().set(k, v));
                    exchange.sendResponseHeaders(fault.status(), -1);
                }
            }
        });
        server.start();
        return server;
    }

    private @Nullable Fault fault(String path) {
        for (var entry : faults.entrySet()) {
            if (path.contains(entry.getKey())) {
                return entry.getValue().poll();
            }
        }
        return null;
    }

    URI endpoint() {
        return address(hub);
    }

    private static URI address(HttpServer server) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private Content content(String path) {
        return Objects.requireNonNull(files.get(path), path);
    }

    /** The message of an exception that has one. */
    static String message(Throwable e) {
        return Objects.requireNonNull(e.getMessage());
    }

    /** A file kept in git itself, whose etag is git's blob id. */
    void small(String path, byte[] content) {
        files.put(path, new Content(content, false));
    }

    /** A file in large-file storage, whose etag is its SHA-256; served by the second host. */
    void large(String path, byte[] content) {
        files.put(path, new Content(content, true));
    }

    void fault(String path, int status, Map<String, String> headers) {
        faults.computeIfAbsent(path, p -> new ConcurrentLinkedQueue<>()).add(new Fault(status, headers));
    }

    void cut(String path, int after) {
        cuts.computeIfAbsent(path, p -> new ConcurrentLinkedQueue<>()).add(after);
    }

    /** Requests for a file's content at the host that has it. */
    List<Request> transfers(String path) {
        List<Request> found = new ArrayList<>();
        for (Request request : requests) {
            boolean large = content(path).large();
            if (request.path().endsWith("/" + path) && request.host().equals(large ? "storage" : "hub")) {
                found.add(request);
            }
        }
        return found;
    }

    String etag(String path) {
        return etag(content(path));
    }

    private static String etag(Content content) {
        try {
            if (content.large()) {
                return HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(content.bytes()));
            }
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(("blob " + content.bytes().length + "\0").getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(sha1.digest(content.bytes()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private String list() {
        return files.entrySet().stream()
                .map(e -> {
                    Content c = e.getValue();
                    String entry = "{\"rfilename\":\"" + e.getKey() + "\",\"size\":" + c.bytes().length;
                    return c.large()
                            ? entry + ",\"blobId\":\"" + "f".repeat(40) + "\",\"lfs\":{\"sha256\":\"" + etag(c)
                                    + "\",\"size\":" + c.bytes().length + ",\"pointerSize\":135}}"
                            : entry + ",\"blobId\":\"" + etag(c) + "\"}";
                })
                .collect(Collectors.joining(
                        ",", "{\"id\":\"" + REPO + "\",\"sha\":\"" + COMMIT + "\",\"siblings\":[", "]}"));
    }

    private void answerAsHub(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.startsWith("/api/models/" + REPO + "/revision/")) {
            byte[] body = (listing == null ? list() : listing).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            return;
        }
        String prefix = "/" + REPO + "/resolve/" + COMMIT + "/";
        String moved = redirectedRepo;
        if (moved != null && path.startsWith(prefix)) {
            exchange.getResponseHeaders().set("Location", path.replace(REPO, moved)); // relative
            exchange.sendResponseHeaders(307, -1);
            return;
        }
        String name = path.replaceFirst("^/[^/]+/[^/]+/resolve/" + COMMIT + "/", "");
        Content content = files.get(name);
        if (content == null || name.equals(path)) {
            exchange.getResponseHeaders().set("X-Error-Code", "EntryNotFound");
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
        if (content.large()) {
            exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + etag(content) + "\"");
            exchange.getResponseHeaders().set("X-Linked-Size", Integer.toString(content.bytes().length));
            exchange.getResponseHeaders().set("Location", address(storage) + "/store/" + name);
            exchange.sendResponseHeaders(302, -1);
        } else {
            exchange.getResponseHeaders().set("ETag", "\"" + etag(content) + "\"");
            send(exchange, name, content.bytes());
        }
    }

    private void answerAsStorage(HttpExchange exchange) throws IOException {
        String name = exchange.getRequestURI().getPath().substring("/store/".length());
        send(exchange, name, content(name).bytes());
    }

    private void send(HttpExchange exchange, String name, byte[] content) throws IOException {
        byte[] bytes = corrupted.getOrDefault(name, content);
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = 0;
        if (range != null && ranges) {
            from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
        }
        int length = bytes.length - from;
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, length == 0 ? -1 : length);
        OutputStream out = exchange.getResponseBody();
        Queue<Integer> cut = cuts.get(name);
        Integer after = cut == null ? null : cut.poll();
        if (after != null) {
            out.write(bytes, from, Math.min(after, length));
            out.flush();
            return; // the exchange's close then drops the connection
        }
        Runnable pause = midway.get(name);
        if (pause != null) {
            out.write(bytes, from, length / 2);
            out.flush();
            pause.run();
            from += length / 2;
        }
        out.write(bytes, from, bytes.length - from);
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
        threads.shutdownNow();
    }
}
