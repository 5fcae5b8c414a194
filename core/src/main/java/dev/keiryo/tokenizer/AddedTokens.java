package dev.keiryo.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The added tokens of a vocabulary, by id, by content, and as the two searches that cut them out. */
final class AddedTokens {
    private final Map<Integer, AddedToken> byId = new HashMap<>();
    private final Map<String, AddedToken> byContent = new HashMap<>();
    private final AddedTokenTrie raw;
    private final AddedTokenTrie normalized;
    private final int endId;

    /** @param normalizer applied to the contents of those tokens that are searched in normalized text */
    AddedTokens(List<AddedToken> tokens, Normalizer normalizer) {
        Map<String, AddedToken> inRaw = new HashMap<>();
        Map<String, AddedToken> inNormalized = new HashMap<>();
        int end = 0;
        for (AddedToken token : new ArrayList<>(tokens)) {
            byId.putIfAbsent(token.id(), token);
            byContent.putIfAbsent(token.content(), token);
            end = Math.max(end, token.id() + 1);
            if (token.normalized()) {
                inNormalized.putIfAbsent(normalizer.normalize(token.content()), token);
            } else {
                inRaw.putIfAbsent(token.content(), token);
            }
        }
        raw = new AddedTokenTrie(inRaw);
        normalized = new AddedTokenTrie(inNormalized);
        endId = end;
    }

    /** Those searched in the raw text. */
    AddedTokenTrie raw() {
        return raw;
    }

    /** Those searched in the normalized text. */
    AddedTokenTrie normalized() {
        return normalized;
    }

    @Nullable
    AddedToken find(int id) {
        return byId.get(id);
    }

    @Nullable
    AddedToken find(String content) {
        return byContent.get(content);
    }

    /** One more than the largest id. */
    int endId() {
        return endId;
    }
}
