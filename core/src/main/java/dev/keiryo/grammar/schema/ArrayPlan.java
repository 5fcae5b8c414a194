package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.UnenforceableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Arrays. Where items are counted, each is either read as one that counts or as one that need not, so a text may be read in
 * several ways; where there may be no more than so many, as one that counts or as one that does not.
 */
final class ArrayPlan implements Plan {
    private static final int MOST_COUNTS = 6;
    private static final int MOST_STEPS = 50_000;
    private static final int MOST_PLACES = 5_000;

    /**
     * A way to read an item.
     *
     * @param counted which counts it adds to
     * @param value where no two items may be equal, the only value that the item may have, by number; -1 otherwise
     */
    record Option(Constraint item, boolean[] counted, int value) {}

    /**
     * Items read, and how many were counted; as far as it matters.
     *
     * @param used values that no further item may have, a bit for each
     */
    record Place(long index, List<Long> counts, long used) {}

    final ArrayShape shape;
    private final List<ArrayShape.Count> counts;
    /** The ways to read an item at each place before {@link #tail}, and one list for all from there on. */
    private final List<List<Option>> options = new ArrayList<>();

    final int whitespace;
    private final int tail;
    private final boolean unique;
    private final Map<String, Integer> values = new HashMap<>();
    private final String where;

    ArrayPlan(ArrayShape shape, Compilation c) {
        this.shape = shape;
        this.whitespace = c.options.whitespace();
        this.counts = List.copyOf(shape.counts());
        this.unique = shape.unique() != null && shape.most() > 1;
        this.where = shape.counts().stream()
                .map(k -> k.literal().node().pointer)
                .findFirst()
                .orElse("#");
        if (counts.size() > MOST_COUNTS) {
            throw tooMuch("more than " + MOST_COUNTS + " conditions on how many items pass something");
        }
        long end = 0;
        for (ArrayShape.Items e : shape.every()) {
            end = Math.max(end, e.to() == ArrayShape.ENDLESS ? e.from() : e.to());
        }
        for (ArrayShape.Count k : counts) {
            end = Math.max(end, k.to() == ArrayShape.ENDLESS ? k.from() : k.to());
        }
        if (end > MOST_PLACES) {
            throw tooMuch("more than " + MOST_PLACES + " items each with a schema of its own");
        }
        tail = (int) end;
        for (int i = 0; i <= tail; i++) {
            options.add(i < shape.most() ? options(i, c) : List.of());
        }
    }

    private UnenforceableException tooMuch(String what) {
        return new UnenforceableException(where, "contains", what + "; simplify it");
    }

    private List<Option> options(int index, Compilation c) {
        Set<Literal> base = shape.item(index);
        List<Option> all = new ArrayList<>();
        if (!unique) {
            options(index, base, -1, c, all);
            return all;
        }
        for (JsonNode value : FiniteValues.of(base, String.valueOf(shape.unique()), c)) {
            Set<Literal> literals = new LinkedHashSet<>(base);
            literals.add(c.constant(value, String.valueOf(shape.unique())));
            int number = values.computeIfAbsent(FiniteValues.canonical(value), v -> values.size());
            if (number >= Long.SIZE) {
                throw new UnenforceableException(
                        String.valueOf(shape.unique()), "uniqueItems", "items of more than " + Long.SIZE + " values");
            }
            options(index, literals, number, c, all);
        }
        return all;
    }

    private void options(int index, Set<Literal> base, int value, Compilation c, List<Option> all) {
        int n = counts.size();
        for (int chosen = 0; chosen < 1 << n; chosen++) {
            Set<Literal> literals = new LinkedHashSet<>(base);
            boolean[] counted = new boolean[n];
            boolean skip = false;
            for (int k = 0; k < n; k++) {
                ArrayShape.Count count = counts.get(k);
                boolean here = count.from() <= index && index < count.to();
                counted[k] = (chosen >> k & 1) != 0;
                if (counted[k]) {
                    skip |= !here;
                    literals.add(count.literal());
                } else if (here && count.most() < ArrayShape.ENDLESS) {
                    literals.add(count.literal().not());
                }
            }
            if (!skip) {
                all.add(new Option(c.constraint(literals), counted, value));
            }
        }
    }

    List<Option> optionsAt(long index) {
        return options.get((int) Math.min(index, tail));
    }

    @Override
    public List<Constraint> children() {
        return options.stream()
                .flatMap(List::stream)
                .map(Option::item)
                .distinct()
                .toList();
    }

    Place start() {
        return new Place(0, counts.stream().map(k -> 0L).toList(), 0);
    }

    /** After an item more. Null where something has been counted too often. */
    @Nullable
    Place after(Place place, Option option) {
        if (option.value >= 0 && (place.used >> option.value & 1) != 0) {
            return null;
        }
        long used = option.value < 0 ? 0 : place.used | 1L << option.value;
        Long[] counted = new Long[counts.size()];
        for (int k = 0; k < counted.length; k++) {
            long n = place.counts.get(k);
            if (option.counted[k]) {
                ArrayShape.Count count = counts.get(k);
                if (n + 1 > count.most()) {
                    return null;
                }
                n = count.most() == ArrayShape.ENDLESS ? Math.min(n + 1, count.least()) : n + 1;
            }
            counted[k] = n;
        }
        long index = place.index + 1;
        if (shape.most() == ArrayShape.ENDLESS) {
            index = Math.min(index, Math.max(1, Math.max(tail, shape.least())));
        }
        return index > shape.most() ? null : new Place(index, Arrays.asList(counted), used);
    }

    boolean mayEnd(Place place) {
        if (place.index < shape.least()) {
            return false;
        }
        for (int k = 0; k < counts.size(); k++) {
            if (place.counts.get(k) < counts.get(k).least()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public long fewest() {
        return Plan.plus(2, rest(start()));
    }

    /** Fewest bytes of the items, and commas, that are missing at a place; {@link #NEVER} where it leads nowhere. */
    long rest(Place place) {
        long bytes = counts.isEmpty() && !unique ? plainRest(place) : rest(place, new HashMap<>());
        // before the first item is no comma
        return place.index == 0 && bytes > 0 && bytes < NEVER ? bytes - 1 : bytes;
    }

    private long plainRest(Place place) {
        long bytes = 0;
        for (long i = place.index; i < Math.min(tail, shape.least()); i++) {
            bytes = Plan.plus(bytes, 1 + optionsAt(i).getFirst().item.fewest);
        }
        long more = shape.least() - Math.max(place.index, tail);
        if (more > 0) {
            long each = 1 + optionsAt(tail).getFirst().item.fewest;
            bytes = each >= NEVER || more > NEVER / each ? NEVER : Plan.plus(bytes, more * each);
        }
        return bytes;
    }

    private long rest(Place place, Map<Place, Long> known) {
        if (mayEnd(place)) {
            return 0;
        }
        Long before = known.get(place);
        if (before != null) {
            return before;
        }
        if (known.size() > MOST_STEPS) {
            throw tooMuch("too many numbers of items to tell apart");
        }
        long best;
        if (place.index >= tail && counts.size() == 1 && !unique) {
            best = oneCount(place);
        } else if (place.index >= tail) {
            best = search(place);
        } else {
            best = NEVER;
            for (Option option : optionsAt(place.index)) {
                Place then = option.item.possible() ? after(place, option) : null;
                if (then != null) {
                    best = Math.min(best, Plan.plus(1 + option.item.fewest, rest(then, known)));
                }
            }
        }
        known.put(place, best);
        return best;
    }

    /** x items that count and y that do not, as few bytes as possible. */
    private long oneCount(Place place) {
        ArrayShape.Count count = counts.getFirst();
        long have = place.counts.getFirst();
        long need = Math.max(0, shape.least() - place.index);
        long room = shape.most() == ArrayShape.ENDLESS ? ArrayShape.ENDLESS : shape.most() - place.index;
        long with = NEVER;
        long without = NEVER;
        for (Option option : optionsAt(tail)) {
            long bytes = Plan.plus(1, option.item.fewest);
            if (option.counted[0]) {
                with = Math.min(with, bytes);
            } else {
                without = Math.min(without, bytes);
            }
        }
        long x = Math.max(0, count.least() - have);
        long most = count.most() == ArrayShape.ENDLESS ? ArrayShape.ENDLESS : count.most() - have;
        if (with < NEVER && with < without) {
            x = Math.max(x, Math.min(need, most));
        }
        long y = Math.max(0, need - x);
        if (x > most || x + y > room || (x > 0 && with >= NEVER) || (y > 0 && without >= NEVER)) {
            return NEVER;
        }
        return Plan.plus(times(x, with), times(y, without));
    }

    private static long times(long n, long bytes) {
        return n == 0 ? 0 : bytes > NEVER / n ? NEVER : n * bytes;
    }

    /** Dijkstra's search over numbers of items, where several things are counted. */
    private long search(Place from) {
        record Step(Place place, long bytes) {}
        PriorityQueue<Step> queue = new PriorityQueue<>((a, b) -> Long.compare(a.bytes, b.bytes));
        Map<Place, Long> best = new HashMap<>();
        queue.add(new Step(from, 0));
        best.put(from, 0L);
        while (!queue.isEmpty()) {
            Step step = queue.remove();
            if (step.bytes > best.getOrDefault(step.place, NEVER)) {
                continue;
            }
            if (mayEnd(step.place)) {
                return step.bytes;
            }
            for (Option option : optionsAt(step.place.index)) {
                Place then = option.item.possible() ? after(step.place, option) : null;
                if (then == null) {
                    continue;
                }
                long bytes = Plan.plus(step.bytes, 1 + option.item.fewest);
                if (bytes < best.getOrDefault(then, NEVER)) {
                    best.put(then, bytes);
                    queue.add(new Step(then, bytes));
                }
            }
            if (best.size() > MOST_STEPS) {
                throw tooMuch("too many numbers of items to tell apart");
            }
        }
        return NEVER;
    }

    @Override
    public void begin(int b, Frame.Sink sink) {
        if (b == '[') {
            sink.go(new ArrayFrame(this, start(), ArrayFrame.Phase.OPEN));
        }
    }
}
