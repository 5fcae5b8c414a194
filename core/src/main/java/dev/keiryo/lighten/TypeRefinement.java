package dev.keiryo.lighten;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Betters a choice of types step by step. What a step of one unit up or down costs is measured with all others as they are chosen; the
 * steps of least summed cost that fit are taken together where the whole, measured, gains; otherwise fewer of them, each of which has to
 * pay a toll.
 */
final class TypeRefinement {
    /** Attempts at a round of steps, each time with fewer of them. */
    private static final int ATTEMPTS = 4;

    private final TypeTrials trials;
    private final TypeSearch.Options options;
    private final TypeSearch.Progress progress;

    TypeRefinement(TypeTrials trials, TypeSearch.Options options, TypeSearch.Progress progress) {
        this.trials = trials;
        this.options = options;
        this.progress = progress;
    }

    /** What {@code from} becomes, which fits {@code room}. */
    int[] of(int[] from, Room room) throws IOException {
        int[] at = from;
        double least = trials.whole(from);
        for (int round = 1; round <= options.rounds(); round++) {
            trials.settle(at);
            List<double[]> steps = steps(at, least, room.padded(), round);
            int[] better = null;
            double toll = 0;
            for (int attempt = 0; attempt < ATTEMPTS && better == null; attempt++) {
                int[] next = Objects.requireNonNull(
                        Knapsack.choose(TypeUnit.options(trials.units(), tolled(steps, at, toll), room), room.bytes()));
                if (Arrays.equals(next, at)) {
                    break;
                }
                double found = trials.whole(next);
                if (found < least) {
                    better = next;
                    least = found;
                }
                toll = toll == 0 ? gain(steps, next) / (4 * moves(at, next)) : 4 * toll;
            }
            if (better == null) {
                break;
            }
            at = better;
        }
        return at;
    }

    /** What the loss changes by where one unit takes a type of the next size, up or down; infinite for all other types. */
    private List<double[]> steps(int[] at, double loss, boolean padded, int round) throws IOException {
        List<double[]> steps = new ArrayList<>();
        for (int u = 0; u < at.length; u++) {
            TypeUnit unit = trials.units().get(u);
            double[] of = new double[unit.types().size()];
            Arrays.fill(of, Double.POSITIVE_INFINITY);
            of[at[u]] = 0;
            List<Integer> near = unit.near(at[u], padded);
            if (options.estimated() && !near.isEmpty()) {
                int farthest = trials.farthest(unit, at[u], near);
                double[] all = trials.estimates(unit, at[u], farthest, trials.step(unit, farthest) - loss);
                near.forEach(t -> of[t] = all[t]);
            } else {
                for (int t : near) {
                    of[t] = trials.step(unit, t) - loss;
                }
            }
            steps.add(of);
            progress.at("matrices, refining " + round + "/" + options.rounds(), u + 1, at.length);
        }
        return steps;
    }

    /** With a toll on each change, so that those that gain little are left. */
    private static List<double[]> tolled(List<double[]> steps, int[] at, double toll) {
        List<double[]> tolled = new ArrayList<>();
        for (int u = 0; u < at.length; u++) {
            double[] of = Arrays.stream(steps.get(u)).map(s -> s + toll).toArray();
            of[at[u]] = 0;
            tolled.add(of);
        }
        return tolled;
    }

    private static double gain(List<double[]> steps, int[] next) {
        double sum = 0;
        for (int u = 0; u < next.length; u++) {
            sum += Math.abs(steps.get(u)[next[u]]);
        }
        return sum;
    }

    private static int moves(int[] from, int[] to) {
        int moves = 0;
        for (int u = 0; u < from.length; u++) {
            moves += from[u] == to[u] ? 0 : 1;
        }
        return moves;
    }
}
