package dev.keiryo.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** {@code pprint.pformat}: on one line where it fits in 80 columns, else an element a line; keys sorted. */
final class PrettyPrint {
    private static final int WIDTH = 80;

    private final Budget budget;

    private PrettyPrint(Budget budget) {
        this.budget = budget;
    }

    static String format(Object v, Budget budget) {
        return new PrettyPrint(budget).format(v, 0, 0, 0);
    }

    /**
     * @param indent columns before the value
     * @param behind columns that must stay free behind it
     */
    private String format(Object v, int indent, int behind, int depth) {
        if (depth > Budget.DATA_DEPTH / 4) {
            throw TemplateFailure.limit("maximum recursion depth exceeded");
        }
        Object sorted = sorted(v, depth);
        String line = Representation.repr(sorted, budget);
        if (Text.length(line) <= WIDTH - indent - behind) {
            return line;
        }
        if (!Values.truth(sorted)) {
            return line;
        }
        return switch (sorted) {
            case Dict dict -> {
                StringBuilder out = new StringBuilder("{");
                for (Iterator<Dict.Entry> each = dict.entries().iterator(); each.hasNext(); ) {
                    Dict.Entry e = each.next();
                    String key = Representation.repr(e.key(), budget);
                    out.append(key).append(": ");
                    int end = each.hasNext() ? 1 : behind + 1;
                    out.append(format(e.value(), indent + Text.length(key) + 3, end, depth + 1));
                    out.append(each.hasNext() ? ",\n" + " ".repeat(indent + 1) : "}");
                }
                yield out.toString();
            }
            case Tuple tuple -> list(tuple, "(", tuple.size() == 1 ? ",)" : ")", indent, behind, depth);
            case List<?> list ->
                Values.typeName(list).equals("list") ? list(list, "[", "]", indent, behind, depth) : line;
            default -> line;
        };
    }

    private String list(List<?> items, String open, String close, int indent, int behind, int depth) {
        StringBuilder out = new StringBuilder(open);
        for (int i = 0; i < items.size(); i++) {
            boolean last = i == items.size() - 1;
            out.append(format(items.get(i), indent + 1, last ? behind + close.length() : 1, depth + 1));
            out.append(last ? close : ",\n" + " ".repeat(indent + 1));
        }
        budget.allocate(out.length());
        return out.toString();
    }

    private Object sorted(Object v, int depth) {
        if (depth > Budget.DATA_DEPTH / 4) {
            throw TemplateFailure.limit("maximum recursion depth exceeded");
        }
        switch (v) {
            case Dict dict -> {
                Dict out = new Dict();
                for (Object item : Sorting.sorted(dict.items(), i -> ((Tuple) i).get(0), false, budget)) {
                    out.put(((Tuple) item).get(0), sorted(((Tuple) item).get(1), depth + 1));
                }
                return out;
            }
            case Tuple tuple -> {
                List<Object> out = new ArrayList<>();
                tuple.forEach(e -> out.add(sorted(e, depth + 1)));
                return Tuple.copyOf(out);
            }
            case List<?> list -> {
                if (!Values.typeName(list).equals("list")) {
                    return list;
                }
                List<Object> out = new ArrayList<>();
                list.forEach(e -> out.add(sorted(e, depth + 1)));
                return out;
            }
            default -> {
                return v;
            }
        }
    }
}
