package dev.keiryo.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One model's folder in the hub's standard cache, as other programs lay it out and read it:
 *
 * <pre>
 * models--ORG--NAME/
 *     refs/main                        the commit that the branch named when it was last pulled
 *     blobs/ETAG                       contents, each once; ETAG.incomplete while they arrive
 *     snapshots/COMMIT/config.json     relative links to ../../blobs/ETAG, or copies where links are not possible
 * .locks/models--ORG--NAME/ETAG.lock
 * </pre>
 *
 * <p>Every change is a file that is complete before it gets its name, so a process may die at any moment.
 */
final class RepoCache {
    private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

    private final Path folder;
    private final Path locks;

    RepoCache(Path cache, RepoName repo) {
        String name = "models--" + repo.org() + "--" + repo.name();
        this.folder = cache.toAbsolutePath().resolve(name);
        this.locks = cache.toAbsolutePath().resolve(".locks").resolve(name);
    }

    Path folder() {
        return folder;
    }

    Path blob(String etag) {
        return folder.resolve("blobs").resolve(etag);
    }

    Path incomplete(String etag) {
        return folder.resolve("blobs").resolve(etag + ".incomplete");
    }

    Path snapshot(String commit) {
        return folder.resolve("snapshots").resolve(commit);
    }

    /** The commit that the cache knows the revision as, or null. */
    @Nullable
    String commit(String revision) throws IOException {
        if (Listing.isCommit(revision)) {
            return revision;
        }
        Path ref = folder.resolve("refs").resolve(revision);
        if (!Files.isRegularFile(ref)) {
            return null;
        }
        String commit = Files.readString(ref).strip();
        return Listing.isCommit(commit) ? commit : null;
    }

    /** Remembers the commit that a branch or tag names. */
    void setCommit(String revision, String commit) throws IOException {
        if (revision.equals(commit)) {
            return;
        }
        Path ref = folder.resolve("refs").resolve(revision);
        Files.createDirectories(ref.getParent());
        Path temporary = unique(ref);
        Files.writeString(temporary, commit);
        replace(temporary, ref);
    }

    /** Puts a blob that is complete under its path in a snapshot. */
    void link(String commit, RemoteFile file) throws IOException {
        Path link = snapshot(commit).resolve(file.path());
        Path blob = blob(file.etag());
        if (Files.exists(link)
                && (Files.isSameFile(link, blob) || (!Files.isSymbolicLink(link) && Files.size(link) == file.size()))) {
            return;
        }
        Path parent = Objects.requireNonNull(link.getParent());
        Files.createDirectories(parent);
        Path temporary = unique(link);
        try {
            Files.createSymbolicLink(temporary, parent.relativize(blob));
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.copy(blob, temporary, StandardCopyOption.REPLACE_EXISTING);
        }
        replace(temporary, link);
    }

    /** The files below a folder, hidden ones and dangling links apart, as paths with {@code /} in order. */
    static List<String> files(Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.filter(Files::isRegularFile)
                    .map(p -> root.relativize(p).toString().replace('\\', '/'))
                    .filter(p -> !p.startsWith(".") && !p.contains("/."))
                    .sorted()
                    .toList();
        }
    }

    /**
     * Waits until no other thread or process fetches the blob, and keeps it from others until closed. Programs that lock
     * with {@code flock} rather than {@code fcntl} are not seen; the atomic renames keep even those from harm.
     */
    BlobLock lock(String etag) throws IOException, InterruptedException {
        Files.createDirectories(locks);
        Files.createDirectories(folder.resolve("blobs"));
        Path path = locks.resolve(etag + ".lock");
        ReentrantLock mine = LOCKS.computeIfAbsent(path, p -> new ReentrantLock());
        mine.lockInterruptibly();
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                return new BlobLock(mine, channel, channel.lock());
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            mine.unlock();
            throw e;
        }
    }

    /** Held while a blob is being fetched; threads of this process take the first lock, other processes the second. */
    record BlobLock(ReentrantLock mine, FileChannel channel, FileLock others) {
        void close() throws IOException {
            try {
                channel.close(); // releases the file's lock
            } finally {
                mine.unlock();
            }
        }
    }

    private static Path unique(Path path) {
        return path.resolveSibling("." + path.getFileName() + "."
                + ProcessHandle.current().pid() + "-" + Thread.currentThread().threadId());
    }

    private static void replace(Path temporary, Path target) throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            if (Files.exists(temporary, LinkOption.NOFOLLOW_LINKS)) {
                Files.delete(temporary);
            }
        }
    }
}
