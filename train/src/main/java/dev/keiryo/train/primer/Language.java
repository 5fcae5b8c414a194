package dev.keiryo.train.primer;

/** A language that texts are written in. */
public enum Language {
    ENGLISH("en"),
    JAPANESE("ja");

    private final String code;

    Language(String code) {
        this.code = code;
    }

    /** As names of resources and rules end. */
    String code() {
        return code;
    }

    /** Sentences as this language writes them. */
    String finished(String text) {
        return this == ENGLISH
                ? English.sentences(text).replaceAll(" {2,}", " ").strip()
                : text.strip();
    }
}
