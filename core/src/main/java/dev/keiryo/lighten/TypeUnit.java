package dev.keiryo.lighten;

import dev.keiryo.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Matrices of one kind, in one layer or in neighbouring ones, that are of one type.
 *
 * @param types that their rows are whole blocks of, from the smallest on
 * @param plain bytes as each of the types
 * @param padded likewise, as GGUF pads them
 */
record TypeUnit(List<String> tensors, List<TensorType> types, long[] plain, long[] padded) {
    private static final Pattern LAYER = Pattern.compile("^((?:enc\\.|dec\\.)?blk\\.)(\\d+)\\.(.*)");
    private static final int ALIGNMENT = 32;

    /** The first matrix's name. */
    String name() {
        return tensors.getFirst() + (tensors.size() > 1 ? "+" + (tensors.size() - 1) : "");
    }

    long bytes(int type, boolean withPadding) {
        return withPadding ? padded[type] : plain[type];
    }

    long least(boolean withPadding) {
        return Arrays.stream(withPadding ? padded : plain).min().orElse(0);
    }

    long most(boolean withPadding) {
        return Arrays.stream(withPadding ? padded : plain).max().orElse(0);
    }

    /** The number of the type with about so many bits a weight. */
    int nearest(double bits) {
        int best = 0;
        for (int t = 1; t < types.size(); t++) {
            if (Math.abs(bits(t) - bits) < Math.abs(bits(best) - bits)) {
                best = t;
            }
        }
        return best;
    }

    private double bits(int type) {
        return 8.0 * types.get(type).blockBytes() / types.get(type).blockSize();
    }

    /** The number of the type that {@code plan} has for all of these matrices; -1 where it has several, or one that is no choice. */
    int number(Map<String, TensorType> plan) {
        TensorType type = plan.get(tensors.getFirst());
        return tensors.stream().allMatch(t -> plan.get(t) == type) ? types.indexOf(type) : -1;
    }

    /** Types of as many bytes as number {@code at}, and of the next size above and below. */
    List<Integer> near(int at, boolean withPadding) {
        long here = bytes(at, withPadding);
        long above = Long.MAX_VALUE;
        long below = -1;
        for (int t = 0; t < types.size(); t++) {
            long b = bytes(t, withPadding);
            above = b > here ? Math.min(above, b) : above;
            below = b < here ? Math.max(below, b) : below;
        }
        List<Integer> near = new ArrayList<>();
        for (int t = 0; t < types.size(); t++) {
            long b = bytes(t, withPadding);
            if (t != at && (b == here || b == above || b == below)) {
                near.add(t);
            }
        }
        return near;
    }

    /** Those of a model, at most {@code options.units()} where that can be; matrices that no other type fits are left out. */
    static List<TypeUnit> of(Map<String, long[]> matrices, TypeSearch.Options options) {
        Map<String, TreeMap<Integer, String>> kinds = new LinkedHashMap<>();
        int alone = 0;
        for (String name : matrices.keySet()) {
            Matcher m = LAYER.matcher(name);
            boolean inLayer = m.matches();
            alone += inLayer ? 0 : 1;
            kinds.computeIfAbsent(inLayer ? m.group(1) + m.group(3) : name, k -> new TreeMap<>())
                    .put(inLayer ? Integer.parseInt(m.group(2)) : 0, name);
        }
        int together = Math.ceilDiv(matrices.size() - alone, Math.max(1, options.units() - alone));
        List<TypeUnit> units = new ArrayList<>();
        for (TreeMap<Integer, String> kind : kinds.values()) {
            List<String> names = List.copyOf(kind.values());
            for (int i = 0; i < names.size(); i += Math.max(1, together)) {
                List<String> some = names.subList(i, Math.min(names.size(), i + Math.max(1, together)));
                List<TensorType> fitting = options.types().stream()
                        .filter(t -> some.stream().allMatch(n -> fits(shape(matrices, n), t)))
                        .sorted(Comparator.comparingDouble(t -> (double) t.blockBytes() / t.blockSize()))
                        .toList();
                if (!fitting.isEmpty()) {
                    units.add(new TypeUnit(
                            List.copyOf(some),
                            fitting,
                            sizes(some, matrices, fitting, 1),
                            sizes(some, matrices, fitting, ALIGNMENT)));
                }
            }
        }
        return units;
    }

    private static long[] shape(Map<String, long[]> matrices, String name) {
        return Objects.requireNonNull(matrices.get(name));
    }

    private static boolean fits(long[] shape, TensorType type) {
        return shape[shape.length - 1] % type.blockSize() == 0;
    }

    private static long[] sizes(
            List<String> names, Map<String, long[]> matrices, List<TensorType> types, int alignment) {
        return types.stream()
                .mapToLong(t -> names.stream()
                        .mapToLong(n -> Math.ceilDiv(t.bytes(shape(matrices, n)), alignment) * alignment)
                        .sum())
                .toArray();
    }

    /** Groups to choose from: of each unit, its types. */
    static List<List<Knapsack.Option>> options(List<TypeUnit> units, List<double[]> costOf, Room room) {
        List<List<Knapsack.Option>> groups = new ArrayList<>();
        for (int u = 0; u < units.size(); u++) {
            List<Knapsack.Option> group = new ArrayList<>();
            for (int t = 0; t < units.get(u).types().size(); t++) {
                group.add(new Knapsack.Option(units.get(u).bytes(t, room.padded()), costOf.get(u)[t]));
            }
            groups.add(group);
        }
        return groups;
    }
}
