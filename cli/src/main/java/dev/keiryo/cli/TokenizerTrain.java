package dev.keiryo.cli;

import dev.keiryo.tokenizer.BpeTrainer;
import dev.keiryo.tokenizer.TrainedTokenizer;
import dev.keiryo.tokenizer.TrainingProgress;
import dev.keiryo.tokenizer.UnigramTrainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keiryo tokenizer-train}: learns a vocabulary from text. */
@Command(name = "tokenizer-train", description = "Learns a tokenizer from text files.")
final class TokenizerTrain implements Callable<Integer> {
    private enum Type {
        BPE,
        UNIGRAM
    }

    @Parameters(paramLabel = "CORPUS", arity = "1..*", description = "UTF-8 text files.")
    private List<Path> corpus;

    @Option(
            names = "--type",
            required = true,
            paramLabel = "bpe|unigram",
            description = "Byte-level BPE, or a unigram model.")
    private Type type;

    @Option(
            names = "--vocab",
            required = true,
            paramLabel = "N",
            description = "Size of the vocabulary, special tokens included.")
    private int vocabulary;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Folder for tokenizer.json and tokenizer_config.json.")
    private Path out;

    @Option(
            names = "--special",
            paramLabel = "TOKEN",
            description = "A special token; repeatable. Default: <|endoftext|> for bpe; <s> and </s> for unigram.")
    private List<String> special = new ArrayList<>();

    @Option(
            names = "--sentinels",
            paramLabel = "N",
            description = "Adds N special tokens <extra_id_0>, <extra_id_1> …, for encoder-decoders.")
    private int sentinels;

    @Option(names = "--bos", paramLabel = "TOKEN", description = "The special token that begins a text.")
    private @Nullable String bos;

    @Option(names = "--eos", paramLabel = "TOKEN", description = "The special token that ends a text.")
    private @Nullable String eos;

    @Option(names = "--single-digits", description = "bpe: each digit is a token of its own.")
    private boolean singleDigits;

    @Option(
            names = "--coverage",
            paramLabel = "SHARE",
            description = "unigram: share of the text's characters that become pieces. Default: ${DEFAULT-VALUE}")
    private double coverage = 0.9995;

    @Mixin
    private Threads threads = new Threads();

    @Override
    public Integer call() throws IOException {
        try {
            TrainedTokenizer trained;
            try (ProgressBar bar = ProgressBar.onStandardError()) {
                trained = train(bar::stage);
            }
            trained.write(out);
            System.out.println(trained.pieces().size() + " tokens in " + out.resolve("tokenizer.json"));
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
        return 0;
    }

    private TrainedTokenizer train(TrainingProgress progress) throws IOException {
        if (type == Type.BPE) {
            String end = eos == null && special.isEmpty() ? "<|endoftext|>" : eos;
            List<String> tokens = withSentinels(special.isEmpty() ? List.of("<|endoftext|>") : special);
            return BpeTrainer.train(
                    corpus,
                    new BpeTrainer.Config(vocabulary, tokens, bos, end, 1, singleDigits, threads.count(), progress));
        }
        boolean usual = special.isEmpty();
        UnigramTrainer.Config config = new UnigramTrainer.Config(
                vocabulary,
                withSentinels(usual ? List.of("<s>", "</s>") : special),
                usual && bos == null ? "<s>" : bos,
                usual && eos == null ? "</s>" : eos,
                coverage,
                true,
                false,
                16,
                threads.count(),
                progress);
        return UnigramTrainer.train(corpus, config);
    }

    private List<String> withSentinels(List<String> tokens) {
        return Stream.concat(tokens.stream(), IntStream.range(0, sentinels).mapToObj(i -> "<extra_id_" + i + ">"))
                .toList();
    }
}
