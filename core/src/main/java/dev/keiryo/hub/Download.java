package dev.keiryo.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Brings one file's contents into the cache's blobs.
 *
 * <p>Bytes are appended to {@code ETAG.incomplete} as they arrive; whatever is there when a transfer starts is kept and
 * the rest asked for ({@code Range}), in this process or, after a kill, in a later one. The file gets its final name only
 * when its checksum is right.
 */
final class Download {
    private static final int BUFFER = 1 << 17;
    /** A connection that yields nothing for this long counts as lost. */
    private static final Duration STALL = Duration.ofSeconds(60);

    private final HubHttp http;
    private final RepoCache cache;
    private final RepoName repo;
    private final String commit;
    private final RemoteFile file;
    private final Progress progress;
    private final Retries retries;

    /** Bytes in the file so far. */
    private long position;

    /** Over exactly those bytes. */
    private MessageDigest digest;

    Download(
            HubHttp http,
            RepoCache cache,
            RepoName repo,
            String commit,
            RemoteFile file,
            Progress progress,
            Duration retryDelay) {
        this.http = http;
        this.cache = cache;
        this.repo = repo;
        this.commit = commit;
        this.file = file;
        this.progress = progress;
        this.retries = new Retries(retryDelay, progress);
        this.digest = file.digest();
    }

    /** Returns when the blob is complete, whoever completed it. */
    void run() throws IOException, InterruptedException {
        Path blob = cache.blob(file.etag());
        RepoCache.BlobLock lock = cache.lock(file.etag());
        try {
            if (!Files.exists(blob)) {
                Path incomplete = cache.incomplete(file.etag());
                fetch(incomplete);
                Files.move(incomplete, blob, StandardCopyOption.ATOMIC_MOVE);
            }
        } finally {
            lock.close();
        }
        progress.update(file.path(), file.size(), file.size());
    }

    private void fetch(Path incomplete) throws IOException, InterruptedException {
        try (FileChannel out = FileChannel.open(
                incomplete, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            boolean resumed = absorb(out);
            complete(out);
            String found = HexFormat.of().formatHex(digest.digest());
            if (!found.equals(file.etag()) && resumed) {
                progress.note(file.path() + ": what an earlier pull left is damaged; fetching it again");
                restart(out);
                complete(out);
                found = HexFormat.of().formatHex(digest.digest());
            }
            if (!found.equals(file.etag())) {
                Files.delete(incomplete);
                throw new HubException(file.path() + ": wrong checksum, expected " + file.etag() + ", found " + found
                        + "; the file was removed, pull again");
            }
            out.force(true);
        }
    }

    /** Takes up what is there already. */
    private boolean absorb(FileChannel out) throws IOException {
        if (out.size() > file.size()) {
            out.truncate(0);
        }
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        while (out.read(buffer) >= 0) {
            position += buffer.position();
            digest.update(buffer.flip());
            buffer.clear();
        }
        progress.update(file.path(), position, file.size());
        return position > 0;
    }

    /** Transfers until all bytes are there. */
    private void complete(FileChannel out) throws IOException, InterruptedException {
        while (position < file.size()) {
            try {
                transfer(out);
            } catch (IOException e) {
                retries.pause(file.path(), e);
            }
        }
    }

    private void transfer(FileChannel out) throws IOException, InterruptedException {
        HubHttp.Answer answer = open();
        HttpResponse<InputStream> last = answer.last();
        try (InputStream body = last.body();
                Watch watch = new Watch(body)) {
            check(answer.first());
            if (last.statusCode() == 416) {
                restart(out);
                throw new IOException("the server does not continue at this byte");
            }
            if (last.statusCode() == 200 && position > 0) {
                restart(out); // it sends everything
            }
            if (last.statusCode() == 206 && !startsHere(last.headers())) {
                restart(out);
                throw new IOException("the server sent another part than asked for");
            }
            byte[] buffer = new byte[BUFFER];
            for (int n; (n = read(body, buffer)) >= 0; ) {
                if (n > file.size() - position) {
                    throw new HubException(
                            file.path() + ": the server sends more than the " + file.size() + " bytes announced");
                }
                append(out, ByteBuffer.wrap(buffer, 0, n));
                watch.alive();
            }
        }
        if (position < file.size()) {
            throw lost(null);
        }
    }

    /** A connection may be lost before the answer's headers have been passed on, too. */
    private HubHttp.Answer open() throws IOException, InterruptedException {
        try {
            return http.open(repo, commit, file.path(), position);
        } catch (HubException | Retries.BusyException | ConnectException | HttpTimeoutException | SSLException e) {
            throw e;
        } catch (IOException e) {
            throw lost(e);
        }
    }

    private IOException lost(@Nullable IOException cause) {
        return new IOException("the connection was lost after " + position + " of " + file.size() + " bytes", cause);
    }

    private int read(InputStream body, byte[] buffer) throws IOException {
        try {
            return body.read(buffer);
        } catch (IOException e) {
            throw lost(e);
        }
    }

    private void append(FileChannel out, ByteBuffer bytes) throws IOException {
        int n = bytes.remaining();
        digest.update(bytes.duplicate());
        try {
            while (bytes.hasRemaining()) {
                out.write(bytes, position + n - bytes.remaining());
            }
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw new HubException(
                    "cannot write " + cache.incomplete(file.etag()) + ": " + e.getMessage()
                            + "; what has arrived is kept, free some space and pull again",
                    e);
        }
        position += n;
        retries.progressed();
        progress.update(file.path(), position, file.size());
    }

    private void restart(FileChannel out) throws IOException {
        out.truncate(0);
        position = 0;
        digest = file.digest();
        progress.update(file.path(), 0, file.size());
    }

    private boolean startsHere(HttpHeaders headers) {
        return headers.firstValue("Content-Range").orElse("").startsWith("bytes " + position + "-");
    }

    /** The hub's own words on the file, where it gives them, must be those of its list. */
    private void check(HttpHeaders first) throws HubException {
        String etag = first.firstValue("X-Linked-Etag").orElse("").replaceAll("^W/|\"", "");
        if (RemoteFile.isEtag(etag.toLowerCase(Locale.ROOT)) && !etag.equalsIgnoreCase(file.etag())) {
            throw new HubException(file.path() + ": the hub offers " + etag + ", its list said " + file.etag()
                    + "; pull again, or name a revision");
        }
        String size = first.firstValue("X-Linked-Size").orElse(Long.toString(file.size()));
        if (!size.equals(Long.toString(file.size()))) {
            throw new HubException(file.path() + ": the hub offers " + Listing.quote(size) + " bytes, its list said "
                    + file.size() + "; pull again, or name a revision");
        }
        String found = first.firstValue("X-Repo-Commit").orElse(commit);
        if (!found.equals(commit)) {
            throw new HubException(
                    file.path() + ": asked for commit " + commit + ", the hub offers " + Listing.quote(found));
        }
    }

    /** Closes a body that has stalled, which ends the read that waits for it. */
    private static final class Watch implements AutoCloseable {
        private final Thread thread;
        private volatile long last = System.nanoTime();

        Watch(InputStream body) {
            this.thread = Thread.ofVirtual().start(() -> {
                try {
                    while (System.nanoTime() - last < STALL.toNanos()) {
                        Thread.sleep(STALL.dividedBy(10));
                    }
                    body.close();
                } catch (InterruptedException | IOException ended) {
                    // the transfer is over, or its connection broken already
                }
            });
        }

        void alive() {
            last = System.nanoTime();
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }
}
