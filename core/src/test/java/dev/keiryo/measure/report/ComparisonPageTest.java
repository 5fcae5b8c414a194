package dev.keiryo.measure.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.engine.ActivationType;
import dev.keiryo.measure.ComparedModel;
import dev.keiryo.measure.Comparison;
import dev.keiryo.measure.EmbeddingSimilarity;
import dev.keiryo.measure.Estimate;
import dev.keiryo.measure.ModelSize;
import dev.keiryo.measure.WeightHistogram;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComparisonPageTest {
    private static ComparedModel model(String name, long bytes, double loss) {
        List<Double> bins = Collections.nCopies(WeightHistogram.BINS, 1.0 / WeightHistogram.BINS);
        return new ComparedModel(
                name,
                new ModelSize(bytes, bytes, bytes),
                null,
                null,
                loss < 0 ? null : new EmbeddingSimilarity(9, new Estimate(1 - loss, 1e-3), 0.5, 0.9, 0.8),
                loss < 0 ? List.of() : List.of(0.01, 0.02, 0.03),
                loss < 0 ? Map.of() : Map.of("ffn_up", new WeightHistogram(bins, bins, 0.1)),
                null);
    }

    /** The front: smaller than all that are better, and better than all that are smaller. */
    @Test
    void thePageShowsEveryModelAndTheFront() throws IOException {
        Comparison comparison = new Comparison(
                "lines <of> text",
                null,
                ActivationType.INT8,
                "",
                List.of(
                        model("whole", 4_000_000, -1),
                        model("a", 1_000_000, 0.2),
                        model("b", 2_000_000, 0.1),
                        model("worse & larger", 3_000_000, 0.3)));
        String page = ComparisonPage.of(comparison);
        assertTrue(page.contains("lines &lt;of&gt; text") && !page.contains("<of>"));
        assertTrue(page.contains("Inputs of quantized weights: int8."));
        assertTrue(page.contains("worse &amp; larger") && !page.contains("worse & larger"));
        String front = page.substring(page.indexOf("<path class=\"front\""));
        front = front.substring(0, front.indexOf("/>"));
        assertEquals(2, front.chars().filter(c -> c == 'L').count(), front);
        assertEquals(3 + 9, page.split("<circle ", -1).length - 1);
        assertFalse(page.contains("NaN") || page.contains("Infinity"));
        assertFalse(page.contains("<h2><span data-ja=\"出力例\">"));
    }

    @Test
    void oneModelAloneHasNoPlots() throws IOException {
        String page = ComparisonPage.of(
                new Comparison("text", null, ActivationType.INT8, "", List.of(model("alone", 10, -1))));
        assertFalse(page.contains("<svg"));
        assertTrue(page.contains("alone"));
    }

    @Test
    void ticksAreRoundAndWithinTheAxis() {
        assertEquals(List.of(0.0, 2.0, 4.0, 6.0, 8.0, 10.0), new Axis(0, 11, 0, 100, Axis.Scale.LINEAR).ticks());
        assertEquals(List.of(0.0, 1.0), new Axis(0, 1, 0, 100, Axis.Scale.WHOLE).ticks());
        Axis axis = Axis.of(0.001, 0.05, 100, 0);
        assertTrue(axis.isLogarithmic());
        assertEquals(
                List.of("0.001", "0.002", "0.005", "0.01", "0.02", "0.05"),
                axis.ticks().stream().map(Axis::label).toList());
        assertEquals(50, new Axis(1, 100, 0, 100, Axis.Scale.LOGARITHMIC).place(10), 1e-9);
        for (double most : new double[] {1e-9, 0.3, 7, 1e3, 1e7}) {
            Axis a = Axis.of(0, most, 0, 100);
            assertTrue(
                    a.ticks().size() >= 3 && a.ticks().size() <= 13, a.ticks().toString());
        }
    }
}
