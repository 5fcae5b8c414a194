package dev.keiryo.cli;

import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import dev.keiryo.tokenizer.TokenizerFiles;
import dev.keiryo.train.data.DataCard;
import dev.keiryo.train.data.DataCardText;
import dev.keiryo.train.data.Pipeline;
import dev.keiryo.train.data.Preparation;
import dev.keiryo.train.data.PreparationOptions;
import dev.keiryo.train.data.ReadOptions;
import dev.keiryo.train.data.SourceFile;
import dev.keiryo.train.data.SourceFiles;
import dev.keiryo.train.data.StepCounts;
import dev.keiryo.train.data.TextUnit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keiryo data}: text files, cleaned and as tokens, for training. */
@Command(
        name = "data",
        description = {
            "Makes training data of texts: reads, cleans, splits, tokenizes.",
            "DIR then holds train.tokens, validation.tokens, and what was done to the texts in card.md and card.json."
        })
final class Data implements Callable<Integer> {
    @Parameters(
            paramLabel = "SOURCES",
            arity = "1..*",
            description =
                    "Files, folders or globs: plain text and HTML, JSON Lines (both also .gz), Parquet. What a file holds, its name tells.")
    private List<String> sources = new ArrayList<>();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to write.")
    private Path out = Path.of("");

    @Option(
            names = "--tokenizer",
            required = true,
            paramLabel = "MODEL",
            description = "The model whose tokenizer to use, or only a tokenizer, as for keiryo tokenize.")
    private String model = "";

    @Option(
            names = "--filters",
            paramLabel = "LIST",
            description = {
                "Steps of cleaning in their order: " + Pipeline.NAMES + "; or none.",
                "Default: ${DEFAULT-VALUE}"
            })
    private String filters = Pipeline.USUAL;

    @Option(
            names = "--field",
            paramLabel = "NAME",
            description =
                    "Field of JSON Lines, or column of Parquet, with the text; data.text is text within data. Default: ${DEFAULT-VALUE}")
    private String field = ReadOptions.DEFAULT.field();

    @Option(
            names = "--documents",
            paramLabel = "UNIT",
            description =
                    "What a document is in plain text: file, paragraph, line, or separator=MARK. Default: ${DEFAULT-VALUE}")
    private String documents = ReadOptions.DEFAULT.unit().toString();

    @Option(
            names = "--piece",
            paramLabel = "N",
            description = "Cuts documents of more than N characters where a paragraph, line or sentence ends.")
    private int piece;

    @Option(
            names = "--max-document",
            paramLabel = "SIZE",
            converter = Bytes.Amount.class,
            description = "The longest document; a longer one is an error. Default: 64MiB")
    private long limit = ReadOptions.DEFAULT.limit();

    @Option(
            names = "--special-tokens",
            description =
                    "Special tokens that are spelled out in a text, as in conversations, are those tokens. Default: text like any other")
    private boolean specialTokens;

    @Option(
            names = "--validation",
            paramLabel = "SHARE",
            description = "Share of the documents that go into the validation set. Default: ${DEFAULT-VALUE}")
    private double validation = 0.05;

    @Option(
            names = "--licence",
            paramLabel = "GLOB=TEXT",
            description = "The licence of the files whose names match, for the card; repeatable.")
    private List<String> licences = new ArrayList<>();

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Decides which documents are in the validation set. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(names = "--json", description = "Prints the card as JSON.")
    private boolean json;

    @Mixin
    private Threads threads = new Threads();

    @Override
    public Integer call() throws IOException {
        PreparationOptions options = options();
        List<SourceFile> files = SourceFiles.find(sources);
        Tokenizer tokenizer = TokenizerFiles.open(ModelArgument.resolve(model));
        DataCard card;
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            card = Preparation.run(files, options, tokenizer, model, out, bar::stage);
        }
        if (json) {
            System.out.println(DataCardText.json(card));
        } else {
            print(card);
        }
        if (card.validation().documents() == 0 && validation > 0) {
            System.err.println("keiryo: no document came into the validation set; with smaller documents (--documents"
                    + " paragraph, --piece N) or a larger --validation some will");
        }
        return 0;
    }

    private PreparationOptions options() {
        try {
            if (limit > Integer.MAX_VALUE) {
                throw new UsageException("--max-document should be less than 2GiB");
            }
            return new PreparationOptions(
                    new ReadOptions(field, TextUnit.parse(documents), (int) limit, piece),
                    Pipeline.parse(filters, seed),
                    validation,
                    seed,
                    threads.count(),
                    specialTokens ? SpecialTokens.PARSED : SpecialTokens.LITERAL,
                    licences.stream().map(PreparationOptions.Licence::parse).toList());
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private void print(DataCard card) {
        long documentsRead = 0;
        long characters = 0;
        for (DataCard.Source source : card.sources()) {
            documentsRead += source.documents();
            characters += source.characters();
        }
        System.out.printf(
                Locale.ROOT,
                "%,d %s, %,d documents, %,d characters%n",
                card.sources().size(),
                card.sources().size() == 1 ? "file" : "files",
                documentsRead,
                characters);
        for (StepCounts step : card.steps()) {
            System.out.println(line(step));
        }
        if (card.empty() > 0) {
            System.out.printf(Locale.ROOT, "%,d documents of which nothing was left%n", card.empty());
        }
        for (DataCard.Split split : List.of(card.train(), card.validation())) {
            System.out.printf(
                    Locale.ROOT,
                    "%s: %,d documents, %,d tokens, %.2f characters per token%n",
                    out.resolve(split.file()),
                    split.documents(),
                    split.tokens(),
                    split.tokens() == 0 ? 0 : (double) split.characters() / split.tokens());
        }
        System.out.println(out.resolve(Preparation.CARD_MARKDOWN));
    }

    private static String line(StepCounts step) {
        String reasons = step.reasons().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(e -> String.format(Locale.ROOT, "%,d %s", e.getValue(), e.getKey()))
                .collect(Collectors.joining(", "));
        String changed = step.changed() == 0 ? "" : String.format(Locale.ROOT, "%,d changed", step.changed());
        String done = changed + (changed.isEmpty() || reasons.isEmpty() ? "" : ", ") + reasons;
        return String.format(
                Locale.ROOT,
                "  %-18s %,10d -> %,d documents%s",
                step.step(),
                step.documentsBefore(),
                step.documentsAfter(),
                done.isEmpty() ? "" : ": " + done);
    }
}
