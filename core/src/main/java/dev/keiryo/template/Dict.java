package dev.keiryo.template;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's dictionary: in order of insertion, any hashable key, 1 and 1.0 and True the same. */
final class Dict {
    record Entry(Object key, Object value) {}

    /** By {@link Values#hashKey}. */
    private final Map<Object, Entry> entries = new LinkedHashMap<>();

    /** A key that is there keeps its place and spelling. */
    void put(Object key, Object value) {
        Object hash = Values.hashKey(key);
        Entry old = entries.get(hash);
        entries.put(hash, new Entry(old == null ? key : old.key(), value));
    }

    @Nullable
    Object get(Object key) {
        Entry entry = entries.get(Values.hashKey(key));
        return entry == null ? null : entry.value();
    }

    boolean has(Object key) {
        return entries.containsKey(Values.hashKey(key));
    }

    int size() {
        return entries.size();
    }

    Collection<Entry> entries() {
        return entries.values();
    }

    List<Object> keys() {
        List<Object> keys = new ArrayList<>(size());
        entries.values().forEach(e -> keys.add(e.key()));
        return keys;
    }

    List<Object> values() {
        List<Object> values = new ArrayList<>(size());
        entries.values().forEach(e -> values.add(e.value()));
        return values;
    }

    /** Tuples of key and value. */
    List<Object> items() {
        List<Object> items = new ArrayList<>(size());
        entries.values().forEach(e -> items.add(Tuple.of(e.key(), e.value())));
        return items;
    }
}
