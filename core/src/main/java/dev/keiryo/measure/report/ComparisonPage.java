package dev.keiryo.measure.report;

import static dev.keiryo.measure.report.Markup.both;
import static dev.keiryo.measure.report.Markup.escape;

import dev.keiryo.file.ReplacedFile;
import dev.keiryo.measure.ComparedModel;
import dev.keiryo.measure.Comparison;
import dev.keiryo.measure.PerplexityDefinition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A comparison as a page of HTML: figures, quality against size, error by layer, weights before and after, samples. Each says how
 * to read it, in English, or in Japanese where the browser asks for it. Nothing is loaded from anywhere.
 */
public final class ComparisonPage {
    private final Comparison comparison;
    private final Figures figures;
    private final Page page;
    /** What has not been added to the page. */
    private final StringBuilder html = new StringBuilder();

    private ComparisonPage(Comparison comparison) throws IOException {
        this.comparison = comparison;
        this.figures = new Figures(comparison);
        this.page = new Page("Keiryo: models compared", "Models compared", "モデルの比較");
    }

    /** Writes the page to {@code path}, whole or not at all. */
    public static void write(Comparison comparison, Path path) throws IOException {
        ReplacedFile.write(path, of(comparison));
    }

    /** The page's text. */
    public static String of(Comparison comparison) throws IOException {
        ComparisonPage page = new ComparisonPage(comparison);
        page.head();
        page.table();
        page.quality();
        page.layers();
        page.weights();
        page.samples();
        return page.page.add(page.html.toString()).end();
    }

    private void head() {
        html.append("<p>");
        PerplexityDefinition definition = comparison.definition();
        String text = comparison.text();
        html.append(
                definition == null
                        ? both("Measured on the lines of " + text + ". ", text + " の各行で測定。")
                        : both(
                                String.format(
                                        Locale.ROOT,
                                        "Measured on %s, up to %d tokens at a time (%s's definition of perplexity). ",
                                        text,
                                        definition.context(),
                                        definition.name()),
                                String.format(
                                        Locale.ROOT,
                                        "%s で測定。一度に最大 %d トークン（パープレキシティの定義は %s）。",
                                        text,
                                        definition.context(),
                                        definition.name())));
        html.append(both(
                "Inputs of quantized weights: " + comparison.activations() + ". ",
                "量子化した重みの入力は " + comparison.activations() + "。"));
        html.append(both(
                        "Losses are against the reference, "
                                + comparison.reference().name() + ".",
                        "損失は基準モデル " + comparison.reference().name() + " との比較。"))
                .append("</p>\n");
    }

    private void table() {
        html.append("<h2>").append(both("Figures", "測定値")).append("</h2>\n<div class=scroll><table>\n<tr>");
        FigureTable table = new FigureTable(comparison);
        for (FigureTable.Column column : table.columns()) {
            html.append("<th title=\"")
                    .append(escape(column.meaning()))
                    .append("\">")
                    .append(both(column.title(), column.japanese()))
                    .append("</th>");
        }
        html.append("</tr>\n");
        for (ComparedModel model : comparison.models()) {
            html.append("<tr>");
            String chip = "<i class=\"chip " + figures.color(model) + "\"></i>";
            for (FigureTable.Column column : table.columns()) {
                html.append("<td>")
                        .append(chip)
                        .append(escape(column.cell().apply(model)))
                        .append("</td>");
                chip = "";
            }
            html.append("</tr>\n");
        }
        html.append("</table></div>\n<dl>\n");
        for (FigureTable.Column column : table.columns()) {
            if (!column.meaning().isEmpty()) {
                html.append("<dt>")
                        .append(both(column.title(), column.japanese()))
                        .append("</dt><dd>")
                        .append(both(column.meaning(), column.japaneseMeaning()))
                        .append("</dd>\n");
            }
        }
        html.append("</dl>\n");
    }

    private void figure(String title, String japaneseTitle, String plot, String caption, String japaneseCaption) {
        page.add(html.toString());
        html.setLength(0);
        page.figure(title, japaneseTitle, plot, caption, japaneseCaption);
    }

    private void quality() {
        figure(
                "Quality against size",
                "品質とサイズ",
                figures.quality(),
                "Each point is a model: the further left, the smaller, and the lower, the closer to the reference. Models on"
                        + " the stepped line are worth a look; one above it is both larger and worse than another. Bars are one"
                        + " standard error.",
                "点は一つのモデル。左ほど小さく、下ほど基準モデルに近い。階段状の線上のモデルが候補で、線より上のモデルには、" + "より小さくより良い別のモデルがある。縦棒は標準誤差。");
    }

    private void layers() {
        figure(
                "Error by layer",
                "層ごとの誤差",
                figures.layers() + legend(),
                "How far the output of each layer is from the reference's, in percent of its size; errors add up from left to"
                        + " right, so a jump shows the layer that loses most.",
                "各層の出力が基準モデルからどれだけ離れているか（大きさに対する割合）。誤差は左から右へ積み重なるので、" + "急に上がるところが最も損失の大きい層。");
    }

    private String legend() {
        StringBuilder legend = new StringBuilder("<p class=legend>");
        for (ComparedModel model : comparison.models()) {
            if (!model.layerErrors().isEmpty()) {
                legend.append("<span><i class=\"chip ")
                        .append(figures.color(model))
                        .append("\"></i>")
                        .append(escape(model.name()))
                        .append("</span> ");
            }
        }
        return legend.append("</p>\n").toString();
    }

    private void weights() {
        boolean any = false;
        for (ComparedModel model : comparison.models()) {
            if (model.weights().isEmpty()) {
                continue;
            }
            if (!any) {
                html.append("<h2>")
                        .append(both("Weights before and after", "重みの分布（前後）"))
                        .append("</h2>\n<p>")
                        .append(both(
                                "The gray area is how the reference's weights are distributed around 0, the line how the model's"
                                        + " are: the closer, the better; spikes are values that few bits can hold (the highest are"
                                        + " cut off). The percentage is the error of the weights.",
                                "灰色の面は基準モデルの重みの分布（中央が 0）、線はそのモデルの重み。近いほどよい。とがりは少ないビットで表せる値"
                                        + "（高すぎるものは切ってある）。百分率は重みの誤差。"))
                        .append("</p>\n");
                any = true;
            }
            html.append("<h3><i class=\"chip ")
                    .append(figures.color(model))
                    .append("\"></i>")
                    .append(escape(model.name()))
                    .append("</h3>\n<div class=grid>\n");
            model.weights().forEach((kind, h) -> html.append(figures.histogram(model, kind, h)));
            html.append("</div>\n");
        }
    }

    private void samples() {
        if (comparison.models().stream().noneMatch(m -> m.sample() != null)) {
            return;
        }
        html.append("<h2>")
                .append(both("Samples", "出力例"))
                .append("</h2>\n<p>")
                .append(both(
                        "What each model writes after the prompt (in bold), always taking the most probable token.",
                        "プロンプト（太字）に続けて、常に最も確率の高いトークンを選んだときの出力。"))
                .append("</p>\n");
        for (ComparedModel model : comparison.models()) {
            ComparedModel.Sample sample = model.sample();
            if (sample != null) {
                html.append("<blockquote><h3><i class=\"chip ")
                        .append(figures.color(model))
                        .append("\"></i>")
                        .append(escape(model.name()))
                        .append("</h3><b>")
                        .append(escape(comparison.prompt()))
                        .append("</b>")
                        .append(escape(sample.text()));
                if (!model.equals(comparison.reference())) {
                    html.append("<footer>")
                            .append(both(
                                    sample.same() + " of " + sample.tokens() + " tokens as the reference",
                                    sample.tokens() + " トークン中、最初の " + sample.same() + " トークンが基準モデルと同じ"))
                            .append("</footer>");
                }
                html.append("</blockquote>\n");
            }
        }
    }
}
