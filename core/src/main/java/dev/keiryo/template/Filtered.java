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
    private final Predicate<Object> test;
    private @Nullable Object next;

    private Filtered(Iterator<Object> items, Predicate<Object> test) {
        this.items = items;
        this.test = test;
    }

    static Iterator<Object> of(Iterator<Object> items, Predicate<Object> test) {
        return new Filtered(items, test);
    }

    /** Each item's image. */
    static Iterator<Object> map(Iterator<Object> items, Function<Object, Object> function) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public Object next() {
                return function.apply(items.next());
            }
        };
    }

    @Override
    public boolean hasNext() {
        while (next == null && items.hasNext()) {
            Object item = items.next();
            if (test.test(item)) {
                next = item;
            }
        }
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
