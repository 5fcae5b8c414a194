package dev.keiryo.cli;

import dev.keiryo.model.MaskedLm;
import dev.keiryo.model.Transformer;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.train.MaskedSample;
import dev.keiryo.train.ModelSample;
import dev.keiryo.train.Objective;
import dev.keiryo.train.TrainingRun;
import dev.keiryo.train.tape.Parameters;
import dev.keiryo.train.tape.Tape;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a model that learns is asked to write at each validation. */
final class SampleOptions {
    @Option(
            names = "--sample-prompt",
            paramLabel = "TEXT",
            description =
                    "Text that the model goes on with at each validation (masked: with [MASK] in it, spans: with <extra_id_0>); it is shown,"
                            + " and kept in metrics.jsonl and index.html.")
    private @Nullable String prompt;

    @Option(names = "--sample-tokens", paramLabel = "N", description = "Tokens of it. Default: ${DEFAULT-VALUE}")
    private int tokens = 64;

    @Option(
            names = "--sample-temp",
            paramLabel = "R",
            description = "Its temperature; 0 takes the most probable token. Default: ${DEFAULT-VALUE}")
    private double temperature;

    /** Null where nothing was asked for. */
    TrainingRun.@Nullable Sample of(
            Objective objective,
            Transformer learner,
            Parameters parameters,
            Tape<Matrix> tape,
            Tokenizer tokenizer,
            long seed,
            int threads) {
        if (prompt == null) {
            return null;
        }
        if (objective instanceof Objective.Masked masked && learner instanceof MaskedLm model) {
            return new MaskedSample(
                    model, tape, tokenizer, prompt, masked.corruption().mask());
        }
        return new ModelSample(parameters, tokenizer, prompt, tokens, temperature, seed, threads);
    }
}
