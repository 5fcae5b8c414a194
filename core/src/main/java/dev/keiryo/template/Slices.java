package dev.keiryo.template;

import dev.keiryo.template.Sequences.Range;
import dev.keiryo.template.Sequences.View;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code sequence[from:to:step]}. */
final class Slices {
    private Slices() {}

    static Object slice(
            Object owner, @Nullable Object from, @Nullable Object to, @Nullable Object step, Budget budget) {
        switch (owner) {
            case CharSequence s -> {
                String text = s.toString();
                Bounds bounds = Bounds.of(from, to, step, Text.length(text));
                budget.allocate(bounds.size());
                String cut = string(text, bounds);
                return owner instanceof Markup ? new Markup(cut) : cut;
            }
            case View view -> throw notSubscriptable(owner);
            case List<?> list -> {
                Bounds bounds = Bounds.of(from, to, step, list.size());
                budget.allocateList(bounds.size());
                List<Object> cut = new ArrayList<>(bounds.size());
                for (int i = 0; i < bounds.size(); i++) {
                    cut.add(list.get(bounds.at(i)));
                }
                return owner instanceof Tuple ? Tuple.copyOf(cut) : owner instanceof Range ? rangeOf(cut, bounds) : cut;
            }
            case Undefined u -> throw u.failure();
            case Dict d -> throw TemplateFailure.type("unhashable type: 'slice'");
            default -> throw notSubscriptable(owner);
        }
    }

    private static TemplateFailure notSubscriptable(Object owner) {
        return TemplateFailure.type(Representation.quoted(Values.typeName(owner)) + " object is not subscriptable");
    }

    private static Object rangeOf(List<Object> cut, Bounds bounds) {
        if (cut.size() < 2) {
            long only = cut.isEmpty() ? 0 : (Long) cut.getFirst();
            return new Range(only, only + cut.size(), 1);
        }
        long step = (Long) cut.get(1) - (Long) cut.get(0);
        return new Range((Long) cut.get(0), (Long) cut.get(0) + step * bounds.size(), step);
    }

    private static String string(String text, Bounds bounds) {
        if (bounds.size() == 0) {
            return "";
        }
        if (bounds.step() == 1) {
            return Text.slice(text, bounds.at(0), bounds.at(0) + bounds.size());
        }
        int[] points = text.codePoints().toArray();
        StringBuilder out = new StringBuilder(bounds.size());
        for (int i = 0; i < bounds.size(); i++) {
            out.appendCodePoint(points[bounds.at(i)]);
        }
        return out.toString();
    }

    /** {@code slice.indices(length)}. */
    private record Bounds(int from, int step, int size) {
        static Bounds of(@Nullable Object from, @Nullable Object to, @Nullable Object step, int length) {
            int stride = step == null || step == None.NONE ? 1 : index(step);
            if (stride == 0) {
                throw TemplateFailure.value("slice step cannot be zero");
            }
            int lowest = stride < 0 ? -1 : 0;
            int highest = stride < 0 ? length - 1 : length;
            int begin = clamp(from, stride < 0 ? highest : lowest, lowest, highest, length);
            int end = clamp(to, stride < 0 ? lowest : highest, lowest, highest, length);
            long span = stride > 0 ? (long) end - begin : (long) begin - end;
            long by = Math.abs((long) stride);
            return new Bounds(begin, stride, span <= 0 ? 0 : (int) ((span + by - 1) / by));
        }

        private static int clamp(@Nullable Object bound, int otherwise, int lowest, int highest, int length) {
            if (bound == null || bound == None.NONE) {
                return otherwise;
            }
            long at = index(bound);
            at = at < 0 ? at + length : at;
            return Math.clamp(at, lowest, highest);
        }

        private static int index(Object v) {
            if (!Values.isInteger(v)) {
                throw TemplateFailure.type("slice indices must be integers or None or have an __index__ method");
            }
            return Values.count(v);
        }

        int at(int i) {
            return (int) (from + (long) i * step);
        }
    }
}
