package dev.keiryo.train.data;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps texts of some languages.
 *
 * @param kept the languages
 */
public record LanguageFilter(Set<Language> kept) implements Filter.ByText {
    /** English and Japanese. */
    public static final LanguageFilter DEFAULT = new LanguageFilter(Set.of(Language.ENGLISH, Language.JAPANESE));

    public LanguageFilter {
        if (kept.isEmpty()) {
            throw new IllegalArgumentException("at least one language has to be kept");
        }
        kept = Set.copyOf(kept);
    }

    @Override
    public String name() {
        return "language";
    }

    @Override
    public String text() {
        return name() + "=" + EnumSet.copyOf(kept).stream().map(Language::code).collect(Collectors.joining("+"));
    }

    @Override
    public @Nullable String reason(String text) {
        Language language = Language.of(text);
        return kept.contains(language)
                ? null
                : switch (language) {
                    case ENGLISH -> "English";
                    case JAPANESE -> "Japanese";
                    case OTHER -> "other language, or none";
                };
    }
}
