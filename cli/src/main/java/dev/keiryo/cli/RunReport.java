package dev.keiryo.cli;

import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.TokenScore;
import dev.keiryo.tokenizer.Tokenizer;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A generation as JSON, and its log-probabilities as a table. */
final class RunReport {
    private RunReport() {}

    static String json(String prompt, Generation generation, GenerateOptions options, Tokenizer tokenizer) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("prompt", prompt);
        root.put("text", generation.text());
        ArrayNode tokens = root.putArray("tokens");
        for (int id : generation.tokens()) {
            tokens.add(id);
        }
        root.put("reason", generation.reason().name().toLowerCase(Locale.ROOT));
        root.put("chain", options.chain().toString());
        root.put("seed", options.seed());
        root.put("promptTokens", generation.promptTokens());
        root.put("knownTokens", generation.knownTokens());
        root.put("promptTokensPerSecond", generation.promptTokensPerSecond());
        root.put("tokensPerSecond", generation.tokensPerSecond());
        if (options.speculation().most() > 0) {
            ObjectNode drafts = root.putObject("drafts");
            drafts.put("guessed", generation.drafts().guessed());
            drafts.put("accepted", generation.drafts().right());
            drafts.put("acceptance", generation.drafts().acceptance());
            drafts.put("passes", generation.drafts().passes());
        }
        if (options.scores().text()) {
            add(root.putArray("logprobs"), generation.scores(), tokenizer);
        }
        if (options.scores().prompt()) {
            add(root.putArray("promptLogprobs"), generation.promptScores(), tokenizer);
        }
        return root.toString();
    }

    private static void add(ArrayNode list, List<TokenScore> scores, Tokenizer tokenizer) {
        for (TokenScore score : scores) {
            ObjectNode node = list.addObject();
            node.put("id", score.id());
            node.put("piece", piece(tokenizer, score.id()));
            put(node, score.logProbability());
            ArrayNode top = node.putArray("top");
            for (TokenScore.Alternative other : score.top()) {
                ObjectNode alternative = top.addObject();
                alternative.put("id", other.id());
                alternative.put("piece", piece(tokenizer, other.id()));
                put(alternative, other.logProbability());
            }
        }
    }

    /** JSON has no -infinity: a probability of 0 is null. */
    private static void put(ObjectNode node, double logProbability) {
        if (Double.isFinite(logProbability)) {
            node.put("logprob", logProbability);
        } else {
            node.putNull("logprob");
        }
    }

    /** A line for each token: its log-probability in nats, then the alternatives'. */
    static void table(Generation generation, Tokenizer tokenizer, PrintStream out) {
        for (List<TokenScore> scores : List.of(generation.promptScores(), generation.scores())) {
            for (TokenScore score : scores) {
                String top = score.top().stream()
                        .map(other -> String.format(
                                Locale.ROOT,
                                "%s %.4f",
                                Tokenize.visible(piece(tokenizer, other.id())),
                                other.logProbability()))
                        .collect(Collectors.joining("  "));
                out.printf(
                        Locale.ROOT,
                        "%8d  %9.4f  %s%s%n",
                        score.id(),
                        score.logProbability(),
                        Tokenize.visible(piece(tokenizer, score.id())),
                        top.isEmpty() ? "" : "  | " + top);
            }
        }
    }

    /** The stored piece; a model's padding beyond its tokenizer's ids has none. */
    static String piece(Tokenizer tokenizer, int id) {
        return id < tokenizer.size() ? tokenizer.piece(id) : "";
    }
}
