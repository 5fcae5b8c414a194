package dev.keiryo.train.data;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.PatternSyntaxException;

/** Finds the files that a user means by files, folders and globs. */
public final class SourceFiles {
    private static final String WILD = "*?[{";

    private final List<SourceFile> found = new ArrayList<>();
    private final Set<Path> seen = new HashSet<>();

    private SourceFiles() {}

    /**
     * The files that {@code sources} name, each once, in the order of the sources, those of a folder or glob by name. Of a folder those
     * at any depth whose names tell a format ({@code .txt}, {@code .md}, {@code .html}, {@code .jsonl}, {@code .json}, {@code .parquet}; all but the last also with {@code .gz}); a
     * file that is named itself is plain text where its name tells nothing. Names that begin with a dot are passed over in folders.
     *
     * @throws FormatException where a source names nothing
     */
    public static List<SourceFile> find(List<String> sources) throws IOException {
        SourceFiles files = new SourceFiles();
        for (String source : sources) {
            files.add(source);
        }
        return List.copyOf(files.found);
    }

    private void add(String source) throws IOException {
        Path path = Path.of(source);
        if (Files.isDirectory(path)) {
            List<Path> files = below(path).stream()
                    .filter(file -> SourceFile.format(name(file)) != null)
                    .toList();
            if (files.isEmpty()) {
                throw new FormatException(
                        source,
                        "no documents are there: expected files .txt, .md, .html, .jsonl, .json (also .gz) or .parquet");
            }
            for (Path file : files) {
                addFile(file);
            }
        } else if (Files.isRegularFile(path)) {
            addFile(path);
        } else if (Files.exists(path)) {
            throw new FormatException(source, "expected a file or a folder, found a device");
        } else if (source.chars().anyMatch(c -> WILD.indexOf(c) >= 0)) {
            addGlob(source);
        } else {
            throw new FormatException(source, "no such file or folder");
        }
    }

    private void addGlob(String glob) throws IOException {
        String plain = glob.replace('\\', '/');
        int wild = 0;
        while (WILD.indexOf(plain.charAt(wild)) < 0) {
            wild++;
        }
        int slash = plain.lastIndexOf('/', wild);
        Path base = slash < 0 ? Path.of("") : Path.of(slash == 0 ? "/" : plain.substring(0, slash));
        PathMatcher matcher;
        try {
            matcher = FileSystems.getDefault().getPathMatcher("glob:" + plain.substring(slash + 1));
        } catch (PatternSyntaxException e) {
            throw new FormatException(glob, "is no glob: " + e.getDescription());
        }
        if (!Files.isDirectory(base)) {
            throw new FormatException(glob, "there is no folder " + base);
        }
        boolean matched = false;
        for (Path file : below(base)) {
            if (matcher.matches(base.relativize(file))) {
                addFile(file);
                matched = true;
            }
        }
        if (!matched) {
            throw new FormatException(glob, "no file matches");
        }
    }

    private static Set<Path> below(Path folder) throws IOException {
        Set<Path> files = new TreeSet<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path at, BasicFileAttributes attributes) {
                return !at.equals(folder) && name(at).startsWith(".")
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (!name(file).startsWith(".") && Files.isRegularFile(file)) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return files;
    }

    private void addFile(Path file) throws IOException {
        if (seen.add(file.toRealPath())) {
            String name = name(file);
            SourceFile.Format format = SourceFile.format(name);
            boolean compressed = SourceFile.compressed(name);
            if (compressed && format == SourceFile.Format.PARQUET) {
                throw new FormatException(file.toString(), "Parquet compresses its own pages; unpack the file first");
            }
            found.add(new SourceFile(
                    file, format == null ? SourceFile.Format.TEXT : format, compressed, Files.size(file)));
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
