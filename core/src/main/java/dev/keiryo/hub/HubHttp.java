package dev.keiryo.hub;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Requests to the hub. Follows redirects by hand: files lie on other hosts, which must not see the token, and what the
 * hub says of a file ({@code X-Linked-Etag}, {@code X-Repo-Commit}) stands in the first answer only.
 */
final class HubHttp implements AutoCloseable {
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final int MAX_REDIRECTS = 10;
    private static final int MAX_LISTING = 64 << 20;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    private final HubSettings settings;
    private final HttpClient client;

    HubHttp(HubSettings settings) {
        this.settings = settings;
        this.client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
    }

    /**
     * An answer of status 200, 206 or 416.
     *
     * @param first headers of the hub's own answer, before any redirect to another host
     * @param last the answer that has the body; who gets it closes the body
     */
    record Answer(HttpHeaders first, HttpResponse<InputStream> last) {}

    /** {@code ENDPOINT/api/models/ORG/NAME/revision/REVISION}, read whole. */
    Listing list(RepoName repo) throws IOException, InterruptedException {
        URI uri = URI.create(settings.endpoint() + "/api/models/" + repo.id() + "/revision/" + encode(repo.revision())
                + "?blobs=true");
        try (InputStream body = get(uri, repo, null).last().body()) {
            byte[] json = body.readNBytes(MAX_LISTING + 1);
            if (json.length > MAX_LISTING) {
                throw new FormatException(uri.toString(), "the list of files is longer than 64 MiB; not read");
            }
            return Listing.parse(uri.toString(), json);
        }
    }

    /** A file's contents from byte {@code offset} on. */
    Answer open(RepoName repo, String commit, String path, long offset) throws IOException, InterruptedException {
        StringBuilder address = new StringBuilder(settings.endpoint() + "/" + repo.id() + "/resolve/" + commit);
        for (String step : path.split("/", -1)) {
            address.append('/').append(encode(step));
        }
        return get(URI.create(address.toString()), repo, offset > 0 ? "bytes=" + offset + "-" : null);
    }

    private Answer get(URI start, RepoName repo, @Nullable String range) throws IOException, InterruptedException {
        URI uri = start;
        HttpHeaders first = null;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            HttpResponse<InputStream> answer = send(uri, range);
            int status = answer.statusCode();
            boolean hub = isHub(uri);
            if (first == null || hub) {
                first = answer.headers();
            }
            if (status == 200 || status == 206 || status == 416) {
                return new Answer(first, answer);
            }
            answer.body().close();
            if (!REDIRECTS.contains(status)) {
                throw failure(uri, hub, status, answer.headers(), repo);
            }
            uri = target(uri, answer.headers());
        }
        throw new HubException(start + ": more than " + MAX_REDIRECTS + " redirects; is HF_ENDPOINT right?");
    }

    private HttpResponse<InputStream> send(URI uri, @Nullable String range) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(ANSWER_TIMEOUT)
                .header("User-Agent", "keiryo")
                .header("Accept-Encoding", "identity");
        if (range != null) {
            request.header("Range", range);
        }
        if (settings.token() != null && isHub(uri)) {
            request.header("Authorization", "Bearer " + settings.token());
        }
        try {
            return client.send(request.build(), BodyHandlers.ofInputStream());
        } catch (ConnectException e) {
            ConnectException explained =
                    new ConnectException("cannot reach " + uri.getScheme() + "://" + uri.getAuthority()
                            + "; check the network and HF_ENDPOINT (HF_HUB_OFFLINE=1 uses only the cache)");
            explained.initCause(e);
            throw explained;
        }
    }

    private static URI target(URI from, HttpHeaders headers) throws HubException {
        String location = headers.firstValue("Location").orElse("");
        try {
            URI to = from.resolve(location);
            boolean web = "https".equals(to.getScheme())
                    || ("http".equals(to.getScheme()) && "http".equals(from.getScheme()));
            if (!location.isEmpty() && web && to.getHost() != null) {
                return to;
            }
        } catch (IllegalArgumentException e) {
            throw new HubException(from + " redirects to what is no address: " + Listing.quote(location), e);
        }
        throw new HubException(from + " redirects to what is no safe address: " + Listing.quote(location));
    }

    /** Whether scheme, host and port are the endpoint's, so that the token may be shown. */
    private boolean isHub(URI uri) {
        URI hub = settings.endpoint();
        return hub.getScheme().equals(uri.getScheme())
                && hub.getHost().equalsIgnoreCase(uri.getHost())
                && port(hub) == port(uri);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
    }

    /** What went wrong, in one line that says what to do; a {@link Retries.BusyException} where waiting may help. */
    private IOException failure(URI uri, boolean hub, int status, HttpHeaders headers, RepoName repo) {
        String code = headers.firstValue("X-Error-Code").orElse("");
        String said = headers.firstValue("X-Error-Message")
                .map(m -> ": " + Listing.quote(m))
                .orElse("");
        boolean anonymous = settings.token() == null;
        String page = settings.endpoint() + "/" + repo.id();
        if (status == 429 || status >= 500) {
            return new Retries.BusyException(
                    uri.getAuthority() + " answered " + status + (status == 429 ? " (too many requests)" : "") + said,
                    retryAfter(headers));
        }
        if (!hub) {
            // A signed address that expired, most often: asking the hub again yields a new one.
            return new Retries.BusyException(uri.getAuthority() + " answered " + status, Duration.ZERO);
        }
        if (code.equals("GatedRepo") || (status == 403 && code.isEmpty())) {
            return new HubException(repo.id() + " is gated: accept its licence at " + page + " and set HF_TOKEN to "
                    + (anonymous ? "an access token of that account" : "a token of the account that accepted it")
                    + said);
        }
        return new HubException(
                switch (code) {
                    case "RevisionNotFound" -> repo.id() + " has no revision '" + repo.revision() + "'; see " + page;
                    case "EntryNotFound" -> uri + ": the hub has no such file";
                    case "RepoNotFound" -> notFound(repo, anonymous);
                    default ->
                        switch (status) {
                            case 401 ->
                                anonymous
                                        ? repo.id() + " needs a login: set HF_TOKEN to an access token" + said
                                        : "the hub refuses the access token (HF_TOKEN): it is wrong or has expired"
                                                + said;
                            case 404 -> notFound(repo, anonymous);
                            default -> uri + ": the hub answered " + status + said;
                        };
                });
    }

    private String notFound(RepoName repo, boolean anonymous) {
        return repo.id() + ": no such model at " + settings.endpoint() + "; check the name, or, if it is private, "
                + (anonymous ? "set HF_TOKEN" : "that HF_TOKEN belongs to an account that may read it");
    }

    /** Seconds or a date; at most five minutes, whatever a server says. */
    private static Duration retryAfter(HttpHeaders headers) {
        String value = headers.firstValue("Retry-After").orElse("0").strip();
        Duration wait;
        try {
            wait = value.matches("\\d{1,9}")
                    ? Duration.ofSeconds(Long.parseLong(value))
                    : Duration.between(
                            Instant.now(),
                            ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                                    .toInstant());
        } catch (DateTimeParseException e) {
            wait = Duration.ZERO; // the usual delays then
        }
        return wait.isNegative() ? Duration.ZERO : wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
    }

    private static String encode(String step) {
        return URLEncoder.encode(step, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
