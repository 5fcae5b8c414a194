package dev.keiryo.train.optimize;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A name with arguments, as command lines and recipes have it: {@code name} or {@code name:key=value,…}. Case, and {@code _} for
 * {@code -}, make no difference. Who asks for arguments thereby says which there are; {@link #finish} refuses all others.
 */
final class NamedText {
    private final String name;
    private final Map<String, String> given = new LinkedHashMap<>();
    private final Set<String> asked = new LinkedHashSet<>();

    /** @throws IllegalArgumentException where an argument has no value, or is given twice */
    NamedText(String text) {
        int colon = text.indexOf(':');
        name = normal(colon < 0 ? text : text.substring(0, colon));
        String arguments = colon < 0 ? "" : text.substring(colon + 1);
        // Of an empty text it would make one empty argument.
        for (String argument : arguments.isBlank() ? new String[0] : arguments.split(",", -1)) {
            int equals = argument.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException(
                        name + ": an argument is written key=value, but there is '" + argument.strip() + "'");
            }
            String key = normal(argument.substring(0, equals));
            if (given.putIfAbsent(key, argument.substring(equals + 1).strip()) != null) {
                throw new IllegalArgumentException(name + " has " + key + " twice");
            }
        }
    }

    private static String normal(String text) {
        return text.strip().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String name() {
        return name;
    }

    @Nullable
    String text(String key) {
        asked.add(key);
        return given.remove(key);
    }

    double number(String key, double otherwise) {
        String value = text(key);
        try {
            return value == null ? otherwise : Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + ": " + key + " should be a number, but is '" + value + "'", e);
        }
    }

    int whole(String key, int otherwise) {
        String value = text(key);
        try {
            return value == null ? otherwise : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    name + ": " + key + " should be a whole number, but is '" + value + "'", e);
        }
    }

    boolean flag(String key, boolean otherwise) {
        String value = text(key);
        if (value == null) {
            return otherwise;
        }
        return switch (normal(value)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default ->
                throw new IllegalArgumentException(
                        name + ": " + key + " should be true or false, but is '" + value + "'");
        };
    }

    Span span(String key, Span otherwise) {
        String value = text(key);
        try {
            return value == null ? otherwise : Span.parse(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + key + ": " + e.getMessage(), e);
        }
    }

    /** Refuses what nobody asked for. */
    void finish() {
        if (!given.isEmpty()) {
            throw new IllegalArgumentException(
                    name + " has no argument " + given.keySet().iterator().next()
                            + (asked.isEmpty() ? "; it has none" : "; there are " + String.join(", ", asked)));
        }
    }

    /** As it is read again: the shortest form of a number. */
    static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
