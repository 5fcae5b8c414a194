package dev.keiryo.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;

/**
 * One file of a repository as the hub lists it.
 *
 * @param path relative, with {@code /} between folders; {@linkplain #isSafe safe} to resolve below a folder
 * @param size bytes
 * @param etag names the content: lower-case hexadecimal SHA-256 (64 digits) of files in large-file storage, git's blob id
 *     (40 digits) of all others
 */
record RemoteFile(String path, long size, String etag) {
    private static final int SHA256_DIGITS = 64;
    private static final Pattern ETAG = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
    private static final Pattern UNSAFE = Pattern.compile("[\\p{Cntrl}\\\\:]");
    private static final int MAX_PATH = 512;
    private static final int MAX_SEGMENT_BYTES = 255;

    RemoteFile {
        if (!isSafe(path) || size < 0 || !isEtag(etag)) {
            throw new IllegalArgumentException("not a file: " + path + ", " + size + " bytes, " + etag);
        }
    }

    static boolean isEtag(String text) {
        return ETAG.matcher(text).matches();
    }

    /**
     * Whether a path that came from outside stays below the folder it is resolved against, on any system: relative, no
     * {@code .}, {@code ..} or empty step, no backslash, drive letter or control character.
     */
    static boolean isSafe(String path) {
        if (path.length() > MAX_PATH || UNSAFE.matcher(path).find()) {
            return false;
        }
        for (String step : path.split("/", -1)) {
            if (step.isEmpty()
                    || step.equals(".")
                    || step.equals("..")
                    || step.getBytes(StandardCharsets.UTF_8).length > MAX_SEGMENT_BYTES) {
                return false;
            }
        }
        return true;
    }

    /** The name without its folders. */
    String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** A digest that yields the {@link #etag} once all {@link #size} bytes went through it. */
    MessageDigest digest() {
        try {
            if (etag.length() == SHA256_DIGITS) {
                return MessageDigest.getInstance("SHA-256");
            }
            // git hashes a header before the content: "blob <size>\0"
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
            return sha1;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1 and SHA-256", e);
        }
    }
}
