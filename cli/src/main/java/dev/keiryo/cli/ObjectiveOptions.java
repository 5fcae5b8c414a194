package dev.keiryo.cli;

import dev.keiryo.synth.Family;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.train.Objective;
import dev.keiryo.train.data.MaskedTokens;
import dev.keiryo.train.data.SpanCorruption;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a model learns to tell. */
final class ObjectiveOptions {
    private static final List<String> MASKS = List.of("[MASK]", "<mask>", "<|mask|>");

    private enum Name {
        NEXT_TOKEN,
        MASKED,
        SPANS;

        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Option(
            names = "--objective",
            paramLabel = "NAME",
            description =
                    "next-token (decoders), masked (BERT: tokens hidden behind [MASK]) or spans (T5: stretches taken out, <extra_id_0> …"
                            + " in their place). Default: by the shape")
    private @Nullable String objective;

    @Option(
            names = "--corrupt",
            paramLabel = "SHARE",
            description = "masked, spans: the share of tokens that are to be told. Default: ${DEFAULT-VALUE}")
    private double corrupt = 0.15;

    @Option(
            names = "--span-length",
            paramLabel = "N",
            description = "spans: their mean length in tokens. Default: ${DEFAULT-VALUE}")
    private double spanLength = 3;

    /** Puts in what was not said. */
    Objective of(Family family, Tokenizer tokenizer) {
        Name usual = switch (family) {
            case BERT -> Name.MASKED;
            case T5 -> Name.SPANS;
            default -> Name.NEXT_TOKEN;
        };
        if (objective != null && !objective.equals(usual.label())) {
            boolean isKnown =
                    List.of(Name.values()).stream().anyMatch(n -> n.label().equals(objective));
            throw new UsageException(
                    isKnown
                            ? "--objective " + objective + " is not for models of the architecture "
                                    + family.architecture() + ", which learn by " + usual.label()
                            : "--objective is next-token, masked or spans, not " + objective);
        }
        objective = usual.label();
        return switch (usual) {
            case NEXT_TOKEN -> new Objective.NextToken();
            case MASKED ->
                new Objective.Masked(
                        new MaskedTokens(mask(tokenizer), tokenizer.size(), corrupt, tokenizer::isSpecial));
            case SPANS ->
                new Objective.Spans(new SpanCorruption(sentinels(tokenizer), tokenizer.eos(), corrupt, spanLength), 0);
        };
    }

    private static int mask(Tokenizer tokenizer) {
        for (String piece : MASKS) {
            if (tokenizer.id(piece) >= 0) {
                return tokenizer.id(piece);
            }
        }
        throw new UsageException("the tokenizer has no [MASK], which the objective masked needs; keiryo tokenizer-train"
                + " --special '[MASK]' gives it one");
    }

    private static int[] sentinels(Tokenizer tokenizer) {
        int[] ids = IntStream.iterate(0, i -> i + 1)
                .map(i -> tokenizer.id("<extra_id_" + i + ">"))
                .takeWhile(id -> id >= 0)
                .toArray();
        if (ids.length == 0) {
            throw new UsageException("the tokenizer has no <extra_id_0>, <extra_id_1> …, which the objective spans"
                    + " needs; keiryo tokenizer-train --sentinels 100 gives it some");
        }
        return ids;
    }
}
