package dev.keiryo.lighten;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses one option of each group such that {@code Σ cost} is least with {@code Σ bytes} within a budget: the multiple-choice knapsack,
 * by dynamic programming over the budget. Exact where the budget is at most 131,072 times what all sizes are multiples of; otherwise sizes
 * are rounded up to such a part of the budget, so that a choice always fits, and one that fills the last parts may be missed.
 */
final class Knapsack {
    private static final int MOST_STEPS = 1 << 17;

    /** @param cost lost by it; may be negative; infinite where it is no choice */
    record Option(long bytes, double cost) {
        boolean isChoice() {
            return cost < Double.POSITIVE_INFINITY;
        }
    }

    private final List<List<Option>> groups;
    /** Of each group: what every choice takes is no matter of rounding. */
    private final long[] least;

    private final long room;
    private final long step;

    private Knapsack(List<List<Option>> groups, long budget) {
        this.groups = groups;
        this.least = groups.stream()
                .mapToLong(g -> g.stream()
                        .filter(Option::isChoice)
                        .mapToLong(Option::bytes)
                        .min()
                        .orElseThrow(() -> new IllegalArgumentException("a group has no option")))
                .toArray();
        this.room = budget - Arrays.stream(least).sum();
        long divisor = 0;
        for (int g = 0; g < least.length; g++) {
            for (Option o : groups.get(g)) {
                divisor = o.isChoice() ? divisor(divisor, o.bytes() - least[g]) : divisor;
            }
        }
        this.step = Math.max(Math.max(divisor, 1), Math.ceilDiv(Math.max(room, 0), MOST_STEPS));
    }

    private static long divisor(long a, long b) {
        return b == 0 ? a : divisor(b, a % b);
    }

    /** The number of each group's option; null where even the smallest do not fit. */
    static int @Nullable [] choose(List<List<Option>> groups, long budget) {
        Knapsack sack = new Knapsack(groups, budget);
        return sack.room < 0 ? null : sack.choose();
    }

    private int[] choose() {
        int most = (int) (room / step);
        double[] best = new double[most + 1];
        byte[][] chosen = new byte[groups.size()][most + 1];
        for (int g = 0; g < groups.size(); g++) {
            List<Option> options = groups.get(g);
            double[] next = new double[most + 1];
            Arrays.fill(next, Double.POSITIVE_INFINITY);
            for (int o = 0; o < options.size(); o++) {
                if (!options.get(o).isChoice()) {
                    continue;
                }
                for (long s = steps(g, o); s <= most; s++) {
                    double cost = best[(int) (s - steps(g, o))] + options.get(o).cost();
                    if (cost < next[(int) s]) {
                        next[(int) s] = cost;
                        chosen[g][(int) s] = (byte) o;
                    }
                }
            }
            best = next;
        }
        int[] choice = new int[groups.size()];
        long left = most;
        for (int g = groups.size() - 1; g >= 0; g--) {
            choice[g] = chosen[g][(int) left];
            left -= steps(g, choice[g]);
        }
        return choice;
    }

    private long steps(int group, int option) {
        return Math.ceilDiv(groups.get(group).get(option).bytes() - least[group], step);
    }
}
