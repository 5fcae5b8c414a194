package dev.keiryo.grammar.schema;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The members of an object that have been read, and so what may and must still come. By value; thread-safe. */
final class Members {
    /** A name has two quotation marks, a colon after it and a comma before or after it. */
    private static final long AROUND_NAME = 4;

    final ObjectPlan plan;
    /** Names read. */
    final Set<String> seen;
    /** Wishes not granted yet, a bit for each. */
    final int pending;

    private final int hash;
    private @Nullable List<Choice> choices;
    private volatile long rest = -1;

    /** A region and a way to read its values, after which the object can be finished with {@code bytes} more. */
    record Choice(ObjectPlan.Region region, ObjectPlan.Option option, long bytes) {}

    Members(ObjectPlan plan, Set<String> seen, int pending) {
        this.plan = plan;
        this.seen = seen;
        this.pending = pending;
        this.hash = 31 * (31 * System.identityHashCode(plan) + seen.hashCode()) + pending;
    }

    Members after(String name, ObjectPlan.Option option) {
        Set<String> more = new HashSet<>(seen);
        more.add(name);
        return new Members(plan, more, pending & ~option.grants());
    }

    boolean mayEnd() {
        return pending == 0
                && seen.size() >= plan.shape.least()
                && seen.size() <= plan.shape.most()
                && seen.containsAll(plan.required.keySet());
    }

    /** Fewest bytes of the members that are missing, commas included; {@link Plan#NEVER} where it cannot be finished. */
    long rest() {
        long known = rest;
        if (known < 0) {
            known = missing();
            rest = known;
        }
        return known;
    }

    /** A member to come. */
    private static final class Slot {
        final ObjectPlan.Region region;
        int grants;

        Slot(ObjectPlan.Region region) {
            this.region = region;
        }
    }

    private long missing() {
        List<Slot> slots = new ArrayList<>();
        for (Map.Entry<String, ObjectPlan.Region> e : plan.required.entrySet()) {
            if (!seen.contains(e.getKey())) {
                slots.add(new Slot(e.getValue()));
            }
        }
        if (seen.size() + slots.size() > plan.shape.most()) {
            return Plan.NEVER;
        }
        long bytes = grant(slots, pending);
        // before the first member is no comma
        return seen.isEmpty() && bytes > 0 && bytes < Plan.NEVER ? bytes - 1 : bytes;
    }

    /** Lets a member that comes anyway, or a further one, grant the first pending wish; all ways are tried. */
    private long grant(List<Slot> slots, int wishes) {
        if (wishes == 0) {
            return finish(slots);
        }
        int wish = wishes & -wishes;
        long best = Plan.NEVER;
        int before = slots.size();
        for (int i = 0; i < before; i++) {
            Slot slot = slots.get(i);
            if ((slot.region.wishes() & wish) != 0) {
                slot.grants |= wish;
                best = Math.min(best, grant(slots, wishes & ~wish));
                slot.grants &= ~wish;
            }
        }
        if (seen.size() + slots.size() < plan.shape.most()) {
            for (ObjectPlan.Region region : plan.regions) {
                if ((region.wishes() & wish) != 0 && available(region, slots) > 0) {
                    Slot slot = new Slot(region);
                    slot.grants = wish;
                    slots.add(slot);
                    best = Math.min(best, grant(slots, wishes & ~wish));
                    slots.removeLast();
                }
            }
        }
        return best;
    }

    private double available(ObjectPlan.Region region, List<Slot> slots) {
        double left = region.size();
        if (left == Double.POSITIVE_INFINITY) {
            return left;
        }
        for (String name : seen) {
            left -= plan.names.label(name) == region.id() ? 1 : 0;
        }
        for (Slot slot : slots) {
            left -= slot.region.id() == region.id() ? 1 : 0;
        }
        return left;
    }

    /** Members for as many as there have to be at least, the shortest ones. */
    private long finish(List<Slot> slots) {
        long bytes = 0;
        Set<String> used = new HashSet<>();
        for (Slot slot : slots) {
            bytes = Plan.plus(bytes, bytes(slot.region, slot.grants, used));
        }
        long missing = plan.shape.least() - seen.size() - slots.size();
        if (missing <= 0 || bytes >= Plan.NEVER) {
            return bytes;
        }
        List<ObjectPlan.Region> cheap = new ArrayList<>(plan.regions);
        cheap.removeIf(r -> !r.options().getFirst().value().possible()
                || (r.name() != null && plan.required.containsKey(r.name())));
        cheap.sort(Comparator.comparingLong(r -> shortest(r)));
        for (ObjectPlan.Region region : cheap) {
            double left = available(region, slots);
            for (; missing > 0 && left > 0; left--, missing--) {
                bytes = Plan.plus(bytes, bytes(region, 0, used));
            }
        }
        return missing > 0 ? Plan.NEVER : bytes;
    }

    private static long shortest(ObjectPlan.Region region) {
        long name = region.name() != null
                ? Dfa.bytes(region.name())
                : region.words() == null ? 0 : region.words().fewest(0);
        return Plan.plus(name, region.options().getFirst().value().fewest);
    }

    /** A member of a region, with a name that is not used yet. */
    private long bytes(ObjectPlan.Region region, int grants, Set<String> used) {
        long value = Plan.NEVER;
        for (ObjectPlan.Option option : region.options()) {
            if ((option.grants() & grants) == grants) {
                value = Math.min(value, option.value().fewest);
            }
        }
        if (value >= Plan.NEVER) {
            return value;
        }
        long name;
        Words words = region.words();
        if (region.name() != null) {
            name = Dfa.bytes(region.name());
        } else {
            Words.Word word = words == null ? null : words.best(0, w -> !seen.contains(w) && !used.contains(w));
            if (word == null) {
                return Plan.NEVER;
            }
            used.add(word.text());
            name = word.bytes();
        }
        return Plan.plus(AROUND_NAME + name, value);
    }

    /** What the next member may be. */
    synchronized List<Choice> choices() {
        List<Choice> known = choices;
        if (known == null) {
            known = new ArrayList<>();
            if (seen.size() < plan.shape.most()) {
                for (ObjectPlan.Region region : plan.regions) {
                    addChoices(region, known);
                }
            }
            choices = known;
        }
        return known;
    }

    /** The rest after a member more, where it is a plain sum: nothing but names that have to be there are missing. */
    private long sumAfter(String name) {
        long bytes = 0;
        for (Map.Entry<String, ObjectPlan.Region> e : plan.required.entrySet()) {
            if (!seen.contains(e.getKey()) && !e.getKey().equals(name)) {
                bytes = Plan.plus(
                        bytes,
                        AROUND_NAME
                                + Dfa.bytes(e.getKey())
                                + e.getValue().options().getFirst().value().fewest);
            }
        }
        return bytes;
    }

    private boolean isSum() {
        return plan.wishes == 0 && plan.shape.most() == Long.MAX_VALUE && plan.shape.least() <= seen.size() + 1;
    }

    private void addChoices(ObjectPlan.Region region, List<Choice> found) {
        if (region.options().stream().noneMatch(o -> o.value().possible())) {
            return;
        }
        String name = region.name();
        if (name == null) {
            Words words = region.words();
            Words.Word word = words == null ? null : words.best(0, w -> !seen.contains(w));
            name = word == null ? null : word.text();
        }
        if (name == null || seen.contains(name)) {
            return;
        }
        Map<Integer, Long> rests = new HashMap<>();
        for (ObjectPlan.Option option : region.options()) {
            // a value that grants what has been granted is only one that is asked for more
            if (!option.value().possible() || useless(option, region)) {
                continue;
            }
            int then = pending & ~option.grants();
            String n = name;
            long after = rests.computeIfAbsent(
                    then, t -> isSum() ? sumAfter(n) : after(n, option).rest());
            if (after < Plan.NEVER) {
                found.add(new Choice(region, option, Plan.plus(option.value().fewest, after)));
            }
        }
    }

    private boolean useless(ObjectPlan.Option option, ObjectPlan.Region region) {
        return (option.grants() & ~pending & ~region.options().getFirst().grants()) != 0;
    }

    /** The regions that a name may be in. */
    BitSet wanted() {
        BitSet wanted = new BitSet();
        choices().forEach(c -> wanted.set(c.region.id()));
        return wanted;
    }

    /** Choices for names of a region. */
    List<Choice> choices(int region) {
        Set<Choice> found = new LinkedHashSet<>();
        for (Choice c : choices()) {
            if (c.region.id() == region) {
                found.add(c);
            }
        }
        return List.copyOf(found);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Members m
                && m.hash == hash
                && m.plan == plan
                && m.pending == pending
                && m.seen.equals(seen);
    }
}
