package dev.keiryo.template;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code attribute="a.b.0"} of filters: items within items. */
final class Paths {
    private Paths() {}

    /**
     * @param path dotted names and numbers, a whole number, or null or None for the item itself
     * @param otherwise stands for what does not exist; null or None for nothing
     */
    static Function<Object, Object> getter(@Nullable Object path, @Nullable Object otherwise, Budget budget) {
        List<Object> parts = parts(path);
        return item -> {
            Object value = item;
            for (Object part : parts) {
                budget.step();
                value = Lookup.item(value, part, budget);
                if (value instanceof Undefined && !Filters.isNone(otherwise)) {
                    value = Filters.or(otherwise, None.NONE);
                }
            }
            return value;
        };
    }

    /** Several paths with commas between them: a list of their values. */
    static Function<Object, Object> several(@Nullable Object paths, boolean ignoreCase, Budget budget) {
        List<Function<Object, Object>> getters = new ArrayList<>();
        if (paths instanceof CharSequence s) {
            Text.split(s.toString(), ",", -1).forEach(path -> getters.add(getter(path, null, budget)));
        } else {
            getters.add(getter(paths, null, budget));
        }
        return item -> {
            List<Object> values = new ArrayList<>(getters.size());
            for (Function<Object, Object> getter : getters) {
                Object value = getter.apply(item);
                values.add(ignoreCase ? Sorting.ignoreCase(value) : value);
            }
            return values;
        };
    }

    private static List<Object> parts(@Nullable Object path) {
        if (Filters.isNone(path)) {
            return List.of();
        }
        if (!(path instanceof CharSequence s)) {
            return List.of(Filters.or(path, None.NONE));
        }
        List<Object> parts = new ArrayList<>();
        for (Object part : Text.split(s.toString(), ".", -1)) {
            String name = part.toString();
            boolean number =
                    !name.isEmpty() && name.length() < 10 && name.chars().allMatch(c -> c >= '0' && c <= '9');
            parts.add(number ? (Object) Long.valueOf(name) : name);
        }
        return parts;
    }
}
