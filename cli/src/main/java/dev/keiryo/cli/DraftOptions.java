package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.SkippedLayers;
import dev.keiryo.generate.Speculation;
import java.io.IOException;
import java.util.BitSet;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether and how tokens are guessed ahead. */
final class DraftOptions implements AutoCloseable {
    private static final String SKIP = "skip";

    @Option(
            names = "--draft",
            paramLabel = "HOW",
            description = {
                "Guesses tokens ahead, which changes nothing but the speed. lookup: from what the text repeats;",
                "skip: by the model itself without every other layer of its middle half, skip:2,5-8 without those",
                "(0 is the first); else a smaller MODEL, of whatever vocabulary."
            })
    private @Nullable String draft;

    @Option(
            names = "--draft-tokens",
            paramLabel = "N",
            description = "With --draft: guesses at a time, 1 to 64. Default: 10 for lookup, else 5.")
    private @Nullable Integer tokens;

    @Option(
            names = "--draft-branches",
            paramLabel = "B",
            description = "With --draft lookup or MODEL: alternatives checked at a time, 1 to 16. Default: 1")
    private @Nullable Integer branches;

    @Option(
            names = "--draft-always",
            description = "With --draft: guesses at every step, also where that does not pay.")
    private boolean always;

    private @Nullable LanguageModel model;

    /** Whether guesses are asked for. */
    boolean given() {
        return draft != null;
    }

    /** Refuses what would have no effect. */
    void check() {
        if (draft == null && (tokens != null || branches != null || always)) {
            throw new UsageException("--draft-tokens, --draft-branches and --draft-always go with --draft HOW");
        }
        if (tokens != null && (tokens < 1 || tokens > 64)) {
            throw new UsageException("--draft-tokens should be 1 to 64, but is " + tokens);
        }
        if (branches != null && (branches < 1 || branches > 16)) {
            throw new UsageException("--draft-branches should be 1 to 16, but is " + branches);
        }
        if (branches != null && draft != null && draft.startsWith(SKIP)) {
            throw new UsageException("--draft-branches goes with --draft lookup or MODEL");
        }
    }

    /**
     * What the command line asks for.
     *
     * @param options how a draft model computes
     */
    Speculation speculation(LanguageModel target, EngineOptions options) throws IOException {
        if (draft == null) {
            return Speculation.NONE;
        }
        boolean lookup = draft.equals("lookup");
        int most = tokens != null ? tokens : lookup ? 10 : 5;
        return (lookup ? Speculation.LOOKUP : drafter(target, draft, options))
                .withMost(most)
                .withBranches(branches == null ? 1 : branches)
                .withAdaptive(!always);
    }

    private Speculation drafter(LanguageModel target, String how, EngineOptions options) throws IOException {
        if (how.equals(SKIP) || how.startsWith(SKIP + ":")) {
            int layers = target.engine().transformer().shape().layers();
            BitSet skipped =
                    how.equals(SKIP) ? SkippedLayers.middle(layers) : numbers(how.substring(SKIP.length() + 1), layers);
            try {
                SkippedLayers checked = new SkippedLayers(target.engine(), skipped);
                return new Speculation(capacity -> checked, 5);
            } catch (IllegalArgumentException e) {
                throw new UsageException("--draft " + how + ": " + e.getMessage());
            }
        }
        LanguageModel small = Keiryo.load(ModelArgument.resolve(how), options);
        model = small;
        return Speculation.byModel(target.engine(), target.tokenizer(), small.engine(), small.tokenizer());
    }

    private static BitSet numbers(String list, int end) {
        BitSet set = new BitSet();
        for (String part : list.split(",", -1)) {
            String[] ends = part.strip().split("-", 2);
            try {
                int first = Integer.parseUnsignedInt(ends[0]);
                int last = Integer.parseUnsignedInt(ends[ends.length - 1]);
                if (first > last || last >= end) {
                    throw new NumberFormatException();
                }
                set.set(first, last + 1);
            } catch (NumberFormatException e) {
                throw new UsageException(
                        "--draft skip: expected layers such as 2,5-8, of 0 to " + (end - 1) + ", but found " + part);
            }
        }
        return set;
    }

    /** For the last line that a command prints. */
    static String summary(Generation.Drafts drafts, int tokens) {
        return String.format(
                Locale.ROOT,
                "; guessed %d, accepted %d (%.1f%%), %.2f tokens a pass",
                drafts.guessed(),
                drafts.right(),
                100 * drafts.acceptance(),
                drafts.passes() == 0 ? 1.0 : Math.max(0, tokens - 1) / (double) drafts.passes());
    }

    @Override
    public void close() {
        if (model != null) {
            model.close();
        }
    }
}
