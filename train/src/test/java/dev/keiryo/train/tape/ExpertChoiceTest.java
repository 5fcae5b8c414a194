package dev.keiryo.train.tape;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.keiryo.model.Routing;
import org.junit.jupiter.api.Test;

class ExpertChoiceTest {
    /** Four tokens, three experts: all prefer the first. */
    private static final double[] LOGITS = {3, 2, 1, 3, 1, 2, 4, 0, 1, 5, 1, 0};

    private static ExpertChoice<Doubles> choose(int topK, ExpertOptions options) {
        return new ExpertChoice<>(
                new DoubleArithmetic(), new Routing(topK, true, 1), options, new Doubles(LOGITS, 0, 4, 3), 1);
    }

    @Test
    void everyTokenGoesToItsBest() {
        ExpertChoice<Doubles> choice = choose(1, ExpertOptions.NONE);
        assertArrayEquals(new int[] {0, 1, 2, 3}, choice.rows(0));
        assertEquals(3, choice.use().imbalance(), 1e-12);
        assertEquals(1, choice.weight(0, 0), 1e-12);
    }

    @Test
    void whomAnExpertHasNoRoomForGoesWithout() {
        // Room for 1·4·1/3, rounded up.
        ExpertChoice<Doubles> choice = choose(1, ExpertOptions.NONE.withCapacity(1, ExpertOptions.Overflow.DROP));
        assertArrayEquals(new int[] {0, 1}, choice.rows(0));
        assertArrayEquals(new int[] {}, choice.rows(1));
        assertEquals(2, choice.use().unserved());
        assertEquals(0, choice.weight(2, 0));
    }

    @Test
    void orToItsNextBest() {
        ExpertChoice<Doubles> choice = choose(1, ExpertOptions.NONE.withCapacity(1, ExpertOptions.Overflow.REROUTE));
        assertArrayEquals(new int[] {0, 1}, choice.rows(0));
        assertArrayEquals(new int[] {3}, choice.rows(1));
        assertArrayEquals(new int[] {2}, choice.rows(2));
        assertEquals(0, choice.use().unserved());
    }

    @Test
    void firstChoicesComeBeforeSecondOnes() {
        ExpertChoice<Doubles> choice = choose(2, ExpertOptions.NONE.withCapacity(0.75, ExpertOptions.Overflow.DROP));
        assertArrayEquals(new int[] {0, 1}, choice.rows(0));
        assertArrayEquals(new int[] {0, 3}, choice.rows(1));
        assertArrayEquals(new int[] {1, 2}, choice.rows(2));
        assertEquals(2, choice.use().unserved());
    }

    @Test
    void expertsThatChooseAreBalanced() {
        ExpertChoice<Doubles> choice = choose(
                1,
                ExpertOptions.NONE
                        .withCapacity(1.5, ExpertOptions.Overflow.DROP)
                        .withChoice(ExpertOptions.Choice.BY_EXPERTS));
        assertArrayEquals(new int[] {2, 3}, choice.rows(0));
        assertArrayEquals(new int[] {0, 1}, choice.rows(1));
        assertArrayEquals(new int[] {0, 1}, choice.rows(2));
        assertEquals(1, choice.use().imbalance());
        assertThrows(
                IllegalArgumentException.class, () -> ExpertOptions.NONE.withChoice(ExpertOptions.Choice.BY_EXPERTS));
    }

    /** Equation 4 of the Switch paper by hand: all choices fall on the first expert, so that the loss is N·P_0. */
    @Test
    void balancingLoss() {
        double p = 0;
        for (int t = 0; t < 4; t++) {
            double sum = Math.exp(LOGITS[3 * t]) + Math.exp(LOGITS[3 * t + 1]) + Math.exp(LOGITS[3 * t + 2]);
            p += Math.exp(LOGITS[3 * t]) / sum / 4;
        }
        assertEquals(
                3 * p * 0.01,
                choose(1, ExpertOptions.NONE.withBalance(0.01)).use().loss(),
                1e-12);
    }
}
