package dev.keiryo.train.primer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Rules of a grammar without context, each with the wordings that may stand for it.
 *
 * <p>A file has {@code @name} before the wordings of a rule, one a line; {@code #} begins a comment. Within a wording, {@code [a|b|]} is one of several (nested as one likes),
 * {@code {@name}} one of the wordings of another rule, {@code {name}} the value of a slot, {@code {Name}} that value with a great first letter.
 */
final class Phrasebook {
    private static final int DEPTH = 32;

    private final String name;
    private final Map<String, List<String>> rules = new LinkedHashMap<>();

    private Phrasebook(String name) {
        this.name = name;
    }

    /** The resource of that name beside this class. */
    static Phrasebook resource(String file) {
        return parse(file, text(file));
    }

    static String text(String file) {
        try (InputStream in = Phrasebook.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("there is no resource " + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Phrasebook parse(String name, String text) {
        Phrasebook book = new Phrasebook(name);
        List<String> rule = null;
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String stripped = line.strip();
            if (stripped.isEmpty() || stripped.startsWith("#")) {
                continue;
            }
            if (stripped.startsWith("@")) {
                rule = new ArrayList<>();
                if (book.rules.put(stripped.substring(1), rule) != null) {
                    throw new IllegalArgumentException(name + " line " + number + ": a second rule " + stripped);
                }
            } else if (rule == null) {
                throw new IllegalArgumentException(name + " line " + number + ": a wording before the first @rule");
            } else {
                rule.add(stripped);
            }
        }
        return book;
    }

    /** Rules whose names begin with {@code prefix}, in the file's order. */
    List<String> named(String prefix) {
        return rules.keySet().stream().filter(rule -> rule.startsWith(prefix)).toList();
    }

    /** The wordings of a rule as written. */
    List<String> wordings(String rule) {
        List<String> lines = rules.get(rule);
        if (lines == null || lines.isEmpty()) {
            throw new IllegalArgumentException(name + " has no rule @" + rule);
        }
        return lines;
    }

    /**
     * A wording of a rule, all filled in.
     *
     * @throws IllegalArgumentException where a rule or a slot is missing, or brackets do not match
     */
    String say(String rule, Map<String, String> slots, RandomGenerator random) {
        return new Writer(slots, random).rule(rule, 0);
    }

    /** One text being written. A wording is not taken twice while others of its rule are left. */
    private final class Writer {
        private final Map<String, String> slots;
        private final RandomGenerator random;
        private final Set<String> used = new HashSet<>();

        Writer(Map<String, String> slots, RandomGenerator random) {
            this.slots = slots;
            this.random = random;
        }

        String rule(String rule, int depth) {
            if (depth > DEPTH) {
                throw new IllegalArgumentException(name + ": rule @" + rule + " leads to itself");
            }
            List<String> lines = wordings(rule);
            String line = lines.get(random.nextInt(lines.size()));
            for (int i = 0; i < 4 && !used.add(line); i++) {
                line = lines.get(random.nextInt(lines.size()));
            }
            StringBuilder out = new StringBuilder();
            int end = sequence(line, 0, out, depth);
            if (end != line.length()) {
                throw new IllegalArgumentException(name + ": brackets do not match in: " + line);
            }
            return out.toString();
        }

        /** Writes {@code line} from {@code at} on, up to a sign of an enclosing bracket; returns where that is. */
        private int sequence(String line, int at, StringBuilder out, int depth) {
            int i = at;
            while (i < line.length()) {
                char c = line.charAt(i);
                if (c == '|' || c == ']') {
                    return i;
                }
                if (c == '[') {
                    i = choice(line, i + 1, out, depth);
                } else if (c == '{') {
                    int close = line.indexOf('}', i);
                    if (close < 0) {
                        throw new IllegalArgumentException(name + ": brackets do not match in: " + line);
                    }
                    out.append(value(line.substring(i + 1, close), depth));
                    i = close + 1;
                } else {
                    out.append(c);
                    i++;
                }
            }
            return i;
        }

        private int choice(String line, int at, StringBuilder out, int depth) {
            List<Integer> starts = new ArrayList<>();
            int i = at;
            starts.add(i);
            int open = 1;
            while (i < line.length() && open > 0) {
                char c = line.charAt(i++);
                if (c == '[') {
                    open++;
                } else if (c == ']') {
                    open--;
                } else if (c == '|' && open == 1) {
                    starts.add(i);
                }
            }
            if (open > 0) {
                throw new IllegalArgumentException(name + ": brackets do not match in: " + line);
            }
            sequence(line, starts.get(random.nextInt(starts.size())), out, depth);
            return i;
        }

        private String value(String key, int depth) {
            if (key.startsWith("@")) {
                return rule(key.substring(1), depth + 1);
            }
            String value = slots.get(key);
            if (value == null && Character.isUpperCase(key.charAt(0))) {
                String lower = slots.get(Character.toLowerCase(key.charAt(0)) + key.substring(1));
                value = lower == null ? null : English.capital(lower);
            }
            if (value == null) {
                throw new IllegalArgumentException(name + ": nothing fills {" + key + "}");
            }
            return value;
        }
    }
}
