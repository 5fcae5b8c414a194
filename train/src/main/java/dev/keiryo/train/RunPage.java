package dev.keiryo.train;

import dev.keiryo.file.ReplacedFile;
import dev.keiryo.measure.report.Axis;
import dev.keiryo.measure.report.Page;
import dev.keiryo.measure.report.Plot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A run's curves as a page of HTML: loss, learning rate, the gradient's norm, speed. */
final class RunPage {
    private static final int WIDTH = 820;
    private static final int HEIGHT = 360;
    /** A smoothed loss is a mean of steps on either side: one part in so many of all steps. */
    private static final int SMOOTHING = 50;
    /** Points of a line at most: a picture has no more pixels. */
    private static final int POINTS = 800;
    /** Texts of the model's own that are shown. */
    private static final int SAMPLES = 20;

    private RunPage() {}

    static void write(Path file, String recipe, RunHistory history) throws IOException {
        Page page = new Page("Keiryo: training", "Training", "学習");
        List<Double> steps = history.steps();
        if (!steps.isEmpty()) {
            page.figure(
                    "Loss",
                    "損失",
                    losses(history),
                    "Mean loss over the tokens of each step, in nats: grey each step's, blue a mean of neighbouring steps. Orange is the"
                            + " validation's, of texts that are not learned from: where it rises while the other falls, the model learns by"
                            + " heart.",
                    "トークン平均の損失（nat）。灰色は各ステップ、青は前後のステップの平均。橙は学習に使わない文章での損失で、" + "青が下がるのに橙が上がるなら、モデルは丸暗記を始めている。");
            page.figure("Learning rate", "学習率", curve(steps, history.learningRates(), "learning rate", "学習率"), "", "");
            page.figure(
                    "Gradient",
                    "勾配",
                    curve(steps, history.gradientNorms(), "norm before clipping", "クリップ前のノルム"),
                    "A step whose gradient is far larger than its neighbours' came upon something odd in the data, or the learning rate is too large.",
                    "前後より勾配がずっと大きいステップは、データに変わったものがあったか、学習率が大きすぎる。");
            if (!history.imbalances().isEmpty()) {
                experts(page, history);
            }
            page.figure("Speed", "速度", curve(steps, history.speeds(), "tokens per second", "トークン / 秒"), "", "");
        }
        samples(page, history.samples());
        page.heading("Recipe", "レシピ");
        page.preformatted(recipe);
        ReplacedFile.write(file, page.end());
    }

    private static void experts(Page page, RunHistory history) {
        page.figure(
                "Experts",
                "エキスパート",
                curve(history.steps(), history.imbalances(), "imbalance", "偏り"),
                "The largest share of tokens that an expert got, times the number of experts, mean of the layers: 1 where all have as many.",
                "最も使われたエキスパートのトークンの割合 × エキスパート数（層の平均）。均等なら 1。");
        page.figure(
                "Use of experts",
                "エキスパートの使われ方",
                history.expertShares().isEmpty() ? "" : ExpertMap.svg(history.expertShares()),
                "Percent of a layer's tokens that each expert got at the last validation.",
                "最後の検証で各エキスパートに割り当てられたトークンの割合（%）。");
    }

    /** What the model wrote, the latest first. */
    private static void samples(Page page, List<RunHistory.Sample> samples) {
        if (samples.isEmpty()) {
            return;
        }
        page.heading("What it writes", "モデルの文章");
        samples.reversed().stream()
                .limit(SAMPLES)
                .forEach(s -> page.quote(
                        "step " + s.step(), "ステップ " + s.step(), s.text().strip().replaceAll("\n{3,}", "\n\n")));
    }

    private static String losses(RunHistory history) {
        List<Double> smooth = smoothed(history.losses());
        double least = Math.min(min(smooth), min(history.validationLosses()));
        double most = Math.max(max(smooth), max(history.validationLosses()));
        Plot plot = new Plot(
                xAxis(history.steps()),
                new Axis(
                        Math.floor(10 * least) / 10 - 0.05,
                        Math.max(most, least + 0.1) + 0.05,
                        HEIGHT - 55.0,
                        45,
                        Axis.Scale.LINEAR));
        plot.axes("step", "ステップ", "loss, nats per token", "損失（nat / トークン）");
        line(plot, "front", history.steps(), history.losses());
        line(plot, "curve c1", history.steps(), smooth);
        line(plot, "curve c2", history.validationSteps(), history.validationLosses());
        return plot.svg(WIDTH, HEIGHT, "loss by step");
    }

    private static Axis xAxis(List<Double> steps) {
        return new Axis(0, Math.max(1, steps.getLast()), 70, WIDTH - 30.0, Axis.Scale.WHOLE);
    }

    private static String curve(List<Double> steps, List<Double> values, String title, String japanese) {
        Plot plot = new Plot(xAxis(steps), Axis.of(0, Math.max(1e-12, max(values)), HEIGHT - 55.0, 45));
        plot.axes("step", "ステップ", title, japanese);
        line(plot, "curve c1", steps, values);
        return plot.svg(WIDTH, HEIGHT, title);
    }

    private static void line(Plot plot, String style, List<Double> xs, List<Double> ys) {
        int stride = Math.max(1, ys.size() / POINTS);
        List<Double> fewXs = new ArrayList<>();
        List<Double> fewYs = new ArrayList<>();
        for (int i = 0; i < ys.size(); i += stride) {
            fewXs.add(xs.get(i));
            fewYs.add(ys.get(i));
        }
        if (!fewXs.isEmpty()) {
            plot.line(style, fewXs, fewYs);
        }
    }

    private static List<Double> smoothed(List<Double> values) {
        int reach = values.size() / SMOOTHING;
        List<Double> means = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            int from = Math.max(0, i - reach);
            int to = Math.min(values.size(), i + reach + 1);
            means.add(values.subList(from, to).stream()
                    .mapToDouble(x -> x)
                    .average()
                    .orElseThrow());
        }
        return means;
    }

    private static double min(List<Double> values) {
        return values.stream().mapToDouble(x -> x).min().orElse(Double.MAX_VALUE);
    }

    private static double max(List<Double> values) {
        return values.stream().mapToDouble(x -> x).max().orElse(0);
    }
}
