package dev.keiryo.generate;

import java.util.List;

/**
 * Removes each token that would complete one of the strings in the text so far (prompt included), over token borders
 * too. So none of them is ever generated, and nothing has to be taken back. In a chain:
 * {@code banned_strings:"foo"|"bar baz"}.
 *
 * @param strings of 1 byte or more
 */
public record BannedStrings(List<String> strings) implements SamplerLink {
    public BannedStrings {
        strings = List.copyOf(strings);
        if (strings.contains("")) {
            throw new IllegalArgumentException("banned_strings: an empty string would ban everything");
        }
    }

    static BannedStrings of(LinkArguments arguments) {
        return new BannedStrings(arguments.strings("strings"));
    }

    @Override
    public Stage start(SamplerRequest request) {
        TokenTexts texts = request.requireTexts(this);
        BannedEndings endings = texts.derive(this, t -> new BannedEndings(t, strings));
        return candidates -> endings.apply(candidates, request.history());
    }

    @Override
    public String toString() {
        return new LinkText("banned_strings")
                .main("strings", LinkText.strings(strings))
                .toString();
    }
}
