package dev.keiryo.template;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/** Python's tuple; may name two of its elements, as {@code groupby} does. */
final class Tuple extends AbstractList<Object> implements RandomAccess {
    private final List<Object> items;
    private final boolean group;

    private Tuple(List<Object> items, boolean group) {
        this.items = items;
        this.group = group;
    }

    static Tuple of(Object... items) {
        return new Tuple(List.of(items), false);
    }

    static Tuple copyOf(List<Object> items) {
        return new Tuple(List.copyOf(items), false);
    }

    /** Of {@code groupby}: {@code (grouper, list)}. */
    static Tuple group(Object grouper, List<Object> list) {
        return new Tuple(List.of(grouper, list), true);
    }

    /** Whether its elements are called {@code grouper} and {@code list}. */
    boolean isGroup() {
        return group;
    }

    @Override
    public Object get(int index) {
        return items.get(index);
    }

    @Override
    public int size() {
        return items.size();
    }
}
