package dev.keiryo.generate;

import java.util.List;

/**
 * Removes the tokens named. In a chain: {@code banned_tokens:7|9}.
 *
 * @param ids token ids
 */
public record BannedTokens(List<Integer> ids) implements SamplerLink {
    public BannedTokens {
        ids = List.copyOf(ids);
        Ranges.ids("banned_tokens", ids);
    }

    static BannedTokens of(LinkArguments arguments) {
        return new BannedTokens(arguments.ids("ids"));
    }

    @Override
    public Stage start(SamplerRequest request) {
        int[] banned = ids.stream().mapToInt(Integer::intValue).toArray();
        return candidates -> candidates.ban(banned);
    }

    @Override
    public String toString() {
        return new LinkText("banned_tokens").main("ids", LinkText.ids(ids)).toString();
    }
}
