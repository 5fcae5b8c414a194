package dev.keiryo.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Attributes and items, as Jinja's sandbox finds them: what does not exist is {@link Undefined}, not an error. */
final class Lookup {
    private Lookup() {}

    /** {@code owner.name}: an attribute, else an item. */
    static Object attribute(Object owner, String name, Budget budget) {
        Object attribute = python(owner, name, budget);
        if (attribute != null) {
            return attribute;
        }
        Object item = owner instanceof Dict dict ? dict.get(name) : null;
        return item != null ? item : Undefined.member(owner, name, budget);
    }

    /** {@code owner[key]}: an item, else an attribute. */
    static Object item(Object owner, Object key, Budget budget) {
        Object found = itemOrNull(owner, key);
        if (found == null && key instanceof CharSequence name) {
            found = python(owner, name.toString(), budget);
        }
        return found != null ? found : Undefined.member(owner, key, budget);
    }

    private static @Nullable Object itemOrNull(Object owner, Object key) {
        return switch (owner) {
            case Dict dict -> isHashable(key) ? dict.get(key) : null;
            case Sequences.View view -> null;
            case List<?> list -> {
                int at = Values.isInteger(key) ? index(key, list.size()) : -1;
                yield at < 0 ? null : list.get(at);
            }
            case CharSequence s -> {
                String text = s.toString();
                int at = Values.isInteger(key) ? index(key, Text.length(text)) : -1;
                yield at < 0 ? null : Text.slice(text, at, at + 1);
            }
            default -> null;
        };
    }

    private static boolean isHashable(Object key) {
        return switch (key) {
            case Dict d -> false;
            case Tuple t -> t.stream().allMatch(Lookup::isHashable);
            case Sequences.Range r -> true;
            case List<?> l -> false;
            default -> true;
        };
    }

    /** The place that {@code key} means in a sequence of that size, or -1. */
    private static int index(Object key, int size) {
        long at = Values.count(key);
        at = at < 0 ? at + size : at;
        return at < 0 || at >= size ? -1 : (int) at;
    }

    /** What Python calls an attribute, or null where there is none. */
    private static @Nullable Object python(Object owner, String name, Budget budget) {
        if (owner instanceof Undefined u) {
            throw u.failure();
        }
        if (name.startsWith("__") && name.endsWith("__") && name.length() > 4) {
            return Undefined.unsafe(owner, name);
        }
        return switch (owner) {
            case Members members -> members.member(name);
            case Markup markup -> {
                Callable method = StringMethods.find(markup.text(), name, budget);
                yield method == null ? null : (Callable) a -> marked(method.call(a));
            }
            case String s -> StringMethods.find(s, name, budget);
            case Dict dict -> CollectionMethods.find(dict, name, budget);
            case List<?> list -> {
                boolean group = list instanceof Tuple tuple && tuple.isGroup();
                yield group && name.equals("grouper")
                        ? list.get(0)
                        : group && name.equals("list") ? list.get(1) : CollectionMethods.find(list, name, budget);
            }
            default -> Values.isNumber(owner) ? NumberMethods.find(owner, name) : null;
        };
    }

    private static Object marked(Object result) {
        return result instanceof String s ? new Markup(s) : result;
    }
}
