package dev.keiryo.prompt;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** How near texts are to each other; also the seam for embeddings. */
@FunctionalInterface
public interface Similarity {
    /** By {@link Bm25}. */
    Similarity BM25 = new Bm25(1.2, 0.75);

    /** The share of terms in common: |A ∩ B| / |A ∪ B| (Jaccard). */
    Similarity OVERLAP = (query, texts) -> {
        Set<String> wanted = new HashSet<>(Terms.of(query));
        return texts.stream().mapToDouble(text -> overlap(wanted, text)).toArray();
    };

    /** How near each of {@code texts} is to {@code query}: from 0, nothing in common, to 1. */
    double[] scores(String query, List<String> texts);

    private static double overlap(Set<String> wanted, String text) {
        Set<String> all = new HashSet<>(Terms.of(text));
        int own = all.size();
        all.addAll(wanted);
        return all.isEmpty() ? 0 : (double) (own + wanted.size() - all.size()) / all.size();
    }
}
