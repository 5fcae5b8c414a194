package dev.keiryo.cli;

import dev.keiryo.generate.Greedy;
import dev.keiryo.generate.MinP;
import dev.keiryo.generate.Penalties;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.generate.SamplerLink;
import dev.keiryo.generate.SamplerPreset;
import dev.keiryo.generate.Temperature;
import dev.keiryo.generate.TopK;
import dev.keiryo.generate.TopP;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How tokens are drawn: a preset or a chain, and single settings that go before the preset's. */
final class SamplerOptions {
    @Option(
            names = "--preset",
            paramLabel = "NAME",
            description = "Sampler settings by name: ${COMPLETION-CANDIDATES}. Default: balanced.")
    private @Nullable SamplerPreset preset;

    @Option(
            names = "--chain",
            paramLabel = "CHAIN",
            description = "All samplers in their order, e.g. \"top_k:40;top_p:0.95;temp:0.8\"; see docs/DECODING.md.")
    private @Nullable String chain;

    @Option(
            names = "--temp",
            paramLabel = "T",
            description = "Temperature; 0 always takes the most probable token. Default: the preset's, 0.8.")
    private @Nullable Double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            description = "Only the K most probable tokens; 0 for all. Default: the preset's, 50.")
    private @Nullable Integer topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description =
                    "Only the most probable tokens that together reach P; 1 for all. Default: the preset's, 0.95.")
    private @Nullable Double topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Only tokens at least P times as probable as the best; 0 for all. Default: the preset's, 0.")
    private @Nullable Double minP;

    @Option(
            names = "--repeat-penalty",
            paramLabel = "R",
            description = "Divides the logits of recent tokens; 1 for none. Default: the preset's, 1.1 over 64 tokens.")
    private @Nullable Double repeat;

    @Option(
            names = "--sampler",
            paramLabel = "LINK",
            description =
                    "Any other sampler as a link of a chain, e.g. \"xtc:probability=0.3\": replaces the chain's own"
                            + " link of that kind, or joins it where it belongs. Repeatable.")
    private List<String> links = new ArrayList<>();

    @Option(names = "--greedy", description = "Always takes the most probable token.")
    private boolean greedy;

    /** What the command line asks for; without a preset or chain, from the usual one. */
    SamplerChain chain() {
        return chain(SamplerChain.DEFAULT);
    }

    /** As {@link #chain()}, without a preset or chain from {@code usual}. */
    SamplerChain chain(SamplerChain usual) {
        if (chain != null && (preset != null || single())) {
            throw new UsageException("--chain says all; give no --preset and no single sampler's option beside it");
        }
        try {
            SamplerChain base = base(usual);
            return greedy ? mostProbable(base) : singles(base);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private boolean single() {
        return temperature != null
                || topK != null
                || topP != null
                || minP != null
                || repeat != null
                || !links.isEmpty();
    }

    /** Whether the command line says anything of this. */
    boolean given() {
        return chain != null || preset != null || greedy || single();
    }

    private SamplerChain base(SamplerChain usual) {
        return chain != null ? SamplerChain.parse(chain) : preset != null ? preset.chain() : usual;
    }

    private SamplerChain singles(SamplerChain base) {
        SamplerChain made = base;
        for (String text : links) {
            for (SamplerLink link : SamplerChain.parse(text).links()) {
                made = made.with(link);
            }
        }
        if (topK != null) {
            made = set(made, new TopK(topK), topK == 0);
        }
        if (topP != null) {
            made = set(made, new TopP(topP), topP == 1);
        }
        if (minP != null) {
            made = set(made, new MinP(minP), minP == 0);
        }
        if (repeat != null) {
            int window = made.links().stream()
                    .map(link -> link instanceof Penalties p ? p.lastN() : Penalties.LAST_N)
                    .filter(n -> n != Penalties.LAST_N)
                    .findFirst()
                    .orElse(Penalties.LAST_N);
            made = set(made, new Penalties(repeat, window, 0, 0), repeat == 1);
        }
        if (temperature != null) {
            made = made.with(new Temperature(temperature));
        }
        return temperature != null && temperature == 0 ? mostProbable(made) : made;
    }

    /** Nothing but the most probable token, unless penalties were asked for. */
    private SamplerChain mostProbable(SamplerChain made) {
        return chain == null && preset == null && repeat == null ? SamplerChain.GREEDY : made.with(new Greedy());
    }

    private static SamplerChain set(SamplerChain made, SamplerLink link, boolean off) {
        return off ? made.without(link.getClass()) : made.with(link);
    }
}
