package dev.keiryo.generate;

/**
 * How many tokens to guess, from what guessing has brought so far: the number n for which the expected tokens for a
 * second are most,
 *
 * <pre>
 *   (1 + b·(a + a² + … + aⁿ)) / (cost of guessing n + cost of checking n)
 * </pre>
 *
 * where a is the rate at which guesses are right, b how often there are any, and costs are measured; where there are none, nothing
 * is checked. Where no n beats 0, guessing rests, and is tried
 * again now and then, ever more rarely; where none could if all were right, it ends.
 *
 * <p>Besides, an account is kept: every token is worth a plain step and a little more, every step costs the time it took.
 * Guesses are made, and a text is read for them, only where the account can bear that they are all wrong. So a text takes
 * at most {@link #SHARE} longer than without guesses, whatever they are like, but for what a first guess costs more than
 * expected. What is read of the prompt beforehand counts with the prompt.
 */
final class DraftLength {
    /** Of plain decoding's time, what may be lost to guesses. */
    static final double SHARE = 0.03;
    /** The account holds so many plain steps at most: what was won long ago is not there to be wasted. */
    private static final double MOST_SAVED = 8;
    /** Weight of the latest observation in the running means; a shorter time counts more, as delays only lengthen. */
    private static final double RECENT = 0.1;

    private static final double SHORTER = 0.4;
    /** Steps without guesses between two tries, at first and at most. */
    private static final int REST = 16;

    private static final int LONGEST_REST = 1024;
    /** Of a plain step: less than this costs nothing. */
    private static final double FREE = 0.003;
    /** Plain steps that are measured before the first guess. */
    private static final int PLAIN = 4;
    /** Steps with guesses after which a plain one is measured again. */
    private static final int REMEASURE = 48;
    /** What it costs to check a guess, before the first; in plain steps. */
    private static final double UNKNOWN_CHECK = 0.3;
    /** What it costs to read a token among others, before the first; in guesses. */
    private static final double UNKNOWN_TOKEN = 0.5;

    /** How much more than expected it may take to read all of a text. */
    private static final double MARGIN = 1.5;

    private final int most;
    private final double share;
    /** Mean nanoseconds of checking n guesses, 0 where never measured; [0] is a plain step. */
    private final double[] check;
    /** Mean nanoseconds of guessing one token; negative where never measured. */
    private double guess = -1;
    /** Mean nanoseconds of reading one token among others; negative where never measured. */
    private double token = -1;

    /** Tokens that are read for the guesses that were last decided on. */
    private int reading;
    /** Whether all of the text is read. */
    private boolean whole;

    private double rate = 0.7;
    /** How often there was a guess where one was asked for. */
    private double made = 1;
    /** Nanoseconds won, less those lost. */
    private double account;
    /** What reading all of the text would lose; 0 where that is not in question. */
    private double wanted;

    private int plain;
    private int sincePlain;
    private int rest;
    private int nextRest = REST;

    /**
     * @param most guesses at a time
     * @param share what one guess takes of a plain step, as far as it is known
     */
    DraftLength(int most, double share) {
        this.most = most;
        this.share = share;
        this.check = new double[most + 1];
    }

    /**
     * How many tokens of a prompt are read for guesses: as many as take {@link #SHARE} of the model's time for {@code tokens}, or
     * {@code stretch}; none where guesses cannot pay.
     */
    int prompt(int tokens, int stretch) {
        return share + UNKNOWN_CHECK < 1 ? Math.max(stretch, (int) Math.min(tokens, SHARE * tokens / share)) : 0;
    }

    /** Takes in that {@code tokens} of a prompt were read for guesses. */
    void observePrompt(int tokens, long nanos) {
        if (tokens > 0) {
            token = (double) nanos / tokens;
        }
    }

    /**
     * How many to guess now.
     *
     * @param unread tokens that have to be read before the first guess
     * @param all as {@code unread}, where all of the text is to be read
     */
    int choose(int unread, int all) {
        if (most == 0 || plain < PLAIN || sincePlain >= REMEASURE) {
            return 0;
        }
        if (rest > 0) {
            rest--;
            return 0;
        }
        wanted = whole || all <= unread ? 0 : MARGIN * loss(1, all);
        whole = whole || (wanted > 0 && wanted <= account);
        reading = whole ? all : unread;
        int best = 0;
        double bestSpeed = 1 / check[0];
        double expected = 0;
        double power = 1;
        int longest = check[1] == 0 ? 1 : most; // the first guess is a single one: nobody knows what it costs
        for (int n = 1; n <= longest && loss(n, reading) <= account; n++) {
            power *= rate;
            expected += power;
            double asking = asking(n, Math.min(reading, n));
            // What costs nothing to ask for is asked for however rarely there is any.
            double any = asking < FREE * check[0] ? 1 : made;
            double speed = (1 + any * expected) / (asking + any * checkCost(n) + (1 - any) * check[0]);
            if (speed > bestSpeed) {
                best = n;
                bestSpeed = speed;
            }
        }
        if (best > 0 || loss(1, reading) > account) {
            return best;
        }
        // It does not seem to pay: tries it nevertheless, if it ever can, then rests.
        whole = false;
        rest = nextRest;
        nextRest = Math.min(LONGEST_REST, 2 * nextRest);
        return !canPay() ? 0 : longest > 1 && loss(2, reading) <= account ? 2 : 1;
    }

    /** Whether all of the text is to be read for the guesses that were last decided on. */
    boolean isWhole() {
        return whole;
    }

    /** Whether guesses that are all right would win time, if each costs as measured or as expected, whichever is less. */
    private boolean canPay() {
        double least = Math.min(guessCost(), share * check[0]);
        for (int n = 1; n <= most; n++) {
            if (n * least + checkCost(n) < (1 + n) * check[0]) {
                return true;
            }
        }
        return false;
    }

    /**
     * Takes in one step.
     *
     * @param asked how many guesses were asked for, 0 for a plain step
     * @param guessed how many there were
     * @param right how many of them were right
     * @param draftNanos time to guess, and to read before
     * @param checkNanos time to check
     */
    void observe(int asked, int guessed, int right, long draftNanos, long checkNanos) {
        boolean isPlain = asked == 0;
        // A batch takes no longer than its tokens one by one; far more is a delay of another cause.
        double longest = isPlain || plain == 0 ? Double.MAX_VALUE : (1 + guessed) * check[0];
        double took = Math.min((double) checkNanos, 2 * longest);
        if (isPlain || guessed > 0) {
            double typical = Math.min(took, longest);
            check[guessed] = check[guessed] == 0 ? typical : mean(check[guessed], typical);
        }
        account += (1 + right) * check[0] * (1 + SHARE) - draftNanos;
        account -= isPlain ? check[0] : took;
        account = Math.min(account, mostSaved());
        if (isPlain) {
            plain++;
            sincePlain = 0;
            return;
        }
        sincePlain++;
        measure(Math.max(1, guessed), draftNanos);
        made += RECENT * ((guessed > 0 ? 1 : 0) - made);
        if (guessed == 0) {
            return;
        }
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

    /** Learns from what {@code guessed} guesses and the reading before took: about that of the two which took most of it. */
    private void measure(int guessed, long nanos) {
        if (reading * tokenCost() > guessed * guessCost()) {
            double expected = guessed * guessCost() + reading * tokenCost();
            double each = token < 0 ? tokenCost() * nanos / expected : (nanos - guessed * guessCost()) / reading;
            token = token < 0 ? each : mean(token, Math.max(0, each));
        } else {
            double each = Math.max(0, nanos - reading * tokenCost()) / guessed;
            guess = guess < 0 ? each : mean(guess, each);
        }
    }

    private static double mean(double old, double latest) {
        return old + (latest < old ? SHORTER : RECENT) * (latest - old);
    }

    private double mostSaved() {
        return Math.max(MOST_SAVED * check[0], wanted);
    }

    private double guessCost() {
        return guess < 0 ? share * check[0] : guess;
    }

    private double tokenCost() {
        return token < 0 ? UNKNOWN_TOKEN * guessCost() : token;
    }

    /** What it takes to ask for {@code n} guesses, {@code tokens} being read before. */
    private double asking(int n, int tokens) {
        return n * guessCost() + tokens * tokenCost();
    }

    /** What a step with {@code n} guesses takes, {@code tokens} being read before. */
    private double cost(int n, int tokens) {
        return asking(n, tokens) + checkCost(n);
    }

    /** What {@code n} guesses lose where all are wrong. */
    private double loss(int n, int tokens) {
        return cost(n, tokens) - check[0];
    }

    /** Measured, or from the nearest measured below, each further guess costing as much as those did. */
    private double checkCost(int n) {
        int i = n;
        while (check[i] == 0) {
            i--;
        }
        double each = i == 0 ? UNKNOWN_CHECK * check[0] : Math.max(0, check[i] - check[0]) / i;
        return check[i] + (n - i) * each;
    }
}
