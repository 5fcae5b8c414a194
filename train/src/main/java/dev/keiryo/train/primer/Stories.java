package dev.keiryo.train.primer;

import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Simple stories: a plot, told in wordings that are drawn for each of its turns, about a drawn cast. */
final class Stories {
    private static final Phrasebook EN = Phrasebook.resource("stories.en.txt");
    private static final Phrasebook JA = Phrasebook.resource("stories.ja.txt");
    private static final String PLOT = "plot.";

    private Stories() {}

    static Phrasebook book(Language language) {
        return language == Language.ENGLISH ? EN : JA;
    }

    /** All plots' names, without {@value #PLOT}. */
    static List<String> plots(Language language) {
        return book(language).named(PLOT).stream()
                .map(rule -> rule.substring(PLOT.length()))
                .toList();
    }

    static String plot(Language language, RandomGenerator random) {
        List<String> all = plots(language);
        return all.get(random.nextInt(all.size()));
    }

    static String tell(Language language, String plot, Map<String, String> cast, RandomGenerator random) {
        return language.finished(book(language).say(PLOT + plot, cast, random));
    }
}
