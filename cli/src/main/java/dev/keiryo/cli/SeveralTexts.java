package dev.keiryo.cli;

import dev.keiryo.LanguageModel;
import dev.keiryo.file.ProcessMemory;
import dev.keiryo.generate.BeamSearch;
import dev.keiryo.generate.BestOf;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code keiryo run} with a search: several texts for one prompt, the best of which are shown with their scores. */
final class SeveralTexts {
    private final LanguageModel model;
    private final String prompt;
    private final int[] ids;
    private final GenerateOptions options;
    private final SearchOptions search;
    private final boolean json;
    private final boolean quiet;

    /** One of them, however it was found. */
    private record Found(String text, int tokens, double score, double logProbability, String reason) {}

    SeveralTexts(
            LanguageModel model,
            String prompt,
            int[] ids,
            GenerateOptions options,
            SearchOptions search,
            boolean json,
            boolean quiet) {
        this.model = model;
        this.prompt = prompt;
        this.ids = ids;
        this.options = options;
        this.search = search;
        this.json = json;
        this.quiet = quiet;
    }

    void print() {
        long begin = System.nanoTime();
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("prompt", prompt);
        List<Found> found;
        BestOf.@Nullable Vote vote = null;
        if (search.isBeamSearch()) {
            found = beams();
            root.put("search", "beams");
        } else {
            List<Generation> texts = texts();
            found = texts.stream().map(SeveralTexts::found).toList();
            Function<String, Optional<String>> answer = search.vote();
            vote = answer == null ? null : BestOf.vote(texts, answer).orElse(null);
            root.put("search", "best of").put("chain", options.chain().toString());
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        root.put("seed", options.seed()).put("seconds", seconds);
        List<Found> shown = found.subList(0, Math.min(search.results(), found.size()));
        if (json) {
            ArrayNode results = root.putArray("results");
            shown.forEach(one -> add(results.addObject(), one));
            if (search.vote() != null) {
                add(root.putObject("vote"), vote);
            }
            System.out.println(root);
            return;
        }
        show(shown);
        if (search.vote() != null) {
            System.out.println(vote == null ? "no text comes to an answer" : text(vote));
        }
        if (!quiet) {
            boolean styled = Style.wanted(Terminal.isStandardError(), System.getenv());
            System.err.println(Style.DIM.of(summary(ids.length, found, seconds), styled));
        }
    }

    private List<Found> beams() {
        BeamSearch beams = new BeamSearch(model.engine(), model.generator(), search.beamOptions());
        return beams.search(ids, options).stream()
                .map(h -> new Found(
                        h.text(),
                        h.tokens().length,
                        h.score(),
                        h.logProbability(),
                        h.ended() ? "end of text" : "max tokens"))
                .toList();
    }

    /** Most probable first. */
    private List<Generation> texts() {
        try (Scheduler scheduler = new Scheduler(model.engine(), model.generator(), Scheduler.Limits.DEFAULT)) {
            return BestOf.ranked(BestOf.sample(scheduler, ids, options, search.texts()));
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static Found found(Generation g) {
        double mean = BestOf.meanLogProbability(g);
        String reason = g.reason().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return new Found(g.text(), g.tokens().length, mean, mean * g.tokens().length, reason);
    }

    private void show(List<Found> shown) {
        boolean styled = Style.wanted(Terminal.isStandardOutput(), System.getenv());
        for (int i = 0; i < shown.size(); i++) {
            Found one = shown.get(i);
            if (shown.size() > 1) {
                String title = String.format(
                        Locale.ROOT,
                        "%d: score %.4f, log-probability %.4f nats, %d tokens, %s",
                        i + 1,
                        one.score(),
                        one.logProbability(),
                        one.tokens(),
                        one.reason());
                System.out.println(Style.DIM.of(title, styled));
            }
            System.out.println(Style.GIVEN.of(prompt, styled) + one.text());
        }
    }

    private static String text(BestOf.Vote vote) {
        List<String> all = new ArrayList<>();
        vote.all().forEach((answer, count) -> all.add(answer + " " + count));
        return "answer: " + vote.answer() + " (" + vote.count() + " votes; " + String.join(", ", all) + ")";
    }

    private String summary(int promptTokens, List<Found> found, double seconds) {
        return String.format(
                Locale.ROOT,
                "[%s] prompt %d tokens; %d texts of %d tokens in %.1f s; best score %.4f; peak memory %s; seed %d",
                search.isBeamSearch() ? "beam search" : "best of " + search.texts(),
                promptTokens,
                found.size(),
                found.stream().mapToInt(Found::tokens).sum(),
                seconds,
                found.isEmpty() ? Double.NaN : found.getFirst().score(),
                Bytes.format(ProcessMemory.peak()),
                options.seed());
    }

    private static void add(ObjectNode node, Found one) {
        node.put("text", one.text());
        node.put("tokens", one.tokens());
        node.put("score", one.score());
        node.put("logprob", one.logProbability());
        node.put("reason", one.reason());
    }

    private static void add(ObjectNode node, BestOf.@Nullable Vote vote) {
        if (vote == null) {
            node.putNull("answer");
            return;
        }
        node.put("answer", vote.answer());
        node.put("votes", vote.count());
        ObjectNode all = node.putObject("all");
        vote.all().forEach(all::put);
    }
}
