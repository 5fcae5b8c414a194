package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.UnenforceableException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Objects. One automaton reads names and sorts them into regions: in a region, the same is asked of all values. What must
 * be true of some member, but not of one with a certain name, is a wish: a value is read either so that it grants some of
 * them or so that it need not.
 */
final class ObjectPlan implements Plan {
    private static final int MOST_WISHES = 8;
    private static final int MOST_OPTIONS = 20_000;
    private static final long MOST_MISSING = 256;

    /**
     * A way to read a value.
     *
     * @param grants which wishes, a bit for each
     */
    record Option(Constraint value, int grants) {}

    /**
     * Names of whose values the same is asked.
     *
     * @param name the only one; null for those that no schema names
     * @param options the first grants as little as possible
     * @param words its names, shortest first; null where {@code name} is not
     */
    record Region(
            int id,
            @Nullable String name,
            int wishes,
            List<Option> options,
            double size,
            @Nullable Words words) {
        @Override
        public boolean equals(Object o) {
            return this == o;
        }

        @Override
        public int hashCode() {
            return id;
        }
    }

    final ObjectShape shape;
    final Dfa names;
    final List<Region> regions = new ArrayList<>();
    /** Those that have to be there, by name. */
    final Map<String, Region> required = new LinkedHashMap<>();
    /** A bit for each. */
    final int wishes;

    final int whitespace;
    /** Number of words from each state into a set of regions: sets that have been asked for. */
    private final Map<BitSet, double[]> counts = new HashMap<>();

    private final String where;

    private record Signature(int name, BitSet in) {}

    ObjectPlan(ObjectShape shape, Compilation c) throws Dfa.TooLarge {
        this.shape = shape;
        this.whitespace = c.options.whitespace();
        Set<Literal> all = new LinkedHashSet<>();
        shape.every().forEach(e -> all.add(e.literal()));
        shape.some().forEach(e -> all.add(e.literal()));
        all.removeIf(l -> l.isTrue() || l.isFalse());
        this.where = Compilation.where(all);
        List<String> known = new ArrayList<>();
        List<Dfa> languages = new ArrayList<>();
        Set<Names> sets = new LinkedHashSet<>();
        shape.every().forEach(e -> collect(e.names(), known, languages, sets, c));
        shape.some().forEach(e -> collect(e.names(), known, languages, sets, c));

        List<ObjectShape.Members> loose = shape.some().stream()
                .filter(s -> !(s.names() instanceof Names.One))
                .toList();
        if (loose.size() > MOST_WISHES) {
            throw tooMuch("more than " + MOST_WISHES + " conditions on some member or other");
        }
        wishes = (1 << loose.size()) - 1;

        List<Dfa> parts = new ArrayList<>();
        parts.add(Dfa.of(known));
        parts.addAll(languages);
        Map<Signature, Integer> ids = new LinkedHashMap<>();
        List<Signature> signatures = new ArrayList<>();
        names = Product.of(parts, labels -> {
            BitSet in = new BitSet();
            for (int i = 1; i < labels.length; i++) {
                in.set(i - 1, labels[i] != Dfa.NO);
            }
            Signature signature = new Signature(labels[0], in);
            Integer id = ids.putIfAbsent(signature, signatures.size());
            if (id == null) {
                id = signatures.size();
                signatures.add(signature);
            }
            return id;
        });
        int options = 0;
        for (int id = 0; id < signatures.size(); id++) {
            Region region = region(id, signatures.get(id), known, languages, loose, c);
            regions.add(region);
            options += region.options.size();
            if (options > MOST_OPTIONS) {
                throw tooMuch("more than " + MOST_OPTIONS + " ways to read a member");
            }
        }
        for (ObjectShape.Members s : shape.some()) {
            if (s.names() instanceof Names.One one) {
                required.put(one.name(), regions.get(names.label(one.name())));
            }
        }
        if (shape.least() - required.size() > MOST_MISSING) {
            throw new UnenforceableException(
                    where, "minProperties", "more than " + MOST_MISSING + " members that no schema names");
        }
    }

    private UnenforceableException tooMuch(String what) {
        return new UnenforceableException(where, "not", what + "; simplify it");
    }

    private static void collect(Names set, List<String> known, List<Dfa> languages, Set<Names> sets, Compilation c) {
        if (!sets.add(set)) {
            return;
        }
        switch (set) {
            case Names.One one -> known.add(one.name());
            case Names.Matching matching -> addLanguage(languages, matching.language());
            case Names.Passing passing -> addLanguage(languages, c.strings.names(passing.literal()));
            case Names.Outside outside -> outside.sets().forEach(s -> collect(s, known, languages, sets, c));
        }
    }

    private static void addLanguage(List<Dfa> languages, Dfa language) {
        if (!languages.contains(language)) {
            languages.add(language);
        }
    }

    private static boolean contains(Names set, Signature s, @Nullable String name, List<Dfa> languages, Compilation c) {
        return switch (set) {
            case Names.One one -> one.name().equals(name);
            case Names.Matching m -> s.in.get(languages.indexOf(m.language()));
            case Names.Passing p -> s.in.get(languages.indexOf(c.strings.names(p.literal())));
            case Names.Outside o -> {
                for (Names inner : o.sets()) {
                    if (contains(inner, s, name, languages, c)) {
                        yield false;
                    }
                }
                yield true;
            }
        };
    }

    private Region region(
            int id,
            Signature s,
            List<String> known,
            List<Dfa> languages,
            List<ObjectShape.Members> loose,
            Compilation c) {
        String name = s.name == Dfa.NO ? null : known.get(s.name);
        Set<Literal> base = new LinkedHashSet<>();
        for (ObjectShape.Members e : shape.every()) {
            if (contains(e.names(), s, name, languages, c)) {
                base.add(e.literal());
            }
        }
        for (ObjectShape.Members e : shape.some()) {
            if (e.names() instanceof Names.One one && one.name().equals(name)) {
                base.add(e.literal());
            }
        }
        int here = 0;
        int free = 0;
        for (int w = 0; w < loose.size(); w++) {
            if (contains(loose.get(w).names(), s, name, languages, c)) {
                here |= 1 << w;
                if (loose.get(w).literal().isTrue()
                        || base.contains(loose.get(w).literal())) {
                    free |= 1 << w;
                }
            }
        }
        List<Option> options = new ArrayList<>();
        for (int grants = 0; grants <= wishes; grants++) {
            if ((grants & ~here) != 0 || (grants & free) != free) {
                continue;
            }
            Set<Literal> literals = new LinkedHashSet<>(base);
            for (int w = 0; w < loose.size(); w++) {
                if ((grants >> w & 1) != 0) {
                    literals.add(loose.get(w).literal());
                }
            }
            options.add(new Option(c.constraint(literals), grants));
        }
        if (name != null) {
            return new Region(id, name, here, options, 1, null);
        }
        BitSet only = new BitSet();
        only.set(id);
        long[] ends = new long[id + 1];
        java.util.Arrays.fill(ends, NEVER);
        ends[id] = 0;
        return new Region(id, null, here, options, count(only, id + 1)[0], new Words(names, padded(ends)));
    }

    /** Labels above those known so far are not wanted. */
    private long[] padded(long[] ends) {
        int most = 0;
        for (int label : names.labels) {
            most = Math.max(most, label + 1);
        }
        long[] all = new long[most];
        java.util.Arrays.fill(all, NEVER);
        System.arraycopy(ends, 0, all, 0, ends.length);
        return all;
    }

    /** Number of names, from each state of the automaton, that are in one of some regions; infinity where there is no end. */
    double[] count(BitSet wanted) {
        synchronized (counts) {
            if (counts.size() > 256) {
                counts.clear();
            }
            return counts.computeIfAbsent((BitSet) wanted.clone(), w -> count(w, 0));
        }
    }

    private double[] count(BitSet wanted, int ignored) {
        int n = names.states();
        BitSet useful = new BitSet();
        List<List<Integer>> before = new ArrayList<>();
        for (int s = 0; s < n; s++) {
            before.add(new ArrayList<>());
        }
        for (int s = 0; s < n; s++) {
            for (int to : names.next[s]) {
                before.get(to).add(s);
            }
        }
        java.util.ArrayDeque<Integer> queue = new java.util.ArrayDeque<>();
        for (int s = 0; s < n; s++) {
            if (names.labels[s] >= 0 && wanted.get(names.labels[s])) {
                useful.set(s);
                queue.add(s);
            }
        }
        while (!queue.isEmpty()) {
            for (int s : before.get(queue.remove())) {
                if (!useful.get(s)) {
                    useful.set(s);
                    queue.add(s);
                }
            }
        }
        // where all useful states after it are counted, a state can be; what is never counted is on or before a cycle
        long[] sizes = classSizes();
        double[] count = new double[n];
        int[] open = new int[n];
        for (int s = useful.nextSetBit(0); s >= 0; s = useful.nextSetBit(s + 1)) {
            count[s] = Double.POSITIVE_INFINITY;
            for (int to : names.next[s]) {
                open[s] += useful.get(to) ? 1 : 0;
            }
            if (open[s] == 0) {
                queue.add(s);
            }
        }
        while (!queue.isEmpty()) {
            int s = queue.remove();
            double sum = names.labels[s] >= 0 && wanted.get(names.labels[s]) ? 1 : 0;
            for (int c = 0; c < names.classes; c++) {
                sum += sizes[c] * count[names.next[s][c]];
            }
            count[s] = sum;
            for (int p : before.get(s)) {
                if (useful.get(p) && --open[p] == 0) {
                    queue.add(p);
                }
            }
        }
        return count;
    }

    private long[] classSizes() {
        long[] sizes = new long[names.classes];
        for (int i = 0; i < names.cuts.length; i++) {
            if (names.classOf[i] >= 0) {
                sizes[names.classOf[i]] += names.last(i) - names.cuts[i] + 1;
            }
        }
        return sizes;
    }

    @Override
    public List<Constraint> children() {
        return regions.stream()
                .flatMap(r -> r.options.stream())
                .map(Option::value)
                .distinct()
                .toList();
    }

    @Override
    public long fewest() {
        return Plan.plus(2, new Members(this, Set.of(), wishes).rest());
    }

    @Override
    public void begin(int b, Frame.Sink sink) {
        if (b == '{') {
            sink.go(new ObjectFrame(new Members(this, Set.of(), wishes), ObjectFrame.Phase.OPEN));
        }
    }
}
