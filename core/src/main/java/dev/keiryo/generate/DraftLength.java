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
 * again now and then, ever more rarely.
 *
 * <p>Besides, an account is kept: every token is worth a plain step and a little more, every step costs the time it took.
 * Guesses are made only where the account can bear that they are all wrong. So a text takes at most {@link #SHARE} longer
 * than without guesses, whatever they are like.
 */
final class DraftLength {
    /** Of plain decoding's time, what may be lost to guesses. */
    private static final double SHARE = 0.04;
    /** The account holds so many plain steps at most: what was won long ago is not there to be wasted. */
    private static final double MOST_SAVED = 8;
    /** Weight of the latest observation in the running means; a shorter time counts more, as delays only lengthen. */
    private static final double RECENT = 0.1;

    private static final double SHORTER = 0.4;
    /** Steps without guesses between two tries, at first and at most. */
    private static final int REST = 16;

    private static final int LONGEST_REST = 1024;
    /** Plain steps that are measured before the first guess. */
    private static final int PLAIN = 4;
    /** Steps with guesses after which a plain one is measured again. */
    private static final int REMEASURE = 48;
    /** What a guess costs to make, and to check, before the first; in plain steps. */
    private static final double UNKNOWN_DRAFT = 0.3;

    private static final double UNKNOWN_CHECK = 0.2;

    private final int most;
    /** Mean nanoseconds of checking n guesses, 0 where never measured; [0] is a plain step. */
    private final double[] check;
    /** Mean nanoseconds of guessing one token; negative where never measured. */
    private double draft;
    /** Nanoseconds that the drafter takes to see one more token. */
    private final double token;

    /** Tokens that it has not seen. */
    private int unseen;

    private boolean asked;

    private double rate = 0.7;
    /** Nanoseconds won, less those lost. */
    private double account;

    private int plain;
    private int sincePlain;
    private int rest;
    private int nextRest = REST;

    /**
     * @param most guesses at a time
     * @param cost of guessing, as far as it is known
     */
    DraftLength(int most, Drafter.Cost cost) {
        this.most = most;
        this.draft = cost.guess() == 0 ? -1 : cost.guess();
        this.token = cost.token();
        this.check = new double[most + 1];
    }

    /** How many to guess now. */
    int choose() {
        int chosen = chosen();
        asked = chosen > 0;
        return chosen;
    }

    private int chosen() {
        if (plain < PLAIN || sincePlain >= REMEASURE) {
            return 0;
        }
        if (rest > 0) {
            rest--;
            return 0;
        }
        int best = 0;
        double bestSpeed = 1 / check[0];
        double expected = 1;
        double power = 1;
        for (int n = 1; n <= most && loss(n) <= account; n++) {
            power *= rate;
            expected += power;
            double speed = expected / (n * draftCost() + cost(n) + unseen * token);
            if (speed > bestSpeed) {
                best = n;
                bestSpeed = speed;
            }
        }
        if (best > 0 || most == 0 || loss(1) > account) {
            return best;
        }
        // It does not seem to pay: tries it nevertheless, then rests.
        rest = nextRest;
        nextRest = Math.min(LONGEST_REST, 2 * nextRest);
        return most > 1 && loss(2) <= account ? 2 : 1;
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
        // A batch takes no longer than its tokens one by one; more is a delay of another cause.
        double longest = guessed == 0 || plain == 0 ? Double.MAX_VALUE : (1 + guessed) * check[0];
        double took = Math.min((double) checkNanos, longest);
        check[guessed] = check[guessed] == 0 ? took : mean(check[guessed], took);
        account += (1 + right) * check[0] * (1 + SHARE) - draftNanos;
        account -= guessed == 0 ? check[0] : took;
        account = Math.min(account, MOST_SAVED * check[0]);
        int seen = unseen;
        unseen = asked ? 1 + right : unseen + 1 + right;
        if (guessed == 0) {
            // A step's time is lent at the start to what has to catch up, so that it can be tried before that is much.
            account += plain == 0 && token > 0 ? check[0] : 0;
            plain++;
            sincePlain = 0;
            return;
        }
        sincePlain++;
        double each = Math.max(0, draftNanos - seen * token) / guessed;
        draft = draft < 0 ? each : mean(draft, each);
        // Each right guess is a success, the first wrong one a failure; what follows it says nothing.
        for (int i = 0; i < right; i++) {
            rate += RECENT * (1 - rate);
        }
        if (right < guessed) {
            rate -= RECENT * rate;
        }
        if (right == guessed) {
            nextRest = REST;
            rest = 0;
        }
    }

    private static double mean(double old, double latest) {
        return old + (latest < old ? SHORTER : RECENT) * (latest - old);
    }

    private double draftCost() {
        return draft < 0 ? UNKNOWN_DRAFT * check[0] : draft;
    }

    /** What {@code n} guesses cost where all are wrong. */
    private double loss(int n) {
        return n * draftCost() + cost(n) - check[0] + unseen * token;
    }

    /** Measured, or from the nearest measured below, each further guess costing as much as those did. */
    private double cost(int n) {
        int i = n;
        while (check[i] == 0) {
            i--;
        }
        double each = i == 0 ? UNKNOWN_CHECK * check[0] : Math.max(0, check[i] - check[0]) / i;
        return check[i] + (n - i) * each;
    }
}
