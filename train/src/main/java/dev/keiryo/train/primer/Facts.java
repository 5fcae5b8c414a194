package dev.keiryo.train.primer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Questions whose answers are in tables: capitals, animals, colors, words of the other language, the order of days, months and numbers. */
public final class Facts {
    private static final Map<String, List<List<String>>> TABLE = read();
    private static final List<String> DAYS =
            List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday");
    private static final List<String> DAYS_JA = List.of("月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日");
    private static final List<String> MONTHS = List.of(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December");
    private static final List<String> NUMBERS =
            List.of("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten");
    private static final List<String> NUMBERS_JA = List.of("一", "二", "三", "四", "五", "六", "七", "八", "九", "十");

    private Facts() {}

    /** Rows of a topic: topic, key and value in English, key and value in Japanese. */
    static List<List<String>> rows(String topic) {
        return TABLE.getOrDefault(topic, List.of());
    }

    private static Map<String, List<List<String>>> read() {
        Map<String, List<List<String>>> table = new LinkedHashMap<>();
        for (String line : Phrasebook.text("facts.tsv").split("\n", -1)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                List<String> row = List.of(line.split("\t", -1));
                if (row.size() != 5) {
                    throw new IllegalStateException("facts.tsv: five columns expected in: " + line);
                }
                table.computeIfAbsent(row.getFirst(), k -> new ArrayList<>()).add(row);
            }
        }
        return table;
    }

    /** A question and its answer. */
    public static List<Turn> ask(Language language, RandomGenerator random) {
        int pick = random.nextInt(20);
        if (pick < 4) {
            return Talk.turns(language, "single", Map.of(), random);
        }
        if (pick < 9) {
            return order(language, random);
        }
        List<String> topics = List.copyOf(TABLE.keySet());
        int rows = TABLE.values().stream().mapToInt(List::size).sum();
        int row = random.nextInt(rows);
        for (String topic : topics) {
            List<List<String>> list = rows(topic);
            if (row < list.size()) {
                return Talk.turns(language, "fact." + topic, slots(language, list.get(row)), random);
            }
            row -= list.size();
        }
        throw new IllegalStateException("no row");
    }

    /** What the wordings about a row may name. */
    static Map<String, String> slots(Language language, List<String> row) {
        boolean english = language == Language.ENGLISH;
        String key = row.get(english ? 1 : 3);
        String value = row.get(english ? 2 : 4);
        Map<String, String> slots = new HashMap<>();
        slots.put("key", key);
        slots.put("value", value);
        slots.put("english", row.get(1));
        slots.put("japanese", row.get(4));
        boolean bare = List.of("scissors", "glasses", "soap").contains(key)
                || List.of("red", "blue").contains(key);
        slots.put("akey", bare ? key : English.a(key));
        slots.put("avalue", English.a(value));
        boolean one = List.of("sky", "sea", "night").contains(key);
        boolean mass = List.of("grass", "snow", "coal", "milk", "chocolate").contains(key);
        slots.put("the", one ? "the " + key : mass ? key : English.a(key));
        return slots;
    }

    private static List<Turn> order(Language language, RandomGenerator random) {
        boolean english = language == Language.ENGLISH;
        List<String> days = english ? DAYS : DAYS_JA;
        List<String> numbers = english ? NUMBERS : NUMBERS_JA;
        Map<String, String> slots = new HashMap<>();
        int i = random.nextInt(84);
        switch (random.nextInt(6)) {
            case 0 -> {
                return pair("next-day", language, days.get(i % 7), days.get((i + 1) % 7), random);
            }
            case 1 -> {
                return pair("day-before", language, days.get(i % 7), days.get((i + 6) % 7), random);
            }
            case 2 -> {
                return pair("next-month", language, month(english, i % 12), month(english, (i + 1) % 12), random);
            }
            case 3 -> {
                return pair("next-number", language, String.valueOf(i), String.valueOf(i + 1), random);
            }
            case 4 -> {
                int a = 1 + random.nextInt(99);
                int b = 1 + random.nextInt(99);
                if (a == b) {
                    b++;
                }
                slots.put("a", String.valueOf(a));
                slots.put("b", String.valueOf(b));
                slots.put("value", String.valueOf(Math.max(a, b)));
                return Talk.turns(language, "fact.larger", slots, random);
            }
            default -> {
                int n = 3 + random.nextInt(8);
                String list = String.join(english ? ", " : "、", numbers.subList(0, n));
                return pair("count", language, numbers.get(n - 1), list, random);
            }
        }
    }

    private static String month(boolean english, int i) {
        return english
                ? MONTHS.get(i)
                : List.of("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
                                .get(i) + "月";
    }

    private static List<Turn> pair(String topic, Language language, String key, String value, RandomGenerator random) {
        return Talk.turns(language, "fact." + topic, Map.of("key", key, "value", value), random);
    }
}
