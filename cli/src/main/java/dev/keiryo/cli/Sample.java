package dev.keiryo.cli;

import dev.keiryo.LanguageModel;
import dev.keiryo.generate.Candidates;
import dev.keiryo.generate.ContrastiveSearch;
import dev.keiryo.generate.History;
import dev.keiryo.generate.LogitSource;
import dev.keiryo.generate.Sampler;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.generate.SamplerRequest;
import dev.keiryo.generate.TokenTexts;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code keiryo sample}: what a chain of samplers does to one token's logits. */
@Command(
        name = "sample",
        description = "Shows which tokens survive each link of a sampler chain, and draws one.",
        footer = "Logits come from --logits FILE (the MODEL then only names tokens), or from MODEL after -p TEXT.")
final class Sample implements Callable<Integer> {
    @Mixin
    private ModelArgument model = new ModelArgument();

    @Option(
            names = "--logits",
            paramLabel = "FILE|MODEL",
            description = "A JSON array of numbers, an object with \"logits\", or raw float32 (.f32, .bin); with -p, a"
                    + " model.")
    private @Nullable String logits;

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "Takes the model's logits for the token after TEXT.")
    private @Nullable String prompt;

    @Option(
            names = "--chain",
            paramLabel = "CHAIN",
            description = "Samplers in their order, e.g. \"penalties:repeat=1.1,last_n=64;top_k:40;temp:0.8\"."
                    + " Default: that of run.")
    private String chain = SamplerChain.DEFAULT.toString();

    @Option(
            names = "--history",
            paramLabel = "ID,…",
            description = "Token ids before this one, for penalties. Default: the prompt's.")
    private @Nullable String history;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Seed of the random numbers. Default: another one each time")
    private @Nullable Long seed;

    @Option(
            names = "--top",
            paramLabel = "N",
            description = "Tokens shown after each link, most probable first. Default: ${DEFAULT-VALUE}")
    private int top = 5;

    @Option(names = "--json", description = "Prints JSON, with all survivors of each link.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        SamplerChain parsed = parse();
        int[] given = history == null ? null : ids(history);
        long s = seed == null ? ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE) : seed;
        boolean named = spec.commandLine().getParseResult().hasMatchedPositional(0);
        if (prompt == null && logits == null) {
            throw new UsageException("give --logits FILE, or a MODEL and -p TEXT");
        }
        if (top < 0) {
            throw new UsageException("--top should be at least 0, but is " + top);
        }
        if (parsed.source() instanceof ContrastiveSearch) {
            throw new UsageException("contrastive search compares hidden states of several tokens; try it with run");
        }
        if (prompt == null) {
            if (parsed.source() != LogitSource.MODEL) {
                throw new UsageException(parsed.source() + " needs a model: give a MODEL and -p TEXT");
            }
            Path tokenizerFile = named ? model.path() : null;
            Tokenizer tokenizer = tokenizerFile == null ? null : TokenizerFiles.open(tokenizerFile);
            Set<Integer> end = tokenizer == null || tokenizer.eos() < 0 ? Set.of() : Set.of(tokenizer.eos());
            float[] row = LogitsFile.read(Path.of(logits));
            print(parsed, row, row, given == null ? new int[0] : given, s, tokenizer, end);
            return 0;
        }
        if (logits != null && named) {
            throw new UsageException("the model is named twice: " + logits + " and " + model.name());
        }
        try (LanguageModel loaded = logits == null ? model.loadExact() : model.loadExact(logits)) {
            int[] tokens = loaded.tokenizer().encode(prompt, SpecialTokens.PARSED, true);
            print(
                    parsed,
                    loaded.nextLogits(tokens),
                    loaded.generator().nextLogits(tokens, parsed.source()),
                    given == null ? tokens : given,
                    s,
                    loaded.tokenizer(),
                    loaded.endOfText());
        }
        return 0;
    }

    private SamplerChain parse() {
        try {
            return SamplerChain.parse(chain);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private static int[] ids(String text) {
        try {
            return Arrays.stream(text.split(","))
                    .filter(id -> !id.isBlank())
                    .mapToInt(id -> Integer.parseUnsignedInt(id.strip()))
                    .toArray();
        } catch (NumberFormatException e) {
            throw new UsageException("--history should be token ids, separated by commas, but is " + text);
        }
    }

    private void print(
            SamplerChain parsed,
            float[] model,
            float[] row,
            int[] before,
            long s,
            @Nullable Tokenizer tokenizer,
            Set<Integer> endOfText) {
        SamplerRequest request = new SamplerRequest(
                new History(),
                new SplittableRandom(s),
                tokenizer == null ? null : new TokenTexts(tokenizer),
                endOfText);
        Sampler sampler = sampler(parsed, request);
        Candidates made = new Candidates();
        made.load(row);
        sampler.history().start(before);
        if (json) {
            ObjectNode root = JsonMapper.shared().createObjectNode();
            root.put("chain", parsed.toString());
            ArrayNode links = root.putArray("links");
            if (parsed.source() != LogitSource.MODEL) {
                add(links.addObject(), parsed.source().toString(), made);
            }
            sampler.process(row, (link, left) -> add(links.addObject(), link.toString(), left));
            int id = sampler.draw();
            root.put("token", id);
            if (tokenizer != null) {
                root.put("piece", RunReport.piece(tokenizer, id));
            }
            root.put("seed", s);
            System.out.println(root);
            return;
        }
        Candidates all = new Candidates();
        all.load(model);
        table("logits", all, tokenizer);
        if (parsed.source() != LogitSource.MODEL) {
            table(parsed.source().toString(), made, tokenizer);
        }
        sampler.process(row, (link, left) -> table(link.toString(), left, tokenizer));
        int id = sampler.draw();
        System.out.printf("drawn %d%s; seed %d%n", id, piece(tokenizer, id), s);
    }

    private static Sampler sampler(SamplerChain parsed, SamplerRequest request) {
        try {
            return new Sampler(parsed, request);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private static void add(ObjectNode node, String link, Candidates left) {
        node.put("link", link);
        node.put("count", left.count());
        ArrayNode survivors = node.putArray("survivors");
        for (int i : descending(left)) {
            survivors.addArray().add(left.id(i)).add(left.probability(i));
        }
    }

    private void table(String title, Candidates left, @Nullable Tokenizer tokenizer) {
        System.out.printf("%s: %d %s%n", title, left.count(), left.count() == 1 ? "token" : "tokens");
        int[] order = descending(left);
        for (int i = 0; i < Math.min(top, order.length); i++) {
            int id = left.id(order[i]);
            System.out.printf(
                    Locale.ROOT, "%8d  %8.4f%%%s%n", id, 100 * left.probability(order[i]), piece(tokenizer, id));
        }
    }

    private static String piece(@Nullable Tokenizer tokenizer, int id) {
        return tokenizer == null ? "" : "  " + Tokenize.visible(RunReport.piece(tokenizer, id));
    }

    /** The candidates' indices, most probable first, of equals the lower id. */
    private static int[] descending(Candidates left) {
        return IntStream.range(0, left.count())
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(i -> -left.logit(i)).thenComparingInt(left::id))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
