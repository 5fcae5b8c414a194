package dev.keiryo.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** {@code loop} within a for loop. Items are taken when they are needed, so a generator is not run ahead. */
final class LoopVariables implements Members, Callable {
    /** Renders the loop's body for other items, one level deeper. */
    interface Recursion {
        Object render(Object items, int depth);
    }

    private final Budget budget;
    private final @Nullable Recursion recursion;
    private final int depth0;
    private Iterator<Object> items;
    private int length;
    private int index0 = -1;
    private @Nullable Object before;
    private @Nullable Object current;
    private @Nullable Object after;
    private @Nullable Tuple lastChanged;

    /** @param iterable what is gone through; {@code items} may leave some of it out */
    LoopVariables(Object iterable, Iterator<Object> items, Budget budget, int depth0, @Nullable Recursion recursion) {
        this.items = items;
        this.budget = budget;
        this.depth0 = depth0;
        this.recursion = recursion;
        this.length = iterable instanceof Sequences.Lazy ? -1 : Values.length(iterable);
    }

    /** The next item, or null at the end. */
    @Nullable
    Object next() {
        Object next = peek();
        if (next != null) {
            after = null;
            index0++;
            before = current;
            current = next;
        }
        return next;
    }

    private @Nullable Object peek() {
        if (after == null && items.hasNext()) {
            after = items.next();
        }
        return after;
    }

    int length() {
        if (length < 0) {
            List<Object> rest = new ArrayList<>();
            while (items.hasNext()) {
                budget.allocate(1);
                rest.add(items.next());
            }
            items = rest.iterator();
            length = rest.size() + index0 + 1 + (after == null ? 0 : 1);
        }
        return length;
    }

    @Override
    public String typeName() {
        return "LoopContext";
    }

    @Override
    public @Nullable Object member(String name) {
        return switch (name) {
            case "index" -> index0 + 1L;
            case "index0" -> (long) index0;
            case "revindex" -> (long) length() - index0;
            case "revindex0" -> (long) length() - index0 - 1;
            case "first" -> index0 == 0;
            case "last" -> peek() == null;
            case "length" -> (long) length();
            case "depth" -> depth0 + 1L;
            case "depth0" -> (long) depth0;
            case "previtem" -> index0 == 0 || before == null ? Undefined.hint("there is no previous item") : before;
            case "nextitem" -> {
                Object next = peek();
                yield next == null ? Undefined.hint("there is no next item") : next;
            }
            case "cycle" -> (Callable) this::cycle;
            case "changed" -> (Callable) this::changed;
            default -> null;
        };
    }

    private Object cycle(Arguments arguments) {
        List<Object> given = arguments.positional();
        if (given.isEmpty()) {
            throw TemplateFailure.type("no items for cycling given");
        }
        return given.get(index0 % given.size());
    }

    private Object changed(Arguments arguments) {
        Tuple now = Tuple.copyOf(arguments.positional());
        boolean changed = lastChanged == null || !Values.equal(lastChanged, now, budget);
        lastChanged = now;
        return changed;
    }

    @Override
    public Object call(Arguments arguments) {
        Object inner = arguments.bind("loop", "iterable")[0];
        if (recursion == null) {
            throw TemplateFailure.type("The loop must have the 'recursive' marker to be called recursively.");
        }
        return recursion.render(inner == null ? None.NONE : inner, depth0 + 1);
    }

    @Override
    public void describe(StringBuilder out, Consumer<Object> value) {
        out.append("<LoopContext ")
                .append(index0 + 1)
                .append('/')
                .append(length())
                .append('>');
    }
}
