package dev.keiryo.template;

import dev.keiryo.template.Sequences.Lazy;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** {@code map}, {@code select} and their kin, which work item by item when an item is asked for. */
final class SelectionFilters {
    private SelectionFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("map", SelectionFilters::map);
        all.put("select", (v, a, r) -> select(v, a, r, true, false));
        all.put("reject", (v, a, r) -> select(v, a, r, false, false));
        all.put("selectattr", (v, a, r) -> select(v, a, r, true, true));
        all.put("rejectattr", (v, a, r) -> select(v, a, r, false, true));
    }

    private static Lazy nothing() {
        return new Lazy("generator", Collections.emptyIterator());
    }

    private static Object map(Object v, Arguments arguments, Renderer renderer) {
        if (!Values.truth(v)) {
            return nothing();
        }
        Function<Object, Object> function = mapping(arguments, renderer);
        return new Lazy("generator", Filtered.map(Values.iterate(v), renderer.budget(), item -> {
            renderer.budget().step();
            return function.apply(item);
        }));
    }

    private static Function<Object, Object> mapping(Arguments arguments, Renderer renderer) {
        if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
            Map<String, Object> rest = new LinkedHashMap<>(arguments.named());
            Object path = rest.remove("attribute");
            Object otherwise = rest.remove("default");
            if (!rest.isEmpty()) {
                throw TemplateFailure.runtime("Unexpected keyword argument "
                        + Representation.quoted(rest.keySet().iterator().next()));
            }
            return Paths.getter(path, otherwise, renderer.budget());
        }
        if (arguments.positional().isEmpty()) {
            throw TemplateFailure.runtime("map requires a filter argument");
        }
        String name = arguments.positional().getFirst().toString();
        Arguments rest = arguments.without(1);
        return item -> Filters.apply(name, item, rest, renderer);
    }

    private static Object select(
            Object v, Arguments arguments, Renderer renderer, boolean wanted, boolean byAttribute) {
        if (!Values.truth(v)) {
            return nothing();
        }
        List<Object> given = arguments.positional();
        if (byAttribute && given.isEmpty()) {
            throw TemplateFailure.runtime("Missing parameter for attribute name");
        }
        Function<Object, Object> value = Paths.getter(byAttribute ? given.getFirst() : null, null, renderer.budget());
        int off = byAttribute ? 1 : 0;
        String test = given.size() > off ? given.get(off).toString() : "";
        Arguments rest = arguments.without(Math.min(given.size(), off + 1));
        return new Lazy("generator", Filtered.of(Values.iterate(v), renderer.budget(), item -> {
            renderer.budget().step();
            Object tested = value.apply(item);
            return wanted == (test.isEmpty() ? Values.truth(tested) : Tests.test(test, tested, rest, renderer));
        }));
    }
}
