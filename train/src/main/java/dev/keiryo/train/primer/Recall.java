package dev.keiryo.train.primer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Conversations that turn on what has been said in them: words to say again, and who has what. Nothing else tells a small model so
 * soon to look back: in a story a name is one word of twenty, here it is every word (Olsson et al. 2022, arXiv:2209.11895).
 */
public final class Recall {
    private static final int MOST_WORDS = 14;

    private Recall() {}

    /** The user's turn first; of one to three questions, each with its answer. */
    public static List<Turn> conversation(Language language, RandomGenerator random) {
        List<Turn> turns = new ArrayList<>();
        int parts = 1 + random.nextInt(3);
        for (int i = 0; i < parts; i++) {
            turns.addAll(random.nextInt(5) < 3 ? again(language, random) : whoHasWhat(language, random));
        }
        return turns;
    }

    /** {@code Say it again: kite, Tom, blue} and the same words. */
    private static List<Turn> again(Language language, RandomGenerator random) {
        boolean english = language == Language.ENGLISH;
        List<String> words = new ArrayList<>();
        int count = 2 + random.nextInt(MOST_WORDS - 1);
        while (words.size() < count) {
            Map<String, String> cast = Cast.of(language, random);
            words.add(cast.get(List.of("hero", "friend", "noun", "kind", "food").get(random.nextInt(5))));
        }
        String between = english ? (random.nextBoolean() ? ", " : " ") : "、";
        String list = String.join(between, words);
        String asked = switch (random.nextInt(4)) {
            case 0 -> english ? "Say it again: " + list : "もう一度言ってください：" + list;
            case 1 -> english ? "Repeat: " + list : "くり返して：" + list;
            case 2 -> english ? "Repeat after me: " + list : "まねして言って：" + list;
            default -> english ? "Please say: " + list : "言ってください：" + list;
        };
        return List.of(Turn.user(asked), Turn.assistant(list));
    }

    /** Two to four who have something each, and a question about one of them. */
    private static List<Turn> whoHasWhat(Language language, RandomGenerator random) {
        boolean english = language == Language.ENGLISH;
        List<String> names = new ArrayList<>();
        List<String> things = new ArrayList<>();
        int count = 2 + random.nextInt(3);
        while (names.size() < count) {
            Map<String, String> cast = Cast.of(language, random);
            String name = String.valueOf(cast.get("hero"));
            String thing = String.valueOf(cast.get(english ? "athing" : "thing"));
            if (!names.contains(name) && !things.contains(thing)) {
                names.add(name);
                things.add(thing);
            }
        }
        StringBuilder told = new StringBuilder();
        for (int i = 0; i < count; i++) {
            told.append(names.get(i)).append(english ? " has " : "は").append(things.get(i));
            told.append(english ? ". " : "を持っています。");
        }
        int one = random.nextInt(count);
        String answer = names.get(one) + (english ? " has " : "は") + things.get(one) + (english ? "." : "を持っています。");
        String question = random.nextBoolean()
                ? (english ? "What does " + names.get(one) + " have?" : names.get(one) + "は何を持っていますか？")
                : (english ? "Who has " + things.get(one) + "?" : things.get(one) + "を持っているのはだれですか？");
        return List.of(Turn.user(told + question), Turn.assistant(answer));
    }
}
