package dev.keiryo.cli;

import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.train.Batches;
import dev.keiryo.train.Microbatch;
import dev.keiryo.train.Objective;
import dev.keiryo.train.RandomWindows;
import dev.keiryo.train.StreamedWindows;
import dev.keiryo.train.TokenSource;
import dev.keiryo.train.data.StreamOptions;
import dev.keiryo.train.data.StreamOptions.Packing;
import dev.keiryo.train.data.TokenBatch;
import dev.keiryo.train.data.TokenFile;
import dev.keiryo.train.data.TokenStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a model learns from, and what its loss is measured on. */
final class TrainDataOptions {
    private static final String TRAIN = "train.tokens";
    private static final String VALIDATION = "validation.tokens";
    private static final int USUAL_LENGTH = 256;

    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = {
                "To learn from: a folder that keiryo data has written, or its train.tokens; or UTF-8 texts.",
                "Of token files each document sees itself alone, and all come in an order that the seed decides."
            })
    private List<Path> data = List.of();

    @Option(
            names = "--validation",
            paramLabel = "FILE",
            description =
                    "A token file or text to measure the loss on. Default: validation.tokens beside train.tokens; of texts the last tenth")
    private @Nullable Path validation;

    @Option(names = "--batch", paramLabel = "N", description = "Windows in a pass. Default: ${DEFAULT-VALUE}")
    private int batch = 8;

    @Option(
            names = "--length",
            paramLabel = "N",
            description = "Tokens of a window. Default: the shape's context, 256 at most")
    private int length;

    @Option(
            names = "--packing",
            paramLabel = "HOW",
            description =
                    "Windows of token files: concatenate (the next tokens, full windows) or best-fit (whole documents). Default: concatenate")
    private String packing = "concatenate";

    @Option(
            names = "--validation-texts",
            paramLabel = "N",
            description = "Windows of a validation at most. Default: ${DEFAULT-VALUE}")
    private int validationTexts = 64;

    /** What was asked for, opened. */
    record Opened(
            Batches batches,
            Microbatch[] measured,
            int window,
            long tokens,
            long validationTokens,
            String identity,
            List<TokenFile> files)
            implements AutoCloseable {
        @Override
        public void close() {
            files.forEach(TokenFile::close);
        }
    }

    /** Windows of a pass times their tokens. */
    long tokensOfPass() {
        return (long) batch * length;
    }

    /** @param context of the model */
    void settle(int context) throws IOException {
        if (batch < 1 || validationTexts < 0 || length < 0) {
            throw new UsageException("--batch should be at least 1, --length and --validation-texts not negative");
        }
        length = length > 0 ? length : Math.min(USUAL_LENGTH, context);
        if (length > context) {
            throw new UsageException("windows of " + length + " tokens are longer than the model's context of "
                    + context + "; give a larger --context or a smaller --length");
        }
        packing();
        Path learned = tokenFile();
        if (learned != null && validation == null && Files.exists(learned.resolveSibling(VALIDATION))) {
            validation = learned.resolveSibling(VALIDATION);
        }
    }

    /**
     * After {@link #settle}.
     *
     * @param parts of a step
     */
    Opened open(Tokenizer tokenizer, Objective objective, int parts, long seed) throws IOException {
        int window = length;
        List<TokenFile> files = new ArrayList<>();
        try {
            Path learned = tokenFile();
            Path measured = validation;
            Source from = learned != null ? file(learned, tokenizer, window, seed, files) : new Text(texts(tokenizer));
            Source to;
            if (measured != null) {
                to = TokenFile.isAt(measured)
                        ? file(measured, tokenizer, window, seed, files)
                        : new Text(encode(measured, tokenizer));
            } else if (from instanceof Text text) {
                int cut = (int) (text.tokens.length * 9L / 10);
                from = new Text(Arrays.copyOf(text.tokens, cut));
                to = new Text(Arrays.copyOfRange(text.tokens, cut, text.tokens.length));
            } else {
                throw new UsageException("there is no " + VALIDATION + " beside " + learned
                        + "; name a file to measure the loss on: --validation FILE");
            }
            return new Opened(
                    objective.batches(from.source(window, batch, parts, seed), parts, seed),
                    objective.measured(to.inOrder(window, batch, validationTexts), seed),
                    window,
                    from.size(),
                    to.size(),
                    from.identity() + "," + to.identity(),
                    files);
        } catch (IOException | RuntimeException e) {
            files.forEach(TokenFile::close);
            throw e;
        }
    }

    /** The token file that was named, or null where texts were. */
    private @Nullable Path tokenFile() throws IOException {
        for (Path path : data) {
            Path file = Files.isDirectory(path) ? path.resolve(TRAIN) : path;
            if (Files.isDirectory(path) && !Files.exists(file)) {
                throw new UsageException(path + " has no " + TRAIN + ": it is no folder that keiryo data has written");
            }
            if (TokenFile.isAt(file)) {
                if (data.size() > 1) {
                    throw new UsageException(
                            "--data is one token file or any number of texts; several sources become one token file by"
                                    + " keiryo data");
                }
                return file;
            }
        }
        return null;
    }

    private Source file(Path path, Tokenizer tokenizer, int window, long seed, List<TokenFile> files)
            throws IOException {
        TokenFile file = TokenFile.open(path);
        files.add(file);
        file.require(tokenizer);
        return new Stream(file, new TokenStream(file, new StreamOptions(window, batch, packing(), seed)));
    }

    private Packing packing() {
        return switch (packing) {
            case "concatenate" -> Packing.CONCATENATE;
            case "best-fit" -> Packing.BEST_FIT;
            default -> throw new UsageException("--packing is concatenate or best-fit, not " + packing);
        };
    }

    private int[] texts(Tokenizer tokenizer) throws IOException {
        List<int[]> all = new ArrayList<>();
        for (Path file : data) {
            all.add(encode(file, tokenizer));
        }
        return all.stream().flatMapToInt(Arrays::stream).toArray();
    }

    private static int[] encode(Path file, Tokenizer tokenizer) throws IOException {
        return tokenizer.encode(Files.readString(file), Tokenizer.SpecialTokens.PARSED, false);
    }

    private sealed interface Source {
        TokenSource source(int window, int batch, int parts, long seed);

        TokenBatch[] inOrder(int window, int batch, int most);

        long size();

        /** Tells it from others. */
        String identity();
    }

    private record Text(int[] tokens) implements Source {
        @Override
        public TokenSource source(int window, int batch, int parts, long seed) {
            return new RandomWindows(tokens, window, batch, seed);
        }

        @Override
        public TokenBatch[] inOrder(int window, int batch, int most) {
            return RandomWindows.inOrder(tokens, window, batch, most);
        }

        @Override
        public long size() {
            return tokens.length;
        }

        @Override
        public String identity() {
            return Integer.toHexString(Arrays.hashCode(tokens));
        }
    }

    private record Stream(TokenFile file, TokenStream stream) implements Source {
        @Override
        public TokenSource source(int window, int batch, int parts, long seed) {
            return new StreamedWindows(stream, parts);
        }

        @Override
        public TokenBatch[] inOrder(int window, int batch, int most) {
            return StreamedWindows.inOrder(stream, Math.ceilDiv(most, batch));
        }

        @Override
        public long size() {
            return file.tokens();
        }

        @Override
        public String identity() {
            return Integer.toHexString(file.checksum());
        }
    }
}
