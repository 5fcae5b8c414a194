package dev.keiryo.template;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** {@code sorted()}: stable, and in need of nothing but {@code <}. */
final class Sorting {
    private Sorting() {}

    static List<Object> sorted(List<Object> items, Function<Object, Object> key, boolean reverse, Budget budget) {
        int n = items.size();
        budget.allocate(4L * n);
        Object[] keys = new Object[n];
        Integer[] order = new Integer[n];
        for (int i = 0; i < n; i++) {
            // a reversed sort is stable too: it goes over the reversed list and turns the result around
            order[i] = reverse ? n - 1 - i : i;
            keys[i] = key.apply(items.get(i));
        }
        mergeSort(order, new Integer[n], 0, n, keys, budget);
        List<Object> sorted = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            sorted.add(items.get(order[reverse ? n - 1 - i : i]));
        }
        return sorted;
    }

    private static void mergeSort(Integer[] a, Integer[] spare, int from, int to, Object[] keys, Budget budget) {
        if (to - from < 2) {
            return;
        }
        int middle = (from + to) >>> 1;
        mergeSort(a, spare, from, middle, keys, budget);
        mergeSort(a, spare, middle, to, keys, budget);
        int left = from;
        int right = middle;
        for (int i = from; i < to; i++) {
            boolean takeRight =
                    left == middle || (right < to && Values.ordered(keys[a[right]], "<", keys[a[left]], budget));
            spare[i] = takeRight ? a[right++] : a[left++];
        }
        System.arraycopy(spare, from, a, from, to - from);
    }

    /** Strings in lower case, all else as it is. */
    static Object ignoreCase(Object v) {
        return v instanceof CharSequence s ? Text.lower(s.toString()) : v;
    }
}
