package dev.keiryo.measure.report;

import dev.keiryo.measure.ComparedModel;
import dev.keiryo.measure.Comparison;
import dev.keiryo.measure.Divergence;
import dev.keiryo.measure.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What was measured of any model, a column each: for pages and terminals. */
public final class FigureTable {
    private static final String NONE = "-";

    /**
     * A figure of every model.
     *
     * @param meaning one sentence; empty where the title says all
     * @param cell of a model; a dash where it was not measured
     */
    public record Column(
            String title,
            String japanese,
            String meaning,
            String japaneseMeaning,
            Function<ComparedModel, String> cell) {}

    private final Comparison comparison;
    private final List<Column> columns = new ArrayList<>();

    public FigureTable(Comparison comparison) {
        this.comparison = comparison;
        add("model", "モデル", "", "", m -> m, ComparedModel::name);
        add("size", "サイズ", "", "", m -> m, m -> bytes(m.size().fileBytes()));
        add(
                "bits",
                "ビット",
                "per weight, scales included",
                "重み一つあたり（スケールを含む）",
                m -> m,
                m -> number("%.2f", m.size().bitsPerWeight()));
        add(
                "memory",
                "メモリ",
                "the most that a process running only this model has held, Java itself included",
                "このモデルだけを動かすプロセスが使った最大量（Java 自体を含む）",
                ComparedModel::speed,
                s -> bytes(s.peakBytes()));
        add(
                "load",
                "読み込み",
                "from opening the files to being ready",
                "ファイルを開いてから計算できるまで",
                ComparedModel::speed,
                s -> number("%.2f s", s.loadSeconds()));
        add(
                "prefill t/s",
                "入力 t/s",
                "tokens of a prompt read a second",
                "1 秒に読むプロンプトのトークン数",
                ComparedModel::speed,
                s -> speed(s.prefill()));
        add(
                "decode t/s",
                "生成 t/s",
                "tokens written a second",
                "1 秒に書くトークン数",
                ComparedModel::speed,
                s -> s.decode() > 0 ? speed(s.decode()) : NONE);
        add(
                "perplexity",
                "パープレキシティ",
                "how many tokens the model wavers between, on average; less is better",
                "平均していくつのトークンの間で迷っているか。小さいほどよい",
                ComparedModel::evaluation,
                e -> perplexity("%.2f", "%.4f", e.perplexity().value())
                        + perplexity(
                                " ± %.2f", " ± %.4f", e.perplexity().estimate().error()));
        add(
                "difference",
                "差",
                "of perplexity from the reference's",
                "パープレキシティの、基準モデルとの差",
                FigureTable::divergence,
                d -> perplexity("%+.2f", "%+.4f", d.delta().value())
                        + perplexity(" ± %.2f", " ± %.4f", d.delta().error()));
        add(
                "KL, nats",
                "KL (nat)",
                "how far predictions are from the reference's (Kullback-Leibler divergence); 0 is no loss",
                "予測が基準モデルからどれだけ離れているか（KL ダイバージェンス）。0 なら損失なし",
                FigureTable::divergence,
                d -> number("%.6f", d.kl().value()));
        add(
                "same top",
                "最上位一致",
                "how often both hold the same token most probable",
                "最も確率の高いトークンが基準モデルと同じ割合",
                FigureTable::divergence,
                d -> number("%.2f %%", 100 * d.agreement().value()));
        add(
                "RMS Δp",
                "Δp (RMS)",
                "typical change of the right token's probability",
                "正解トークンの確率の典型的な変化",
                FigureTable::divergence,
                d -> number("%.3f %%", 100 * d.rmsError().value()));
        add(
                "cosine",
                "コサイン",
                "mean similarity of a text's vector with the reference's; 1 is no loss",
                "文ベクトルの、基準モデルとの平均類似度。1 なら損失なし",
                ComparedModel::similarity,
                s -> number("%.6f", s.cosine().value()));
        add("least", "最小", "of these", "そのうち最小", ComparedModel::similarity, s -> number("%.6f", s.least()));
        add(
                "Spearman",
                "Spearman",
                "whether pairs of texts are as similar in the same order; 1 is the same",
                "文の組の類似度の順序がどれだけ同じか。1 なら同じ",
                ComparedModel::similarity,
                s -> number("%.6f", s.spearman()));
        add(
                "Kendall",
                "Kendall",
                "likewise, by the share of pairs in another order",
                "同様（順序の入れ替わりの割合による）",
                ComparedModel::similarity,
                s -> number("%.6f", s.kendall()));
    }

    private static @Nullable Divergence divergence(ComparedModel model) {
        return model.evaluation() == null ? null : model.evaluation().divergence();
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private static String speed(double tokensPerSecond) {
        return number(tokensPerSecond < 1000 ? "%.1f" : "%.0f", tokensPerSecond);
    }

    /** By its reference's size: all in one column have as many digits. */
    private String perplexity(String large, String small, double value) {
        Evaluation evaluation = comparison.reference().evaluation();
        return number(evaluation != null && evaluation.perplexity().value() >= 100 ? large : small, value);
    }

    private static String bytes(long bytes) {
        return bytes < 1e6
                ? number("%.0f kB", bytes / 1e3)
                : bytes < 1e9 ? number("%.1f MB", bytes / 1e6) : number("%.2f GB", bytes / 1e9);
    }

    /** Adds a column unless no model has {@code part}. */
    private <T> void add(
            String title,
            String japanese,
            String meaning,
            String japaneseMeaning,
            Function<ComparedModel, @Nullable T> part,
            Function<T, String> cell) {
        if (comparison.models().stream().anyMatch(m -> part.apply(m) != null)) {
            columns.add(new Column(title, japanese, meaning, japaneseMeaning, m -> {
                T found = part.apply(m);
                return found == null ? NONE : cell.apply(found);
            }));
        }
    }

    /** The columns, the model's name first. */
    public List<Column> columns() {
        return columns;
    }
}
