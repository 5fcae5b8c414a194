package dev.keiryo.generate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of one link in a chain's text. Whoever asks for them thereby says which there are; the first that is
 * asked for may be given without its name.
 */
final class LinkArguments {
    private final String link;
    private final Map<String, String> given;
    private final Set<String> asked = new LinkedHashSet<>();

    /** @param given values by name, as written; the nameless one under the empty name */
    LinkArguments(String link, Map<String, String> given) {
        this.link = link;
        this.given = new LinkedHashMap<>(given);
    }

    private @Nullable String take(String name) {
        boolean main = asked.isEmpty();
        asked.add(name);
        String named = given.remove(name);
        String nameless = main ? given.remove("") : null;
        if (named != null && nameless != null) {
            throw new IllegalArgumentException(link + " has " + name + " twice");
        }
        return named != null ? named : nameless;
    }

    private String require(String name) {
        String value = take(name);
        if (value == null) {
            throw new IllegalArgumentException(link + " needs " + name + ", as in " + link + ":" + name + "=…");
        }
        return value;
    }

    double number(String name) {
        return number(name, require(name));
    }

    double number(String name, double otherwise) {
        String value = take(name);
        return value == null ? otherwise : number(name, value);
    }

    private double number(String name, String value) {
        try {
            return switch (value.toLowerCase(java.util.Locale.ROOT)) {
                case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
                default -> Double.parseDouble(value);
            };
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(link + ": " + name + " should be a number, but is " + value, e);
        }
    }

    int integer(String name) {
        return integer(name, require(name));
    }

    int integer(String name, int otherwise) {
        String value = take(name);
        return value == null ? otherwise : integer(name, value);
    }

    int integer(String name, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(link + ": " + name + " should be a whole number, but is " + value, e);
        }
    }

    /** Token ids, as in {@code 7|9|11}. */
    List<Integer> ids(String name) {
        return ids(name, require(name));
    }

    List<Integer> ids(String name, List<Integer> otherwise) {
        String value = take(name);
        return value == null ? otherwise : ids(name, value);
    }

    private List<Integer> ids(String name, String value) {
        return ChainText.split(value, '|').stream()
                .filter(id -> !id.isBlank())
                .map(id -> integer(name, id.strip()))
                .toList();
    }

    /** One string, quoted or not. */
    String string(String name, String otherwise) {
        String value = take(name);
        return value == null ? otherwise : ChainText.unquote(value, link);
    }

    /** Strings, as in {@code "a"|"b"}. */
    List<String> strings(String name) {
        return list(require(name));
    }

    List<String> strings(String name, List<String> otherwise) {
        String value = take(name);
        return value == null ? otherwise : list(value);
    }

    private List<String> list(String value) {
        List<String> out = new ArrayList<>();
        for (String part : value.isEmpty() ? List.<String>of() : ChainText.split(value, '|')) {
            out.add(ChainText.unquote(part, link));
        }
        return out;
    }

    /** All parameters, each named by a token id. */
    Map<Integer, Double> byId() {
        Map<Integer, Double> out = new TreeMap<>();
        for (var entry : given.entrySet()) {
            out.put(integer("a token id", entry.getKey()), number("token " + entry.getKey(), entry.getValue()));
        }
        given.clear();
        return out;
    }

    /** Refuses what nobody asked for. */
    void finish() {
        if (!given.isEmpty()) {
            String unknown = given.keySet().iterator().next();
            throw new IllegalArgumentException(
                    unknown.isEmpty()
                            ? link + " takes no nameless value" + known(asked)
                            : link + " has no parameter " + unknown + known(asked));
        }
    }

    private static String known(Collection<String> names) {
        return names.isEmpty() ? "; it has none" : "; there are " + String.join(", ", names);
    }
}
