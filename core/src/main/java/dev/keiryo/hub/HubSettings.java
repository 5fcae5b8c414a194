package dev.keiryo.hub;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where models come from and where they are kept.
 *
 * @param endpoint the hub: scheme, host, port and, for mirrors, a path
 * @param cache the hub's cache, shared with other programs that use it
 * @param token sent to the endpoint, and to no other host; null for none
 * @param offline use only what is already here
 * @param modelFolders folders in which a model is looked up by NAME before the cache and the hub
 * @param retryDelay before the first repetition of a failed request; doubles with each further one
 */
public record HubSettings(
        URI endpoint,
        Path cache,
        @Nullable String token,
        boolean offline,
        List<Path> modelFolders,
        Duration retryDelay) {
    private static final String DEFAULT_ENDPOINT = "https://huggingface.co";

    public HubSettings {
        modelFolders = List.copyOf(modelFolders);
    }

    /** Without the token, which must not end up in logs. */
    @Override
    public String toString() {
        return "HubSettings[endpoint=" + endpoint + ", cache=" + cache + ", token=" + (token == null ? "none" : "set")
                + ", offline=" + offline + ", modelFolders=" + modelFolders + "]";
    }

    /** As the environment of this process says. */
    public static HubSettings fromEnvironment() throws IOException {
        return fromEnvironment(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    /**
     * The rules of the hub's own tools: {@code HF_ENDPOINT}; {@code HF_HUB_CACHE}, else {@code $HF_HOME/hub}, where
     * {@code HF_HOME} is by default {@code $XDG_CACHE_HOME/huggingface} or {@code ~/.cache/huggingface};
     * {@code HF_TOKEN}, {@code HUGGINGFACE_TOKEN}, {@code HUGGING_FACE_HUB_TOKEN}, else the file {@code HF_TOKEN_PATH} or
     * {@code $HF_HOME/token}; {@code HF_HUB_OFFLINE}. Of Keiryo: {@code KEIRYO_MODELS}, a search path.
     *
     * @param home the user's home folder
     */
    public static HubSettings fromEnvironment(Map<String, String> env, Path home) throws IOException {
        Path huggingFace = path(env, home, "HF_HOME");
        if (huggingFace == null) {
            Path cacheHome = path(env, home, "XDG_CACHE_HOME");
            huggingFace = (cacheHome == null ? home.resolve(".cache") : cacheHome).resolve("huggingface");
        }
        Path cache = path(env, home, "HF_HUB_CACHE");
        if (cache == null) {
            cache = path(env, home, "HUGGINGFACE_HUB_CACHE");
        }
        List<Path> folders = Stream.of(env.getOrDefault("KEIRYO_MODELS", "").split(File.pathSeparator))
                .filter(s -> !s.isBlank())
                .map(Path::of)
                .toList();
        return new HubSettings(
                endpoint(env),
                cache == null ? huggingFace.resolve("hub") : cache,
                token(env, home, huggingFace),
                isTrue(env.get("HF_HUB_OFFLINE")) || isTrue(env.get("TRANSFORMERS_OFFLINE")),
                folders,
                Duration.ofSeconds(1));
    }

    private static URI endpoint(Map<String, String> env) throws HubException {
        String text = env.getOrDefault("HF_ENDPOINT", "").strip();
        if (text.isEmpty()) {
            text = DEFAULT_ENDPOINT;
        }
        try {
            URI uri = URI.create(text.replaceAll("/+$", ""));
            if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new HubException("HF_ENDPOINT: expected an address like " + DEFAULT_ENDPOINT + ", found " + text, e);
        }
        throw new HubException("HF_ENDPOINT: expected an address like " + DEFAULT_ENDPOINT + ", found " + text);
    }

    private static @Nullable String token(Map<String, String> env, Path home, Path huggingFace) throws IOException {
        for (String name : List.of("HF_TOKEN", "HUGGINGFACE_TOKEN", "HUGGING_FACE_HUB_TOKEN")) {
            String token = env.getOrDefault(name, "").strip();
            if (!token.isEmpty()) {
                return checked(name, token);
            }
        }
        Path file = path(env, home, "HF_TOKEN_PATH");
        if (file == null) {
            file = huggingFace.resolve("token");
        }
        String token = Files.isReadable(file) ? Files.readString(file).strip() : "";
        return token.isEmpty() ? null : checked(file.toString(), token);
    }

    private static String checked(String source, String token) throws HubException {
        if (!token.matches("[!-~]{1,4096}")) {
            throw new HubException(source + ": expected an access token (printable ASCII, no spaces)");
        }
        return token;
    }

    private static boolean isTrue(@Nullable String value) {
        return value != null && List.of("1", "ON", "YES", "TRUE").contains(value.toUpperCase(Locale.ROOT));
    }

    private static @Nullable Path path(Map<String, String> env, Path home, String name) {
        String value = env.getOrDefault(name, "");
        if (value.isEmpty()) {
            return null;
        }
        return value.equals("~") || value.startsWith("~/") ? Path.of(home + value.substring(1)) : Path.of(value);
    }
}
