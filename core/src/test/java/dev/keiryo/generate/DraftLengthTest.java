package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The length of drafts on a made-up machine with a clock of its own: whatever guesses are like, a text takes at most five
 * percent longer than without them, at any length.
 */
class DraftLengthTest {
    private static final int MOST = 8;
    /** Nanoseconds of a plain step. */
    private static final double STEP = 100_000;
    /** What a first guess may cost more than expected, in plain steps. */
    private static final double SURPRISE = 1.5;

    /** How many of {@code n} guesses are right: an adversary that knows the number of tokens and how far ahead the text is. */
    private interface Fate {
        int right(int n, int tokens, double lead);

        /** How many of the {@code n} that were asked for are guessed. */
        default int made(int n, int tokens) {
            return n;
        }

        /** What the step after an attempt takes longer, as other memory has been touched: a share of a plain step. */
        default double after() {
            return 0;
        }
    }

    /** A drafter that knows nothing {@code blank} times of {@code of}, and takes its time all the same. */
    private record Blank(int blank, int of, double after) implements Fate {
        @Override
        public int right(int n, int tokens, double lead) {
            return n;
        }

        @Override
        public int made(int n, int tokens) {
            return tokens % of < blank ? 0 : n;
        }
    }

    /**
     * A machine, in plain steps.
     *
     * @param share what a guess is said to take
     * @param guess what it takes
     * @param token what it takes to read a token for guesses
     * @param check what it takes to check n guesses beside the certain token
     * @param prompt tokens of the prompt
     * @param promptToken what it takes the model to read one of them
     */
    private record Machine(double share, double guess, double token, double[] check, int prompt, double promptToken) {}

    /** Tokens for a plain step's time, at the end. */
    private static double run(Machine machine, Fate fate, int length, double noise, String what) {
        SplittableRandom random = new SplittableRandom(5);
        DraftLength control = new DraftLength(MOST, machine.share);
        int read = control.prompt(machine.prompt, Math.min(32, machine.prompt));
        control.observePrompt(read, (long) (read * machine.token * STEP));
        double byPrompt = machine.prompt * machine.promptToken;
        assertTrue(read * machine.token <= 0.1 * byPrompt + 32 * machine.token, what + ": reading the prompt");
        double time = 0;
        int seen = machine.prompt;
        int stretch = read;
        int tokens = 0;
        double plain = 0;
        while (tokens < length) {
            int missing = machine.prompt + tokens - seen;
            boolean near = stretch > 0 && missing <= 32;
            int unread = near ? missing : Math.min(32, machine.prompt + tokens);
            int all = stretch >= machine.prompt ? missing : machine.prompt + tokens;
            int n = control.choose(unread, all);
            int right = 0;
            int made = 0;
            double draft = 0;
            if (n > 0) {
                int reading = control.isWhole() ? all : unread;
                draft = (n * machine.guess + reading * machine.token) * STEP;
                made = fate.made(n, tokens);
                right = Math.min(made, fate.right(made, tokens, 1.05 * STEP * tokens - time));
                stretch = control.isWhole() ? machine.prompt : Math.max(1, near ? stretch : 32);
                seen = machine.prompt + tokens + 1;
            }
            double slower = 1 + noise * random.nextDouble();
            double check = STEP * (made == 0 ? 1 + (n > 0 ? fate.after() : 0) : machine.check[made]) * slower;
            time += draft * slower + check;
            tokens += 1 + right;
            control.observe(n, made, right, (long) (draft * slower), (long) check);
            plain += STEP * slower * (1 + right); // the same tokens on the machine as it is just now
            double late = time;
            double without = plain;
            assertTrue(
                    time <= 1.05 * plain + SURPRISE * (1 + noise) * STEP,
                    () -> what + ", " + machine + ": " + (late - without) / STEP + " steps more after "
                            + without / STEP);
        }
        return plain / time;
    }

    private static List<Machine> machines() {
        List<Machine> machines = new ArrayList<>();
        for (double guess : new double[] {0.001, 0.03, 0.1, 0.3, 0.7, 1, 3, 10}) {
            for (double each : new double[] {0.02, 0.2, 0.5, 1}) {
                for (int prompt : new int[] {1, 20, 200, 4000}) {
                    double[] even = new double[MOST + 1];
                    double[] steps = new double[MOST + 1];
                    for (int n = 0; n <= MOST; n++) {
                        even[n] = 1 + n * each;
                        // in tiles of four, but never more than one by one
                        steps[n] = Math.min(1 + n, 1 + (n + 3) / 4 * 4 * each * 0.9);
                    }
                    machines.add(new Machine(guess, guess, guess / 5, even, prompt, 0.2));
                    machines.add(new Machine(guess, guess, guess / 2, steps, prompt, 0.4));
                    // what is said beforehand is wrong by a factor of two
                    machines.add(new Machine(guess / 2, guess, guess / 4, even, prompt, 1));
                    machines.add(new Machine(guess * 2, guess, guess / 4, even, prompt, 1));
                }
            }
        }
        return machines;
    }

    @Test
    void nothingThatGuessesDoCostsMoreThanFivePercent() {
        SplittableRandom random = new SplittableRandom(1);
        for (Machine machine : machines()) {
            run(machine, (n, tokens, lead) -> 0, 1500, 0, "never right");
            run(machine, (n, tokens, lead) -> n, 1500, 0, "always right");
            run(machine, (n, tokens, lead) -> n / 2, 1500, 0, "half of them");
            run(machine, (n, tokens, lead) -> random.nextInt(n + 1), 1500, 0, "some");
            run(machine, (n, tokens, lead) -> tokens % 400 < 200 ? n : 0, 1500, 0, "right for a while");
            run(machine, (n, tokens, lead) -> tokens < 60 ? n : 0, 1500, 0, "right at first");
            run(machine, (n, tokens, lead) -> n <= 2 ? n : 0, 1500, 0, "right while there are few");
            // right until trust is greatest, then wrong until there is none
            run(machine, (n, tokens, lead) -> n < MOST ? n : 0, 1500, 0, "wrong when trusted");
            run(machine, (n, tokens, lead) -> lead < 2 * STEP ? n : 0, 1500, 0, "wrong when ahead");
        }
    }

    /** Another model's guesses may come to nothing in this one's tokens; a lookup finds nothing in most places. */
    @Test
    void norDoGuessesThatComeToNothing() {
        for (Machine machine : machines()) {
            for (double after : new double[] {0, 0.1, 0.5}) {
                run(machine, new Blank(1, 1, after), 1500, 0, "never any");
                run(machine, new Blank(9, 10, after), 1500, 0, "rarely any");
                run(machine, new Blank(200, 400, after), 1500, 0, "none for a while");
            }
        }
    }

    /** What costs next to nothing is asked for again and again: it may find something at any time. */
    @Test
    void aLookupThatFindsLittleIsAskedOn() {
        double speed = run(machine(0.0005, 0.1, 20), new Blank(300, 400, 0), 1600, 0, "found in one place of four");
        assertTrue(speed > 1.2, speed + " times as fast");
    }

    @Test
    void norOnAMachineWhoseTimesVary() {
        SplittableRandom random = new SplittableRandom(2);
        for (Machine machine : machines()) {
            for (double noise : new double[] {0.1, 0.5}) {
                // means that lean to the shorter times count plain steps as cheaper than they are
                run(machine, (n, tokens, lead) -> 0, 1500, noise, "never right");
                run(machine, (n, tokens, lead) -> random.nextInt(n + 1), 1500, noise, "some");
                run(machine, (n, tokens, lead) -> n < MOST ? n : 0, 1500, noise, "wrong when trusted");
            }
        }
    }

    /** Guesses that are right are made: nearly as many tokens a second as always guessing would give. */
    @Test
    void whatPaysIsUsed() {
        for (int prompt : new int[] {20, 200, 2000}) {
            Machine cheap = machine(0.05, 0.1, prompt);
            double best = (1 + MOST) / (cheap.check[MOST] + MOST * 0.05);
            double all = run(cheap, (n, tokens, lead) -> n, 400, 0, "all right");
            assertTrue(all > 0.75 * best, prompt + " tokens of prompt: " + all + " of " + best);
            SplittableRandom random = new SplittableRandom(3);
            double some = run(
                    cheap,
                    (n, tokens, lead) -> {
                        int right = 0;
                        while (right < n && random.nextDouble() < 0.7) {
                            right++;
                        }
                        return right;
                    },
                    400,
                    0,
                    "7 of 10");
            assertTrue(some > 1.5, prompt + " tokens of prompt: " + some);
        }
    }

    private static Machine machine(double guess, double each, int prompt) {
        double[] check = new double[MOST + 1];
        for (int n = 0; n <= MOST; n++) {
            check[n] = 1 + n * each;
        }
        return new Machine(guess, guess, guess / 5, check, prompt, 0.2);
    }

    /** What cannot pay however right it is, is not tried at all. */
    @Test
    void whatCannotPayIsLeftAlone() {
        DraftLength control = new DraftLength(MOST, 1.5);
        assertEquals(0, control.prompt(1000, 32));
        for (int i = 0; i < 5000; i++) {
            assertEquals(0, control.choose(20, 20));
            control.observe(0, 0, 0, 0, 100_000);
        }
    }
}
