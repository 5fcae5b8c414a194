package dev.keiryo.template;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What is left of an iterator's items. */
final class Filtered implements Iterator<Object> {
    private final Iterator<Object> items;
    private final Budget budget;
    private final Predicate<Object> test;
    private @Nullable Object next;

    private Filtered(Iterator<Object> items, Budget budget, Predicate<Object> test) {
        this.items = items;
        this.budget = budget;
        this.test = test;
    }

    static Iterator<Object> of(Iterator<Object> items, Budget budget, Predicate<Object> test) {
        return new Filtered(items, budget, test);
    }

    /** Each item's image. */
    static Iterator<Object> map(Iterator<Object> items, Budget budget, Function<Object, Object> function) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                budget.enter();
                boolean more = items.hasNext();
                budget.leave();
                return more;
            }

            @Override
            public Object next() {
                budget.enter();
                Object image = function.apply(items.next());
                budget.leave();
                return image;
            }
        };
    }

    @Override
    public boolean hasNext() {
        budget.enter(); // one iterator may stand on many others
        while (next == null && items.hasNext()) {
            Object item = items.next();
            if (test.test(item)) {
                next = item;
            }
        }
        budget.leave();
        return next != null;
    }

    @Override
    public Object next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Object item = next;
        next = null;
        return Objects.requireNonNull(item);
    }
}
