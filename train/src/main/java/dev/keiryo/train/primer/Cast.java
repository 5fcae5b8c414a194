package dev.keiryo.train.primer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Draws who and what is in a text: the values of its slots, which agree with each other. */
final class Cast {
    private static final Phrasebook EN = Phrasebook.resource("cast.en.txt");
    private static final Phrasebook JA = Phrasebook.resource("cast.ja.txt");

    private Cast() {}

    static Map<String, String> of(Language language, RandomGenerator random) {
        return language == Language.ENGLISH ? english(random) : japanese(random);
    }

    static String one(Phrasebook book, String rule, RandomGenerator random) {
        List<String> all = book.wordings(rule);
        return all.get(random.nextInt(all.size()));
    }

    private static Map<String, String> english(RandomGenerator random) {
        Map<String, String> slots = new HashMap<>();
        String hero = person(slots, "", null, random);
        person(slots, "f", hero, random);
        slots.put("friend", slots.remove("fhero"));
        String noun = one(EN, "noun", random);
        thing(slots, one(EN, random.nextInt(4) == 0 ? "quality" : "color", random) + " " + noun, noun);
        boolean she = random.nextInt(3) > 0;
        slots.put("parent", one(EN, she ? "parent.she" : "parent.he", random));
        slots.put("phe", she ? "she" : "he");
        slots.put("phim", she ? "her" : "him");
        for (String rule : List.of("place", "spot", "home", "food", "treats", "fear", "skill", "building", "color")) {
            slots.put(rule, one(EN, rule, random));
        }
        return slots;
    }

    private static void thing(Map<String, String> slots, String thing, String noun) {
        slots.put("thing", thing);
        slots.put("noun", noun);
        slots.put("athing", English.a(thing));
        slots.put("anoun", English.a(noun));
    }

    private static String person(
            Map<String, String> slots, String prefix, @Nullable String other, RandomGenerator random) {
        boolean she = random.nextBoolean();
        String name = one(EN, she ? "girl" : "boy", random);
        while (name.equals(other)) {
            name = one(EN, she ? "girl" : "boy", random);
        }
        String kind =
                random.nextInt(5) < 3 ? one(EN, "animal", random) : one(EN, she ? "person.girl" : "person.boy", random);
        String described = random.nextInt(3) == 0 ? kind : one(EN, "adjective", random) + " " + kind;
        slots.put(prefix + "hero", name);
        slots.put(prefix + "kind", kind);
        slots.put("a" + prefix + "kind", English.a(described));
        slots.put(prefix + "he", she ? "she" : "he");
        slots.put(prefix + "him", she ? "her" : "him");
        slots.put(prefix + "his", she ? "her" : "his");
        slots.put(prefix + "himself", she ? "herself" : "himself");
        return name;
    }

    private static Map<String, String> japanese(RandomGenerator random) {
        Map<String, String> slots = new HashMap<>();
        String kind = kind(false, random);
        String other = kind(random.nextInt(8) == 0, random);
        String hero = name(kind, random);
        String friend = name(other, random);
        while (friend.equals(hero)) {
            friend = name(other, random);
        }
        slots.put("hero", hero);
        slots.put("friend", friend);
        slots.put("kind", kind);
        slots.put("fkind", other);
        String noun = one(JA, "noun", random);
        slots.put("noun", noun);
        slots.put("thing", one(JA, random.nextInt(4) == 0 ? "quality" : "color", random) + noun);
        for (String rule : List.of("place", "spot", "home", "food", "treat", "fear", "skill", "building", "parent")) {
            slots.put(rule, one(JA, rule, random));
        }
        return slots;
    }

    /** A name that such a person or animal may have. */
    private static String name(String kind, RandomGenerator random) {
        boolean girl = kind.endsWith("女の子") || kind.endsWith("ひめさま") || kind.endsWith("おばあさん");
        boolean boy = kind.endsWith("男の子") || kind.endsWith("王子さま") || kind.endsWith("おじいさん");
        return one(JA, girl ? "girl" : boy ? "boy" : "name", random);
    }

    private static String kind(boolean elder, RandomGenerator random) {
        if (elder) {
            return one(JA, "elder", random);
        }
        boolean animal = random.nextInt(5) < 3;
        String kind = one(JA, animal ? "animal" : "person", random);
        return switch (random.nextInt(3)) {
            case 0 -> kind;
            case 1 -> one(JA, animal ? "coat" : "adjective", random) + kind;
            default -> one(JA, "adjective", random) + kind;
        };
    }
}
