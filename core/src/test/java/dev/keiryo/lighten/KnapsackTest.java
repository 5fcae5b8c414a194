package dev.keiryo.lighten;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.lighten.Knapsack.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class KnapsackTest {
    private static List<List<Option>> groups(Random random, int count, int unit) {
        List<List<Option>> groups = new ArrayList<>();
        for (int g = 0; g < count; g++) {
            List<Option> group = new ArrayList<>();
            for (int o = 0; o <= random.nextInt(4); o++) {
                boolean none = o > 0 && random.nextInt(5) == 0;
                group.add(new Option(
                        (long) unit * random.nextInt(1, 50), none ? Double.POSITIVE_INFINITY : random.nextGaussian()));
            }
            groups.add(group);
        }
        return groups;
    }

    private static double least(List<List<Option>> groups, int from, long budget) {
        if (from == groups.size()) {
            return 0;
        }
        double least = Double.POSITIVE_INFINITY;
        for (Option o : groups.get(from)) {
            if (o.bytes() <= budget) {
                least = Math.min(least, o.cost() + least(groups, from + 1, budget - o.bytes()));
            }
        }
        return least;
    }

    /** All choices, tried one by one, have none that is better. */
    @Test
    void findsTheBestThereIs() {
        Random random = new Random(5);
        int feasible = 0;
        for (int i = 0; i < 400; i++) {
            List<List<Option>> groups = groups(random, 6, 32);
            long budget = 32L * random.nextInt(40, 250) + random.nextInt(32);
            double wanted = least(groups, 0, budget);
            int[] choice = Knapsack.choose(groups, budget);
            if (choice == null) {
                assertEquals(Double.POSITIVE_INFINITY, wanted);
                continue;
            }
            feasible++;
            long bytes = 0;
            double cost = 0;
            for (int g = 0; g < choice.length; g++) {
                bytes += groups.get(g).get(choice[g]).bytes();
                cost += groups.get(g).get(choice[g]).cost();
            }
            assertTrue(bytes <= budget);
            assertEquals(wanted, cost, 1e-9);
        }
        assertTrue(feasible > 100, feasible + " of 400");
    }

    /** Where the budget is many steps, a choice still fits, and is nearly the best. */
    @Test
    void fitsWhereSizesAreRounded() {
        Random random = new Random(6);
        for (int i = 0; i < 10; i++) {
            List<List<Option>> groups = groups(random, 6, 9_999_991);
            long budget = 9_999_991L * 200 + 1;
            int[] choice = Knapsack.choose(groups, budget);
            if (choice == null) {
                assertEquals(Double.POSITIVE_INFINITY, least(groups, 0, budget));
                continue;
            }
            long bytes = 0;
            double cost = 0;
            for (int g = 0; g < choice.length; g++) {
                bytes += groups.get(g).get(choice[g]).bytes();
                cost += groups.get(g).get(choice[g]).cost();
            }
            assertTrue(bytes <= budget);
            assertTrue(cost <= least(groups, 0, budget - budget / 10_000) + 1e-9);
        }
    }

    @Test
    void takesWhatJustFits() {
        List<List<Option>> groups = List.of(List.of(new Option(10, 2), new Option(20, 1)), List.of(new Option(5, 0)));
        assertArrayEquals(new int[] {1, 0}, Knapsack.choose(groups, 25));
        assertArrayEquals(new int[] {0, 0}, Knapsack.choose(groups, 24));
        assertArrayEquals(new int[] {0, 0}, Knapsack.choose(groups, 15));
        assertNull(Knapsack.choose(groups, 14));
    }
}
