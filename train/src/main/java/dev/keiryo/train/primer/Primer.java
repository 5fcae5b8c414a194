package dev.keiryo.train.primer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Texts for a small model to learn from: simple stories, and conversations in {@link ChatFormat}. Text number {@code i} follows from seed and {@code i} alone, so that any number of
 * them can be had in any order.
 */
public final class Primer {
    /** Of a hundred conversations. */
    private static final int RECALL = 20;

    private final long seed;

    public Primer(long seed) {
        this.seed = seed;
    }

    /** The text of that number, without {@link ChatFormat#END_OF_TEXT}. */
    public String text(long number) {
        long key = new SplittableRandom(seed ^ Long.rotateLeft(number, 24)).nextLong();
        RandomGenerator random = new SplittableRandom(key);
        Language language = random.nextInt(9) < 5 ? Language.ENGLISH : Language.JAPANESE;
        if (random.nextInt(100) < 30) {
            Map<String, String> cast = Cast.of(language, random);
            return Stories.tell(language, Stories.plot(language, random), cast, random);
        }
        return ChatFormat.write(
                random.nextInt(100) < RECALL ? Recall.conversation(language, random) : conversation(language, random));
    }

    private static List<Turn> conversation(Language language, RandomGenerator random) {
        List<Turn> turns = new ArrayList<>();
        if (random.nextInt(16) == 0) {
            turns.add(Talk.system(language, random));
        }
        int parts = random.nextInt(3) == 0 ? 1 : 2 + random.nextInt(3);
        for (int i = 0; i < parts; i++) {
            List<Turn> part = part(language, random);
            for (Turn turn : part) {
                turns.add(turn.role().equals("user") ? Turn.user(Typing.casual(turn.text(), random)) : turn);
            }
            if (part.stream().mapToInt(turn -> turn.text().length()).sum() > 300) {
                break; // a story; no more than one fits a small context
            }
        }
        return turns;
    }

    private static List<Turn> part(Language language, RandomGenerator random) {
        int n = random.nextInt(100);
        if (n < 25) {
            return Talk.smallTalk(language, random);
        }
        if (n < 52) {
            return Facts.ask(language, random);
        }
        if (n < 80) {
            return Sums.ask(language, random);
        }
        return n < 88 ? Talk.unknown(language, random) : Talk.story(language, random);
    }
}
