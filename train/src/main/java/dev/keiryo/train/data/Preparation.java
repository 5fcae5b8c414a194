package dev.keiryo.train.data;

import dev.keiryo.FormatException;
import dev.keiryo.file.ReplacedFile;
import dev.keiryo.kernel.Workers;
import dev.keiryo.tokenizer.BacktrackingException;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TrainingProgress;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes training data of files: documents are read, cleaned, split, made tokens, and written as {@value #TRAIN} and {@value #VALIDATION} with a card ({@value #CARD_JSON},
 * {@value #CARD_MARKDOWN}) beside them. The same sources and options give the same files, whatever the number of threads.
 *
 * <p>Which set a document is in follows from its words and the seed: more sources move none of the others.
 */
public final class Preparation implements AutoCloseable {
    public static final String TRAIN = "train.tokens";
    public static final String VALIDATION = "validation.tokens";
    public static final String CARD_JSON = "card.json";
    public static final String CARD_MARKDOWN = "card.md";

    private static final int DOCUMENTS = 4096;
    private static final int CHARACTERS = 4 << 20;

    private final PreparationOptions options;
    private final Tokenizer tokenizer;
    private final String tokenizerName;
    private final Path folder;
    private final Workers workers;
    private final CleaningRun cleaning;
    private final Part train;
    private final Part validation;
    private final List<Document> pending = new ArrayList<>();
    private int pendingCharacters;
    private long empty;

    private Preparation(PreparationOptions options, Tokenizer tokenizer, String tokenizerName, Path folder)
            throws IOException {
        this.options = options;
        this.tokenizer = tokenizer;
        this.tokenizerName = tokenizerName;
        this.folder = folder;
        workers = new Workers(options.threads());
        cleaning = options.pipeline().open(folder, workers);
        train = new Part(new TokenFileWriter(folder.resolve(TRAIN), tokenizer));
        validation = new Part(new TokenFileWriter(folder.resolve(VALIDATION), tokenizer));
    }

    /** A set that is being written. */
    private static final class Part {
        private final TokenFileWriter writer;
        private long characters;

        Part(TokenFileWriter writer) {
            this.writer = writer;
        }

        DataCard.Split split(String file) {
            return new DataCard.Split(file, writer.documents(), writer.tokens(), characters);
        }
    }

    /**
     * Prepares {@code sources}.
     *
     * @param tokenizerName for the card
     * @param folder for the files, made where missing
     * @param progress told how many bytes of the sources have been read
     * @throws FormatException where a source is not what its name promises; nothing is written then
     */
    public static DataCard run(
            List<SourceFile> sources,
            PreparationOptions options,
            Tokenizer tokenizer,
            String tokenizerName,
            Path folder,
            TrainingProgress progress)
            throws IOException {
        Files.createDirectories(folder);
        try (Preparation preparation = new Preparation(options, tokenizer, tokenizerName, folder)) {
            return preparation.prepare(sources, progress);
        }
    }

    private DataCard prepare(List<SourceFile> sources, TrainingProgress progress) throws IOException {
        long total = sources.stream().mapToLong(SourceFile::bytes).sum();
        long[] done = new long[1];
        List<DataCard.Source> read = new ArrayList<>();
        DocumentReader reader = new DocumentReader(options.read());
        for (SourceFile file : sources) {
            long[] counts = new long[2];
            reader.read(
                    file,
                    document -> {
                        counts[0]++;
                        counts[1] += document.text().length();
                        add(document);
                    },
                    bytes -> {
                        done[0] += bytes;
                        progress.update("bytes read", done[0], total);
                    });
            read.add(new DataCard.Source(file, counts[0], counts[1], licence(file)));
        }
        process();
        train.writer.publish();
        validation.writer.publish();
        DataCard card = new DataCard(
                read,
                cleaning.counts(),
                empty,
                train.split(TRAIN),
                validation.split(VALIDATION),
                tokenizerName,
                tokenizer.size(),
                VocabularyFingerprint.of(tokenizer),
                options);
        write(
                CARD_JSON,
                JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(DataCardText.json(card))
                        + "\n");
        write(CARD_MARKDOWN, DataCardText.markdown(card));
        return card;
    }

    private String licence(SourceFile file) {
        for (PreparationOptions.Licence licence : options.licences()) {
            var matcher = FileSystems.getDefault().getPathMatcher("glob:" + licence.glob());
            Path name = file.path().getFileName();
            if (matcher.matches(file.path()) || (name != null && matcher.matches(name))) {
                return licence.text();
            }
        }
        return "";
    }

    private void write(String name, String text) throws IOException {
        ReplacedFile.write(folder.resolve(name), text);
    }

    private void add(Document document) throws IOException {
        pending.add(document);
        pendingCharacters += document.text().length();
        if (pending.size() >= DOCUMENTS || pendingCharacters >= CHARACTERS) {
            process();
        }
    }

    private void process() throws IOException {
        List<Document> cleaned = new ArrayList<>();
        for (Document document : cleaning.clean(pending)) {
            if (document.text().isBlank()) {
                empty++;
            } else {
                cleaned.add(document);
            }
        }
        pending.clear();
        pendingCharacters = 0;
        int[][] ids = new int[cleaned.size()][];
        boolean[] validating = new boolean[cleaned.size()];
        String[] failures = new String[cleaned.size()];
        workers.run(ids.length, 1, (from, to, worker) -> {
            for (int i = from; i < to; i++) {
                try {
                    ids[i] = tokens(cleaned.get(i).text());
                } catch (BacktrackingException e) {
                    ids[i] = new int[0];
                    failures[i] = String.valueOf(e.getMessage());
                }
                validating[i] = isValidation(cleaned.get(i).text(), options.validation(), options.seed());
            }
        });
        for (int i = 0; i < ids.length; i++) {
            Document document = cleaned.get(i);
            if (failures[i] != null) {
                throw new FormatException(document.origin(), "the tokenizer cannot encode this text: " + failures[i]);
            }
            if (ids[i].length == 0) {
                empty++;
                continue;
            }
            Part part = validating[i] ? validation : train;
            part.writer.add(ids[i]);
            part.characters += document.text().length();
        }
    }

    /** What the model expects around a text, too; the end of text at the end, where the vocabulary has one. */
    private int[] tokens(String text) {
        int[] ids = tokenizer.encode(text, options.specialTokens(), true);
        int eos = tokenizer.eos();
        if (ids.length == 0 || eos < 0 || ids[ids.length - 1] == eos) {
            return ids;
        }
        int[] ended = Arrays.copyOf(ids, ids.length + 1);
        ended[ids.length] = eos;
        return ended;
    }

    /** Whether a text is in the validation set: by its words, so that case, signs and white space move none. */
    static boolean isValidation(String text, double share, long seed) {
        if (share == 0) {
            return false;
        }
        String bare = BareText.of(text);
        BareText.Hash hash = BareText.hash(bare.isEmpty() ? text : bare);
        return (Mix.mix(seed, hash.high()) >>> 11) * 0x1p-53 < share;
    }

    /** Takes away what was not published. */
    @Override
    public void close() throws IOException {
        workers.close();
        try (train.writer;
                validation.writer) {
            cleaning.close();
        }
    }
}
