package dev.keiryo.hub;

import dev.keiryo.FormatException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a revision holds: the hub's answer to {@code /api/models/ORG/NAME/revision/REVISION?blobs=true}.
 *
 * @param commit the commit that the revision names now, 40 hexadecimal digits
 * @param files its files, no path twice and none below another
 */
record Listing(String commit, List<RemoteFile> files) {
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    /**
     * Reads the answer. Its author may be hostile: names become file names here, so each is checked.
     *
     * @param source where it came from, for messages
     */
    static Listing parse(String source, byte[] json) throws FormatException {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JacksonException e) {
            throw new FormatException(
                    source, "expected JSON, found something else; is HF_ENDPOINT a Hugging Face hub?", e);
        }
        String commit = text(root.path("sha"));
        if (!isCommit(commit)) {
            throw new FormatException(
                    source, "sha: expected a commit of 40 hexadecimal digits, found " + quote(commit));
        }
        JsonNode siblings = root.path("siblings");
        if (!siblings.isArray()) {
            throw new FormatException(source, "siblings: expected the list of files, found none");
        }
        List<RemoteFile> files = new ArrayList<>();
        Set<String> paths = new HashSet<>();
        for (JsonNode sibling : siblings) {
            RemoteFile file = file(source, sibling);
            if (!paths.add(file.path())) {
                throw new FormatException(source, "siblings: " + quote(file.path()) + " is listed twice");
            }
            files.add(file);
        }
        for (String path : paths) {
            for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
                if (paths.contains(path.substring(0, slash))) {
                    throw new FormatException(source, "siblings: " + quote(path) + " lies below another file");
                }
            }
        }
        return new Listing(commit, List.copyOf(files));
    }

    private static RemoteFile file(String source, JsonNode sibling) throws FormatException {
        String path = text(sibling.path("rfilename"));
        if (!RemoteFile.isSafe(path)) {
            throw new FormatException(
                    source, "rfilename: " + quote(path) + " would leave the model's folder; nothing was fetched");
        }
        JsonNode lfs = sibling.path("lfs");
        String etag = lfs.isObject() ? text(lfs.path("sha256")) : text(sibling.path("blobId"));
        JsonNode size = lfs.isObject() && lfs.path("size").isNumber() ? lfs.path("size") : sibling.path("size");
        if (!RemoteFile.isEtag(etag) || !size.canConvertToLong() || size.longValue() < 0) {
            throw new FormatException(
                    source, quote(path) + ": expected a size and a checksum, found " + size + " and " + quote(etag));
        }
        return new RemoteFile(path, size.longValue(), etag);
    }

    private static String text(JsonNode node) {
        return node.isString() ? node.stringValue() : "";
    }

    /** Text from outside, fit for a terminal. */
    static String quote(String text) {
        String shown = text.length() > 200 ? text.substring(0, 200) + "…" : text;
        return "'" + shown.replaceAll("\\p{Cntrl}", "?") + "'";
    }
}
