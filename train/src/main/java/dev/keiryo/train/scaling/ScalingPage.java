package dev.keiryo.train.scaling;

import dev.keiryo.file.ReplacedFile;
import dev.keiryo.measure.report.Axis;
import dev.keiryo.measure.report.Page;
import dev.keiryo.measure.report.Plot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Points and the law fitted to them, as a page of its own. */
public final class ScalingPage {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 420;
    private static final int STEPS = 80;
    private static final int COLORS = 8;

    private ScalingPage() {}

    /**
     * @param points that were fitted
     * @param heldOut that was not
     */
    public static void write(Path file, ScalingLaw law, List<ScalingPoint> points, ScalingPoint heldOut, String text)
            throws IOException {
        Page page = new Page("Keiryo: scaling", "How loss falls with size and data", "モデルとデータの大きさと損失");
        page.paragraph(text, text);
        page.figure(
                "Loss by tokens",
                "トークン数と損失",
                plot(law, points, heldOut),
                "Each curve is the fitted law for one size, each point a training of its own. The last curve's size was not fitted: its point"
                        + " shows how far the prediction was off.",
                "曲線は各サイズについての回帰式、点は 1 回の学習。最後のサイズは回帰に使っておらず、その点と曲線の差が予測の誤差。");
        ReplacedFile.write(file, page.end());
    }

    private static String plot(ScalingLaw law, List<ScalingPoint> points, ScalingPoint heldOut) {
        List<ScalingPoint> all = new ArrayList<>(points);
        all.add(heldOut);
        double shortest = all.stream().mapToDouble(ScalingPoint::tokens).min().orElseThrow() / 1.5;
        double longest = all.stream().mapToDouble(ScalingPoint::tokens).max().orElseThrow() * 2;
        double least = all.stream().mapToDouble(ScalingPoint::loss).min().orElseThrow();
        double most = all.stream().mapToDouble(ScalingPoint::loss).max().orElseThrow();
        double room = 0.1 * (most - least) + 0.02;
        Plot plot = new Plot(
                new Axis(shortest, longest, 70, WIDTH - 120.0, Axis.Scale.LOGARITHMIC),
                new Axis(least - room, most + room, HEIGHT - 55.0, 45, Axis.Scale.LINEAR));
        plot.axes("tokens", "トークン数", "loss, nats per token", "損失（nat / トークン）");
        double[] sizes = all.stream()
                .mapToDouble(ScalingPoint::parameters)
                .distinct()
                .sorted()
                .toArray();
        for (int s = 0; s < sizes.length; s++) {
            double size = sizes[s];
            List<Double> xs = new ArrayList<>();
            List<Double> ys = new ArrayList<>();
            for (int i = 0; i <= STEPS; i++) {
                double tokens = shortest * Math.pow(longest / shortest, (double) i / STEPS);
                xs.add(tokens);
                ys.add(law.loss(size, tokens));
            }
            plot.line("curve c" + s % COLORS, xs, ys);
            for (ScalingPoint p : all) {
                if (p.parameters() == size) {
                    plot.point(
                            "c" + s % COLORS,
                            p.tokens(),
                            p.loss(),
                            0,
                            String.format(Locale.ROOT, "%,.0f tokens: %.4f", p.tokens(), p.loss()));
                }
            }
        }
        for (double size : sizes) {
            plot.name(longest, law.loss(size, longest), String.format(Locale.ROOT, "%.2f M", size / 1e6));
        }
        return plot.svg(WIDTH, HEIGHT, "loss by tokens, a curve for each size");
    }
}
