package dev.keiryo.template;

import dev.keiryo.template.Sequences.Lazy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Filters of lists and the like as wholes. */
final class SequenceFilters {
    private SequenceFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("list", (v, a, r) -> list(v, r.budget()));
        all.put("first", (v, a, r) -> first(v));
        all.put("last", SequenceFilters::last);
        all.put("join", SequenceFilters::join);
        all.put("reverse", SequenceFilters::reverse);
        all.put("sort", SequenceFilters::sort);
        all.put("unique", SequenceFilters::unique);
        all.put("min", (v, a, r) -> extreme(v, a, r, "<"));
        all.put("max", (v, a, r) -> extreme(v, a, r, ">"));
        all.put("sum", SequenceFilters::sum);
        all.put("batch", SequenceFilters::batch);
        all.put("slice", SequenceFilters::slice);
        all.put("groupby", SequenceFilters::groupBy);
    }

    static List<Object> list(Object v, Budget budget) {
        List<Object> out = new ArrayList<>();
        for (Iterator<Object> each = Values.iterate(v); each.hasNext(); ) {
            budget.allocateList(1);
            budget.step();
            out.add(each.next());
        }
        return out;
    }

    private static Object first(Object v) {
        Iterator<Object> items = Values.iterate(v);
        return items.hasNext() ? items.next() : Undefined.hint("No first item, sequence was empty.");
    }

    private static Object last(Object v, Arguments arguments, Renderer renderer) {
        arguments.bind("last");
        if (v instanceof Lazy) {
            throw TemplateFailure.type(Representation.quoted(Values.typeName(v)) + " object is not reversible");
        }
        List<Object> items = list(v, renderer.budget());
        return items.isEmpty() ? Undefined.hint("No last item, sequence was empty.") : items.getLast();
    }

    private static Object join(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("join", "d?", "attribute?");
        Budget budget = renderer.budget();
        String between = Representation.str(Filters.or(a[0], ""), budget);
        Function<Object, Object> value = Paths.getter(a[1], null, budget);
        StringBuilder out = new StringBuilder();
        boolean first = true;
        for (Iterator<Object> each = Values.iterate(v); each.hasNext(); first = false) {
            String item = Representation.str(value.apply(each.next()), budget);
            budget.allocate(item.length() + (long) between.length());
            out.append(first ? "" : between).append(item);
        }
        return out.toString();
    }

    private static Object reverse(Object v, Arguments arguments, Renderer renderer) {
        arguments.bind("reverse");
        if (v instanceof CharSequence s) {
            renderer.budget().allocate(s.length());
            return new StringBuilder(s).reverse().toString();
        }
        if (!Values.isIterable(v)) {
            throw TemplateFailure.runtime("argument must be iterable");
        }
        List<Object> items = list(v, renderer.budget());
        Collections.reverse(items);
        // Python gives an iterator, except of what cannot be gone through backwards
        if (v instanceof Lazy || v instanceof Undefined) {
            return items;
        }
        String type = Values.typeName(v);
        return new Lazy(type.equals("list") ? "list_reverseiterator" : "reversed", items.iterator());
    }

    private static Object sort(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("sort", "reverse?", "case_sensitive?", "attribute?");
        Budget budget = renderer.budget();
        Function<Object, Object> key = Paths.several(a[2], !Filters.flag(a[1]), budget);
        return Sorting.sorted(list(v, budget), key, Filters.flag(a[0]), budget);
    }

    private static Object unique(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("unique", "case_sensitive?", "attribute?");
        Budget budget = renderer.budget();
        Function<Object, Object> path = Paths.getter(a[1], null, budget);
        boolean exact = Filters.flag(a[0]);
        Set<Object> seen = new HashSet<>();
        return new Lazy("generator", Filtered.of(Values.iterate(v), budget, item -> {
            budget.allocate(1);
            Object key = path.apply(item);
            return seen.add(Values.hashKey(exact ? key : Sorting.ignoreCase(key)));
        }));
    }

    private static Object extreme(Object v, Arguments arguments, Renderer renderer, String better) {
        @Nullable Object[] a = arguments.bind(better.equals("<") ? "min" : "max", "case_sensitive?", "attribute?");
        Budget budget = renderer.budget();
        Function<Object, Object> path = Paths.getter(a[1], null, budget);
        boolean exact = Filters.flag(a[0]);
        Object best = null;
        Object bestKey = None.NONE;
        for (Iterator<Object> each = Values.iterate(v); each.hasNext(); ) {
            Object item = each.next();
            Object key = exact ? path.apply(item) : Sorting.ignoreCase(path.apply(item));
            if (best == null || Values.ordered(key, better, bestKey, budget)) {
                best = item;
                bestKey = key;
            }
        }
        return best == null ? Undefined.hint("No aggregated item, sequence was empty.") : best;
    }

    private static Object sum(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("sum", "attribute?", "start?");
        Budget budget = renderer.budget();
        Function<Object, Object> value = Paths.getter(a[0], null, budget);
        Object total = Filters.or(a[1], 0L);
        if (Values.isString(total)) {
            throw TemplateFailure.type("sum() can't sum strings [use ''.join(seq) instead]");
        }
        for (Iterator<Object> each = Values.iterate(v); each.hasNext(); ) {
            budget.step();
            total = Arithmetic.binary("+", total, value.apply(each.next()), budget);
        }
        return total;
    }

    private static Object batch(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("batch", "linecount", "fill_with?");
        int size = Values.count(Filters.or(a[0], None.NONE));
        List<Object> lines = new ArrayList<>();
        List<Object> line = new ArrayList<>();
        for (Object item : list(v, renderer.budget())) {
            if (line.size() == size) {
                lines.add(line);
                line = new ArrayList<>();
            }
            line.add(item);
        }
        if (!line.isEmpty()) {
            if (!Filters.isNone(a[1]) && line.size() < size) {
                renderer.budget().allocate(size);
                line.addAll(Collections.nCopies(size - line.size(), Filters.or(a[1], None.NONE)));
            }
            lines.add(line);
        }
        return new Lazy("generator", lines.iterator());
    }

    private static Object slice(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("slice", "slices", "fill_with?");
        List<Object> items = list(v, renderer.budget());
        int slices = Values.count(Filters.or(a[0], None.NONE));
        if (slices == 0) {
            throw TemplateFailure.runtime("integer division or modulo by zero");
        }
        renderer.budget().allocate(Math.max(0, slices));
        List<Object> out = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < slices; i++) {
            boolean longer = i < items.size() % slices;
            int size = items.size() / slices + (longer ? 1 : 0);
            List<Object> part = new ArrayList<>(items.subList(at, at + size));
            if (!longer && !Filters.isNone(a[1])) {
                part.add(Filters.or(a[1], None.NONE));
            }
            at += size;
            out.add(part);
        }
        return new Lazy("generator", out.iterator());
    }

    private static Object groupBy(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("groupby", "attribute", "default?", "case_sensitive?");
        Budget budget = renderer.budget();
        Function<Object, Object> exact = Paths.getter(a[0], a[1], budget);
        Function<Object, Object> key = Filters.flag(a[2]) ? exact : item -> Sorting.ignoreCase(exact.apply(item));
        List<Object> groups = new ArrayList<>();
        List<Object> group = new ArrayList<>();
        Object groupKey = None.NONE;
        for (Object item : Sorting.sorted(list(v, budget), key, false, budget)) {
            Object itemKey = key.apply(item);
            if (group.isEmpty() || !Values.equal(itemKey, groupKey, budget)) {
                group = new ArrayList<>();
                groupKey = itemKey;
                groups.add(Tuple.group(exact.apply(item), group));
            }
            group.add(item);
        }
        return groups;
    }
}
