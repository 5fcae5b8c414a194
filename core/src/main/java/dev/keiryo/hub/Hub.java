package dev.keiryo.hub;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Models by name, from the Hugging Face hub and its cache on this machine.
 *
 * <p>{@link #pull} fetches, {@link #resolve} finds and fetches only what is missing. Both may be interrupted, or killed, at
 * any moment: the next call goes on where it stopped. Thread-safe; several processes may work on one cache.
 *
 * <p>Protocol and cache layout are those of the {@code huggingface_hub} library's documentation.
 */
public final class Hub implements AutoCloseable {
    /** More connections than this do not make a pull faster, only the hub unfriendly. */
    private static final int PARALLEL = 4;

    private final HubSettings settings;
    private final Progress progress;
    private final HubHttp http;

    public Hub(HubSettings settings, Progress progress) {
        this.settings = settings;
        this.progress = progress;
        this.http = new HubHttp(settings);
    }

    /** A hub set up by the environment, see {@link HubSettings#fromEnvironment()}. */
    public static Hub fromEnvironment(Progress progress) throws IOException {
        return new Hub(HubSettings.fromEnvironment(), progress);
    }

    /**
     * Brings a model's files into the cache, those apart that are there already.
     *
     * @param include globs on paths within the repository ({@code *} matches {@code /} too); where empty, the name's own
     *     {@link RepoName#files files}, and without those what a loader needs: safetensors, configuration and tokenizer, or
     *     one GGUF
     * @return the snapshot's folder, {@code CACHE/models--ORG--NAME/snapshots/COMMIT}
     * @throws HubException if the hub refuses or cannot be reached, a checksum is wrong or there is no room; says what to do
     * @throws dev.keiryo.FormatException if the hub's answer is malformed or tries to write outside the folder
     * @throws InterruptedException if this thread was interrupted; what has arrived is kept
     */
    public Path pull(RepoName repo, List<String> include) throws IOException, InterruptedException {
        RepoCache cache = new RepoCache(settings.cache(), repo);
        if (settings.offline()) {
            throw new HubException("HF_HUB_OFFLINE is set, so " + repo.id() + " is not fetched; unset it to pull");
        }
        Listing listing = list(repo);
        List<RemoteFile> files = select(repo, listing, include);
        fetch(cache, repo, listing.commit(), files);
        // Only now, and configuration last: a snapshot with config.json has all that was asked for, whenever a pull
        // dies.
        for (RemoteFile file : files) {
            cache.link(listing.commit(), file);
        }
        cache.setCommit(repo.revision(), listing.commit());
        return cache.snapshot(listing.commit());
    }

    /**
     * The model's files on this machine: from {@link HubSettings#modelFolders} by NAME (not where a revision is named), else
     * from the cache without asking the hub, else pulled.
     *
     * @param name {@code ORG/NAME[@REVISION][:FILES]}
     * @return a folder as a Hugging Face checkpoint, or the GGUF file (the first, of several shards)
     * @throws IOException as {@link #pull}
     */
    public Path resolve(String name) throws IOException, InterruptedException {
        RepoName repo = RepoName.parse(name);
        if (repo.revision().equals(RepoName.MAIN)) {
            for (Path folder : settings.modelFolders()) {
                Path local = LocalModel.below(folder, repo);
                if (local != null) {
                    return local;
                }
            }
        }
        RepoCache cache = new RepoCache(settings.cache(), repo);
        String commit = cache.commit(repo.revision());
        Path cached = commit == null ? null : LocalModel.in(cache.snapshot(commit), repo, settings.offline());
        if (cached != null) {
            return cached;
        }
        if (settings.offline()) {
            throw new HubException(repo + " is not in " + settings.cache()
                    + ", and HF_HUB_OFFLINE is set: unset it, or pull the model while online");
        }
        Path snapshot = pull(repo, List.of());
        Path model = LocalModel.in(snapshot, repo, true);
        return model == null ? snapshot : model;
    }

    private Listing list(RepoName repo) throws IOException, InterruptedException {
        Retries retries = new Retries(settings.retryDelay(), progress);
        while (true) {
            try {
                return http.list(repo);
            } catch (dev.keiryo.FormatException e) {
                throw e;
            } catch (IOException e) {
                retries.pause(repo.id(), e);
            }
        }
    }

    private static List<RemoteFile> select(RepoName repo, Listing listing, List<String> include) throws HubException {
        List<String> paths = listing.files().stream().map(RemoteFile::path).toList();
        List<String> globs = include.isEmpty() && repo.files() != null ? List.of(repo.files()) : include;
        List<String> chosen = globs.isEmpty() ? Selection.byDefault(repo.id(), paths) : Selection.byGlob(paths, globs);
        if (chosen.isEmpty()) {
            throw new HubException(repo.id() + " has no file "
                    + (globs.isEmpty() ? "a model needs" : "that matches " + globs) + ", only "
                    + paths.stream().limit(20).map(Listing::quote).toList());
        }
        return listing.files().stream()
                .filter(f -> chosen.contains(f.path()))
                .sorted(Comparator.comparing((RemoteFile f) -> f.path().equals("config.json"))
                        .thenComparing(RemoteFile::path))
                .toList();
    }

    private void fetch(RepoCache cache, RepoName repo, String commit, List<RemoteFile> files)
            throws IOException, InterruptedException {
        Map<String, RemoteFile> blobs = new LinkedHashMap<>(); // two paths may hold the same bytes
        files.stream().sorted(Comparator.comparingLong(RemoteFile::size)).forEach(f -> blobs.putIfAbsent(f.etag(), f));
        progress.begin(
                blobs.size(),
                blobs.values().stream().mapToLong(RemoteFile::size).sum());
        checkRoom(cache, blobs.values());
        List<Callable<Void>> downloads = new ArrayList<>();
        for (RemoteFile file : blobs.values()) {
            downloads.add(() -> {
                new Download(http, cache, repo, commit, file, progress, settings.retryDelay()).run();
                return null;
            });
        }
        runAll(downloads);
    }

    /** Runs all; the first failure, or an interrupt of this thread, stops the others. */
    private static void runAll(List<Callable<Void>> tasks) throws IOException, InterruptedException {
        try (ExecutorService threads = Executors.newFixedThreadPool(
                PARALLEL, Thread.ofPlatform().daemon().factory())) {
            try {
                CompletionService<Void> done = new ExecutorCompletionService<>(threads);
                tasks.forEach(done::submit);
                for (int i = 0; i < tasks.size(); i++) {
                    done.take().get();
                }
            } catch (ExecutionException e) {
                throw unwrap(e.getCause());
            } finally {
                threads.shutdownNow(); // after success there is nothing left to stop
            }
        }
    }

    private static IOException unwrap(@Nullable Throwable cause) throws InterruptedException {
        if (cause instanceof ClosedByInterruptException || cause instanceof InterruptedException) {
            throw new InterruptedException("interrupted; what has arrived is kept");
        }
        if (cause instanceof IOException failure) {
            return failure;
        }
        throw new IllegalStateException("a download failed unexpectedly", cause);
    }

    private void checkRoom(RepoCache cache, Iterable<RemoteFile> files) throws IOException {
        long missing = 0;
        for (RemoteFile file : files) {
            if (!Files.exists(cache.blob(file.etag()))) {
                Path incomplete = cache.incomplete(file.etag());
                missing += file.size() - (Files.exists(incomplete) ? Math.min(Files.size(incomplete), file.size()) : 0);
            }
        }
        Files.createDirectories(cache.folder());
        long room = Files.getFileStore(cache.folder()).getUsableSpace();
        if (missing > room) {
            throw new HubException(String.format(
                    "%.1f GB are to be fetched, but %s has room for %.1f GB: free some, or set HF_HUB_CACHE to a folder"
                            + " elsewhere",
                    missing / 1e9, settings.cache(), room / 1e9));
        }
    }

    /** Stops what is under way. */
    @Override
    public void close() {
        http.close();
    }
}
