package dev.keiryo.train.primer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Short conversations: greetings, who and what it is, feelings, small talk, orders for stories, and questions that it cannot answer. */
final class Talk {
    private static final Phrasebook BOOK = Phrasebook.resource("chat.txt");
    private static final String TURN = "=>";

    private static final List<List<String>> FAVORITES = List.of(
            List.of("color", "blue"),
            List.of("animal", "cats"),
            List.of("food", "cake"),
            List.of("season", "spring"),
            List.of("game", "hide and seek"),
            List.of("fruit", "apples"));

    private Talk() {}

    /** The turns that a wording of {@code rule} has, the user's first. */
    static List<Turn> turns(Language language, String rule, Map<String, String> slots, RandomGenerator random) {
        List<Turn> turns = new ArrayList<>();
        for (String part : BOOK.say(rule + "." + language.code(), slots, random).split(TURN, -1)) {
            String text = language.finished(part);
            turns.add(turns.size() % 2 == 0 ? Turn.user(text) : Turn.assistant(text));
        }
        return turns;
    }

    static List<Turn> smallTalk(Language language, RandomGenerator random) {
        List<String> rules = BOOK.named("talk.").stream()
                .filter(rule -> rule.endsWith("." + language.code()))
                .toList();
        String rule = rules.get(random.nextInt(rules.size()));
        return turns(language, rule.substring(0, rule.lastIndexOf('.')), slots(language, random), random);
    }

    static List<Turn> unknown(Language language, RandomGenerator random) {
        Map<String, String> slots = slots(language, random);
        List<List<String>> capitals = Facts.rows("capital");
        slots.put("country", capitals.get(random.nextInt(capitals.size())).get(language == Language.ENGLISH ? 1 : 3));
        return turns(language, "unknown", slots, random);
    }

    private static Map<String, String> slots(Language language, RandomGenerator random) {
        Map<String, String> slots = new HashMap<>(Cast.of(language, random));
        List<String> favorite = FAVORITES.get(random.nextInt(FAVORITES.size()));
        slots.put("name", slots.getOrDefault("hero", ""));
        slots.put("topic", favorite.getFirst());
        slots.put("favorite", favorite.getLast());
        List<String> pets = language == Language.ENGLISH
                ? List.of("cat", "dog", "rabbit", "bird")
                : List.of("ねこ", "いぬ", "うさぎ", "小鳥");
        slots.put("pet", pets.get(random.nextInt(pets.size())));
        int n = 1 + random.nextInt(9);
        int m = 1 + random.nextInt(9);
        slots.put("n", String.valueOf(n));
        slots.put("m", String.valueOf(m));
        slots.put("nm", String.valueOf(n + m));
        return slots;
    }

    /** An order for a story, and the story. */
    static List<Turn> story(Language language, RandomGenerator random) {
        Map<String, String> cast = new HashMap<>(Cast.of(language, random));
        String plot = Stories.plot(language, random);
        String order = switch (random.nextInt(8)) {
            case 0 -> "open";
            case 1, 2 -> "kind";
            case 3, 4 -> "any";
            default -> "want";
        };
        if (order.equals("want")) {
            plot = "want";
        }
        String asked = language.finished(BOOK.say("order." + order + "." + language.code(), cast, random));
        return List.of(Turn.user(asked), Turn.assistant(Stories.tell(language, plot, cast, random)));
    }

    static Turn system(Language language, RandomGenerator random) {
        return Turn.system(language.finished(BOOK.say("system." + language.code(), Map.of(), random)));
    }
}
