package dev.keiryo.prompt;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Okapi BM25 among the texts at hand, divided by what the query itself would score:
 *
 * <pre>
 *   s(q, d) = Σ_t idf(t)·f(t, d)·(k1 + 1) / (f(t, d) + k1·(1 - b + b·|d|/mean))
 *   idf(t)  = ln(1 + (N - n(t) + 0.5) / (n(t) + 0.5))
 * </pre>
 *
 * where t runs over the query's terms, f counts them in d, and n(t) of N texts hold t. Source: Robertson and Zaragoza, The
 * Probabilistic Relevance Framework, 2009.
 *
 * @param k1 how soon a repeated term counts no more; above 0
 * @param b how much long texts are held against themselves; 0 to 1
 */
public record Bm25(double k1, double b) implements Similarity {
    public Bm25 {
        if (!(k1 > 0 && Double.isFinite(k1)) || !(b >= 0 && b <= 1)) {
            throw new IllegalArgumentException("k1 %s and b %s: expected above 0, and 0 to 1".formatted(k1, b));
        }
    }

    @Override
    public double[] scores(String query, List<String> texts) {
        List<String> terms = Terms.of(query);
        List<Map<String, Integer>> counts = texts.stream().map(Bm25::counts).toList();
        Map<String, Integer> holders = new HashMap<>();
        double total = 0;
        for (Map<String, Integer> text : counts) {
            text.keySet().forEach(t -> holders.merge(t, 1, Integer::sum));
            total += length(text);
        }
        double mean = Math.max(1, total / Math.max(1, texts.size()));
        double self = score(terms, counts(query), holders, texts.size(), mean);
        return counts.stream()
                .mapToDouble(text ->
                        self == 0 ? 0 : Math.min(1, score(terms, text, holders, texts.size(), mean) / self))
                .toArray();
    }

    private double score(
            List<String> query, Map<String, Integer> text, Map<String, Integer> holders, int texts, double mean) {
        double sum = 0;
        double norm = k1 * (1 - b + b * length(text) / mean);
        for (String term : query) {
            int f = text.getOrDefault(term, 0);
            int n = holders.getOrDefault(term, 0);
            sum += Math.log(1 + (texts - n + 0.5) / (n + 0.5)) * f * (k1 + 1) / (f + norm);
        }
        return sum;
    }

    private static Map<String, Integer> counts(String text) {
        Map<String, Integer> counts = new HashMap<>();
        Terms.of(text).forEach(t -> counts.merge(t, 1, Integer::sum));
        return counts;
    }

    private static double length(Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }
}
