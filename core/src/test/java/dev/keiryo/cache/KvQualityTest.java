package dev.keiryo.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.LanguageModel;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.generate.WhenFull;
import dev.keiryo.generate.WhenFull.Policy;
import dev.keiryo.measure.Perplexity;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What smaller keys and values cost on trained models. Prints the table of docs/DECODING.md. */
class KvQualityTest {
    @Test
    void perplexityOfEachType() throws IOException {
        for (String model : Stories.MODELS) {
            Map<KvType, double[]> table = new EnumMap<>(KvType.class);
            for (KvType type : KvType.values()) {
                double[] row = new double[2];
                for (int rotated = 0; rotated < 2; rotated++) {
                    try (LanguageModel m = Stories.open(
                            model, EngineOptions.defaults().withKvType(type).withKvRotation(rotated == 1))) {
                        Perplexity p = Stories.perplexity(m);
                        row[rotated] = p.value();
                        System.out.printf(
                                Locale.ROOT,
                                "%s %s%s: %d tokens, perplexity %.4f%n",
                                model,
                                type,
                                rotated == 1 ? " rotated" : "",
                                p.tokens(),
                                p.value());
                    }
                }
                table.put(type, row);
            }
            double exact = row(table, KvType.F32)[0];
            assertEquals(exact, row(table, KvType.F32)[1], 1e-4 * exact);
            assertEquals(exact, row(table, KvType.F16)[0], 1e-3 * exact);
            assertEquals(exact, row(table, KvType.BF16)[0], 3e-3 * exact);
            assertEquals(exact, row(table, KvType.Q8_0)[0], 3e-3 * exact);
            assertEquals(exact, row(table, KvType.Q8_0)[1], 3e-3 * exact);
            // Heads of 8 numbers (stories260K) leave a block of four bits with large scales.
            boolean small = model.startsWith("stories260K");
            assertEquals(exact, row(table, KvType.Q4_0)[1], (small ? 1 : 0.04) * exact);
            assertTrue(!small || row(table, KvType.Q4_0)[1] < 0.8 * row(table, KvType.Q4_0)[0]);
        }
    }

    private static double[] row(Map<KvType, double[]> table, KvType type) {
        return Objects.requireNonNull(table.get(type));
    }

    /** Half and a quarter of the tokens: a plain window, attention sinks, and what received most attention. */
    @Test
    void perplexityWithinABudget() throws IOException {
        for (String model : Stories.MODELS) {
            try (LanguageModel m = Stories.open(model, EngineOptions.defaults())) {
                double whole = Stories.perplexity(m).value();
                System.out.printf(Locale.ROOT, "%s: all tokens: %.4f%n", model, whole);
                for (int part : new int[] {2, 4}) {
                    double window = Stories.within(m, part, new WhenFull(Policy.SINKS, 0));
                    double sinks = Stories.within(m, part, new WhenFull(Policy.SINKS, 4));
                    double h2o = Stories.within(m, part, new WhenFull(Policy.H2O, 4));
                    System.out.printf(
                            Locale.ROOT,
                            "%s: 1/%d: window %.4f, sinks %.4f, h2o %.4f%n",
                            model,
                            part,
                            window,
                            sinks,
                            h2o);
                    // What was kept on purpose is worth more than what merely was there.
                    boolean small = model.startsWith("stories260K");
                    assertEquals(whole, sinks, (small ? 0.02 * part : 0.1 * part) * whole);
                    assertEquals(whole, h2o, (small ? 0.02 * part : 0.1 * part) * whole);
                    assertTrue(sinks < (small ? 1.04 : 1) * window, "sinks");
                    assertTrue(h2o < (small ? 1.04 : 1) * window, "h2o");
                }
            }
        }
    }
}
