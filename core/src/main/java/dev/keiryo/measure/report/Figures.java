package dev.keiryo.measure.report;

import dev.keiryo.measure.ComparedModel;
import dev.keiryo.measure.Comparison;
import dev.keiryo.measure.Divergence;
import dev.keiryo.measure.EmbeddingSimilarity;
import dev.keiryo.measure.Estimate;
import dev.keiryo.measure.WeightHistogram;
import dev.keiryo.measure.report.Axis.Scale;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The plots of a comparison. A model's color is that of its place in the list. */
final class Figures {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 400;
    private static final double MEGA = 1e6;
    /** How much higher than the reference's greatest share a histogram goes. */
    private static final double HEADROOM = 2;

    private final List<ComparedModel> models;

    Figures(Comparison comparison) {
        this.models = comparison.models();
    }

    /** What a model has lost: KL divergence, or for encoders 1 - cosine; null for the reference. */
    static @Nullable Estimate loss(ComparedModel model) {
        Divergence d = model.evaluation() == null ? null : model.evaluation().divergence();
        EmbeddingSimilarity s = model.similarity();
        return d != null
                ? d.kl()
                : s != null ? new Estimate(1 - s.cosine().value(), s.cosine().error()) : null;
    }

    private static double megabytes(ComparedModel model) {
        return model.size().fileBytes() / MEGA;
    }

    /** Loss against size; empty where there is nothing to show. */
    String quality() {
        List<ComparedModel> shown = models.stream().filter(m -> loss(m) != null).toList();
        if (shown.isEmpty()) {
            return "";
        }
        double most = models.stream().mapToDouble(Figures::megabytes).max().orElseThrow();
        double least = models.stream().mapToDouble(Figures::megabytes).min().orElseThrow();
        List<Double> losses = shown.stream().map(Figures::lossValue).toList();
        Plot plot = new Plot(
                Axis.of(least, most, 70, WIDTH - 110),
                Axis.of(
                        losses.stream().min(Comparator.naturalOrder()).orElseThrow(),
                        losses.stream().max(Comparator.naturalOrder()).orElseThrow(),
                        HEIGHT - 55,
                        45));
        boolean encoders = shown.getFirst().evaluation() == null;
        plot.axes(
                "file size, MB",
                "ファイルサイズ（MB）",
                encoders ? "loss: 1 - cosine" : "loss: KL divergence, nats per token",
                encoders ? "損失：1 - コサイン類似度" : "損失：KL ダイバージェンス（nat / トークン）");
        front(plot, shown);
        plot.vertical(megabytes(models.getFirst()), "reference: no loss", "基準モデル：損失なし");
        for (ComparedModel m : shown) {
            plot.point(color(m), megabytes(m), lossValue(m), lossError(m), hint(m));
        }
        shown.forEach(m -> plot.name(megabytes(m), lossValue(m), m.name()));
        return plot.svg(WIDTH, HEIGHT, "loss against size");
    }

    private static double lossValue(ComparedModel model) {
        Estimate loss = loss(model);
        return loss == null ? 0 : Math.max(0, loss.value());
    }

    private static double lossError(ComparedModel model) {
        Estimate loss = loss(model);
        return loss == null ? 0 : loss.error();
    }

    /** The models that none is both smaller and better than, joined by steps. */
    private static void front(Plot plot, List<ComparedModel> shown) {
        List<Double> xs = new ArrayList<>();
        List<Double> ys = new ArrayList<>();
        double best = Double.MAX_VALUE;
        for (ComparedModel m : shown.stream()
                .sorted(Comparator.comparingDouble(Figures::megabytes).thenComparingDouble(Figures::lossValue))
                .toList()) {
            if (lossValue(m) < best) {
                if (!ys.isEmpty()) {
                    xs.add(megabytes(m));
                    ys.add(ys.getLast());
                }
                xs.add(megabytes(m));
                ys.add(lossValue(m));
                best = lossValue(m);
            }
        }
        plot.line("front", xs, ys);
    }

    private static String hint(ComparedModel m) {
        return String.format(
                Locale.ROOT,
                "%s: %.1f MB, %.2f bits per weight, loss %.6f ± %.6f",
                m.name(),
                megabytes(m),
                m.size().bitsPerWeight(),
                lossValue(m),
                lossError(m));
    }

    /** Errors by layer; empty where there is nothing to show. */
    String layers() {
        List<ComparedModel> shown =
                models.stream().filter(m -> !m.layerErrors().isEmpty()).toList();
        double most = shown.stream()
                .flatMap(m -> m.layerErrors().stream())
                .mapToDouble(e -> 100 * e)
                .max()
                .orElse(0);
        if (most == 0) {
            return "";
        }
        int layers = shown.stream().mapToInt(m -> m.layerErrors().size()).max().orElseThrow();
        Plot plot = new Plot(
                new Axis(0, Math.max(1, layers - 1), 70, WIDTH - 30, Scale.WHOLE),
                new Axis(0, 1.1 * most, HEIGHT - 55, 45, Scale.LINEAR));
        plot.axes("layer", "層", "error of the layer's output, %", "層の出力の誤差（%）");
        for (ComparedModel m : shown) {
            List<Double> ys = m.layerErrors().stream().map(e -> 100 * e).toList();
            List<Double> xs =
                    IntStream.range(0, ys.size()).mapToObj(i -> (double) i).toList();
            plot.line("curve " + color(m), xs, ys);
            for (int i = 0; i < ys.size(); i++) {
                plot.point(
                        color(m),
                        i,
                        ys.get(i),
                        0,
                        String.format(Locale.ROOT, "%s, layer %d: %.3f %%", m.name(), i, ys.get(i)));
            }
        }
        return plot.svg(WIDTH, HEIGHT, "error by layer");
    }

    /** A small histogram: the reference's weights as an area, the model's as a line. */
    String histogram(ComparedModel model, String kind, WeightHistogram histogram) {
        double highest =
                histogram.reference().stream().mapToDouble(x -> x).max().orElse(0);
        double width = 2 * WeightHistogram.RANGE / WeightHistogram.BINS;
        Plot plot = new Plot(
                new Axis(-WeightHistogram.RANGE, WeightHistogram.RANGE, 8, 232, Scale.LINEAR),
                new Axis(0, HEADROOM * Math.max(highest, 1e-9), 112, 24, Scale.LINEAR));
        // Bins as steps: each has two ends.
        List<Double> xs = new ArrayList<>();
        for (int i = 0; i < WeightHistogram.BINS; i++) {
            xs.add(-WeightHistogram.RANGE + i * width);
            xs.add(-WeightHistogram.RANGE + (i + 1) * width);
        }
        plot.area("before", xs, doubled(histogram.reference()));
        plot.line("after " + color(model), xs, doubled(histogram.model()));
        String error = Double.isNaN(histogram.relativeError())
                ? ""
                : String.format(Locale.ROOT, "  %.2f %%", 100 * histogram.relativeError());
        return "<figure class=small><figcaption><code>" + Markup.escape(kind) + "</code>" + error + "</figcaption>"
                + plot.svg(240, 120, kind) + "</figure>\n";
    }

    private static List<Double> doubled(List<Double> values) {
        return values.stream().flatMap(v -> Stream.of(v, v)).toList();
    }

    String color(ComparedModel model) {
        return "c" + models.indexOf(model) % 8;
    }
}
