package dev.keiryo.generate;

/**
 * How many tokens to guess, from what guessing has brought so far: the number n for which the expected tokens for a
 * second are most,
 *
 * <pre>
 *   (1 + a + a² + … + aⁿ) / (cost of drafting n + cost of checking n)
 * </pre>
 *
 * where a is the rate at which guesses are right and costs are measured. Where no n beats 0, guessing rests, and is tried
 * again now and then, ever more rarely: so that it never costs more than a few percent.
 */
final class DraftLength {
    /** Weight of the latest observation in the running means. */
    private static final double RECENT = 0.1;
    /** Steps without guesses between two tries, at first and at most. */
    private static final int REST = 32;

    private static final int LONGEST_REST = 1024;
    /** Plain steps that are measured before the first guess. */
    private static final int PLAIN = 4;
    /** Steps with guesses after which a plain one is measured again. */
    private static final int REMEASURE = 48;

    private final int most;
    /** Mean nanoseconds of checking n guesses, 0 where never measured; [0] is a plain step. */
    private final double[] check;
    /** Mean nanoseconds of guessing one token. */
    private double draft;

    private double rate = 0.7;
    private int plain;
    private int sincePlain;
    private int rest;
    private int nextRest = REST;

    /** @param most guesses at a time */
    DraftLength(int most) {
        this.most = most;
        this.check = new double[most + 1];
    }

    /** How many to guess now. */
    int choose() {
        if (plain < PLAIN || sincePlain >= REMEASURE) {
            return 0;
        }
        if (rest > 0) {
            rest--;
            return rest == 0 ? Math.min(2, most) : 0;
        }
        int best = 0;
        double bestSpeed = 1 / check[0];
        double expected = 1;
        double power = 1;
        for (int n = 1; n <= most; n++) {
            power *= rate;
            expected += power;
            double speed = expected / (n * draft + cost(n));
            if (speed > bestSpeed) {
                best = n;
                bestSpeed = speed;
            }
        }
        if (best == 0) {
            rest = nextRest;
            nextRest = Math.min(LONGEST_REST, 2 * nextRest);
        }
        return best;
    }

    /**
     * Takes in one step.
     *
     * @param guessed how many tokens were guessed, 0 for a plain step
     * @param right how many of them were right
     * @param draftNanos time to guess
     * @param checkNanos time to check
     */
    void observe(int guessed, int right, long draftNanos, long checkNanos) {
        check[guessed] = mean(check[guessed], (double) checkNanos);
        if (guessed == 0) {
            plain++;
            sincePlain = 0;
            return;
        }
        sincePlain++;
        draft = mean(draft, (double) draftNanos / guessed);
        // Each right guess is a success, the first wrong one a failure; what follows it says nothing.
        for (int i = 0; i < right; i++) {
            rate += RECENT * (1 - rate);
        }
        if (right < guessed) {
            rate -= RECENT * rate;
        }
        if (right == guessed) {
            nextRest = REST;
        }
    }

    private static double mean(double old, double latest) {
        return old == 0 ? latest : old + RECENT * (latest - old);
    }

    /** Measured, or from the nearest measured below by what tokens of a batch usually cost. */
    private double cost(int n) {
        for (int i = n; i >= 0; i--) {
            if (check[i] > 0) {
                return check[i] * (1 + 0.1 * (n - i));
            }
        }
        return Double.MAX_VALUE;
    }
}
