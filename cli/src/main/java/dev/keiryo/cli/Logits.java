package dev.keiryo.cli;

import dev.keiryo.LanguageModel;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.file.ReplacedFile;
import dev.keiryo.generate.LogProbabilities;
import dev.keiryo.model.Transformer.Kind;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keiryo logits}: what a model computes for given tokens. */
@Command(
        name = "logits",
        description = "Computes a model's output for given tokens: logits, or hidden states of an encoder.")
final class Logits implements Callable<Integer> {
    /** Tokens whose logits are computed at a time. */
    private static final int CHUNK = 128;

    @Mixin
    private ModelArgument model = new ModelArgument();

    @Option(
            names = "--tokens",
            required = true,
            split = ",",
            paramLabel = "ID",
            description = "Token ids, separated by commas.")
    private int[] tokens;

    @Option(
            names = "--decoder-tokens",
            split = ",",
            paramLabel = "ID",
            description = "Encoder-decoder models: the decoder's tokens; --tokens are the encoder's.")
    private int @Nullable [] decoderTokens;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Writes raw little-endian float32 [tokens, vocabulary] (encoders: [tokens, hidden]).")
    private @Nullable Path out;

    @Option(names = "--top", paramLabel = "N", description = "Rows of the next-token table. Default: ${DEFAULT-VALUE}")
    private int top = 10;

    @Override
    public Integer call() throws IOException {
        if (top < 0) {
            throw new UsageException("--top should be at least 0, but is " + top);
        }
        try (LanguageModel loaded = model.loadExact()) {
            Engine engine = loaded.engine();
            Kind kind = engine.transformer().kind();
            if ((kind == Kind.ENCODER_DECODER) != (decoderTokens != null)) {
                throw new UsageException(
                        kind == Kind.ENCODER_DECODER
                                ? "this model is an encoder-decoder: --tokens are what its encoder reads, and --decoder-tokens,"
                                        + " usually beginning with 0, what its decoder is given"
                                : "--decoder-tokens is for encoder-decoder models only");
            }
            int[] fed = decoderTokens == null ? tokens : decoderTokens;
            check(engine, tokens);
            check(engine, fed);
            Results results = new Results(fed);
            try (Sequence sequence = engine.newSequence(Math.max(tokens.length, fed.length))) {
                if (decoderTokens != null) {
                    engine.encode(sequence, tokens);
                }
                // an encoder's rows are no logits
                compute(engine, sequence, fed, kind == Kind.ENCODER ? (rows, from) -> {} : results::take);
            }
            if (kind != Kind.ENCODER) {
                results.print(loaded);
            } else {
                System.out.printf(
                        "hidden states [%d tokens, %d]%s%n",
                        fed.length,
                        engine.transformer().shape().hidden(),
                        out == null ? "; --out FILE writes them" : " in " + out);
            }
        }
        return 0;
    }

    /** Feeds the tokens, and writes the rows to {@link #out} where it was given: all of them or no file. */
    private void compute(Engine engine, Sequence sequence, int[] fed, Rows table) throws IOException {
        if (out == null) {
            forward(engine, sequence, fed, table);
            return;
        }
        try (ReplacedFile file = new ReplacedFile(out)) {
            forward(engine, sequence, fed, (rows, from) -> {
                file.bytes(rows.data().asSlice(0, 4L * rows.rows() * rows.cols()));
                table.take(rows, from);
            });
            file.finish();
            file.publish();
        }
    }

    /** Takes the results of the tokens from number {@code from} on. */
    private interface Rows {
        void take(Matrix rows, int from) throws IOException;
    }

    private static void forward(Engine engine, Sequence sequence, int[] fed, Rows rows) throws IOException {
        // an encoder's text cannot be split: every token sees all others
        int chunk = engine.transformer().kind() == Kind.ENCODER ? fed.length : CHUNK;
        Batch batch = new Batch();
        for (int from = 0; from < fed.length; from += chunk) {
            int to = Math.min(fed.length, from + chunk);
            rows.take(engine.forward(batch.clear().add(sequence, fed, from, to, Batch.Output.ALL)), from);
        }
    }

    private static void check(Engine engine, int[] ids) {
        int vocabulary = engine.transformer().shape().vocabulary();
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw new UsageException(
                        "token id " + id + " is not in the model's vocabulary, 0 to " + (vocabulary - 1));
            }
        }
        if (ids.length == 0) {
            throw new UsageException("no tokens were given");
        }
    }

    /** The next-token table of the last position, and the cross-entropy of the tokens given. */
    private final class Results {
        private final int[] fed;
        private double nats;
        private float[] last = {};

        Results(int[] fed) {
            this.fed = fed;
        }

        void take(Matrix rows, int from) {
            for (int r = 0; r < rows.rows(); r++) {
                int next = from + r + 1;
                if (next < fed.length) {
                    nats -= LogProbabilities.of(rows.toArray(r), fed[next]);
                } else {
                    last = rows.toArray(r);
                }
            }
        }

        void print(LanguageModel loaded) {
            for (int id : LogProbabilities.greatest(last, Math.min(top, last.length))) {
                String piece = loaded.hasTokenizer()
                        ? Tokenize.visible(loaded.tokenizer().piece(id))
                        : "";
                System.out.printf(
                        Locale.ROOT, "%8d  %8.4f%%  %s%n", id, 100 * Math.exp(LogProbabilities.of(last, id)), piece);
            }
            if (fed.length > 1) {
                double mean = nats / (fed.length - 1);
                System.out.printf(
                        Locale.ROOT,
                        "cross-entropy %.5f nats per token over %d tokens (perplexity "
                                + (mean < 14 ? "%.3f)%n" : "%.3e)%n"),
                        mean,
                        fed.length - 1,
                        Math.exp(mean));
            }
        }
    }
}
