package dev.keiryo.template;

import dev.keiryo.template.Sequences.View;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The methods of dictionaries, lists and tuples; those that change them are out of a template's reach. */
final class CollectionMethods {
    private static final Set<String> CHANGE_DICT = Set.of("clear", "pop", "popitem", "setdefault", "update");
    private static final Set<String> CHANGE_LIST =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

    private CollectionMethods() {}

    /** The member of a dictionary, or null where dictionaries have none. */
    static @Nullable Object find(Dict dict, String name, Budget budget) {
        if (CHANGE_DICT.contains(name)) {
            return Undefined.unsafe(dict, name);
        }
        return switch (name) {
            case "items" -> (Callable) a -> view(a, name, dict, dict.items(), budget);
            case "keys" -> (Callable) a -> view(a, name, dict, dict.keys(), budget);
            case "values" -> (Callable) a -> view(a, name, dict, dict.values(), budget);
            case "get" ->
                (Callable) a -> {
                    @Nullable Object[] given = a.bind("get", "=key", "=default?");
                    Object value = dict.get(given[0] == null ? None.NONE : given[0]);
                    return value != null ? value : given[1] != null ? given[1] : None.NONE;
                };
            case "copy" -> (Callable) a -> copy(a, dict, budget);
            case "fromkeys" ->
                (Callable) a -> {
                    throw TemplateFailure.runtime("dict.fromkeys is not supported");
                };
            default -> null;
        };
    }

    private static Object view(Arguments arguments, String name, Dict dict, List<Object> items, Budget budget) {
        arguments.bind(name);
        budget.allocate(dict.size());
        return new View("dict_" + name, items);
    }

    private static Object copy(Arguments arguments, Dict dict, Budget budget) {
        arguments.bind("copy");
        budget.allocate(dict.size());
        Dict copy = new Dict();
        dict.entries().forEach(e -> copy.put(e.key(), e.value()));
        return copy;
    }

    /** The member of a list, tuple or range, or null where they have none. */
    static @Nullable Object find(List<?> list, String name, Budget budget) {
        if (list instanceof View) {
            return null;
        }
        boolean changeable = !(list instanceof Tuple) && !(list instanceof Sequences.Range);
        if (changeable && CHANGE_LIST.contains(name)) {
            return Undefined.unsafe(list, name);
        }
        return switch (name) {
            case "index" -> (Callable) a -> index(list, a, budget);
            case "count" -> (Callable) a -> count(list, a, budget);
            case "copy" -> changeable ? (Callable) a -> Slices.slice(list, null, null, null, budget) : null;
            default -> null;
        };
    }

    private static Object index(List<?> list, Arguments arguments, Budget budget) {
        @Nullable Object[] given = arguments.bind("index", "=value", "=start?", "=stop?");
        Object item = given[0] == null ? None.NONE : given[0];
        List<?> part = (List<?>) Slices.slice(list, given[1], given[2], null, budget);
        long from = given[1] == null ? 0 : Values.count(given[1]);
        from = from < 0 ? Math.max(0, from + list.size()) : from;
        for (int i = 0; i < part.size(); i++) {
            if (Values.equal(part.get(i), item, budget)) {
                return from + i;
            }
        }
        throw TemplateFailure.value(
                list instanceof Tuple
                        ? "tuple.index(x): x not in tuple"
                        : Representation.repr(item, budget) + " is not in " + Values.typeName(list));
    }

    private static Object count(List<?> list, Arguments arguments, Budget budget) {
        Object item = arguments.bind("count", "=value")[0];
        long n = 0;
        for (Object other : list) {
            if (Values.equal(other, item == null ? None.NONE : item, budget)) {
                n++;
            }
        }
        return n;
    }
}
