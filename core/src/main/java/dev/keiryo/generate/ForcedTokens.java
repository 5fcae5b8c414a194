package dev.keiryo.generate;

import java.util.List;

/**
 * The first generated tokens are those named, whatever their logits. In a chain: {@code forced_tokens:5|11|2}.
 *
 * @param ids token ids in their order
 */
public record ForcedTokens(List<Integer> ids) implements SamplerLink {
    public ForcedTokens {
        ids = List.copyOf(ids);
        Ranges.ids("forced_tokens", ids);
    }

    static ForcedTokens of(LinkArguments arguments) {
        return new ForcedTokens(arguments.ids("ids"));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return candidates -> {
            int at = request.history().generated();
            if (at < ids.size()) {
                candidates.only(ids.get(at));
            }
        };
    }

    @Override
    public String toString() {
        return new LinkText("forced_tokens").main("ids", LinkText.ids(ids)).toString();
    }
}
