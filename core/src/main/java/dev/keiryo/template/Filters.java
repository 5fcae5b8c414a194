package dev.keiryo.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All filters by name. Source: Jinja 3.1, <i>List of Builtin Filters</i>. */
final class Filters {
    /** What a filter makes of {@code input}. */
    @FunctionalInterface
    interface Filter {
        Object apply(Object input, Arguments arguments, Renderer renderer);
    }

    private static final Map<String, Filter> ALL = new HashMap<>();

    static {
        TextFilters.register(ALL);
        MarkupFilters.register(ALL);
        ValueFilters.register(ALL);
        SequenceFilters.register(ALL);
        SelectionFilters.register(ALL);
        for (String name : new String[] {"random", "urlize"}) {
            ALL.put(name, (input, arguments, renderer) -> {
                throw TemplateFailure.runtime("the filter '" + name + "' is not supported in chat templates");
            });
        }
    }

    private Filters() {}

    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    static Object apply(String name, Object input, Arguments arguments, Renderer renderer) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw TemplateFailure.runtime("No filter named " + Representation.quoted(name) + " found.");
        }
        renderer.budget().step();
        return filter.apply(input, arguments, renderer);
    }

    /** An argument, or {@code otherwise} where it is not given. */
    static Object or(@Nullable Object given, Object otherwise) {
        return given == null ? otherwise : given;
    }

    static boolean flag(@Nullable Object given) {
        return given != null && Values.truth(given);
    }

    static boolean isNone(@Nullable Object given) {
        return given == null || given == None.NONE;
    }
}
