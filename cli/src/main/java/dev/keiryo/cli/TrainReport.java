package dev.keiryo.cli;

import dev.keiryo.train.ExpertFigures;
import dev.keiryo.train.Progress;
import dev.keiryo.train.StepFigures;
import dev.keiryo.train.TrainingRun;
import dev.keiryo.train.Validation;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A run of training in the terminal: a bar for the steps, a line for each validation. */
final class TrainReport implements TrainingRun.Listener {
    /** Lines of a sample that are shown, and characters of each. */
    private static final int LINES = 6;

    private static final int SHOWN = 160;

    private final ProgressBar bar;
    private final long steps;

    TrainReport(ProgressBar bar, long steps) {
        this.bar = bar;
        this.steps = steps;
    }

    @Override
    public void stepped(StepFigures f, Progress progress) {
        bar.detail(String.format(
                Locale.ROOT,
                "loss %.4f, rate %.2e, gradient %.2f, %,.0f tokens/s%s%s",
                f.loss(),
                f.learningRate(),
                f.gradientNorm(),
                f.tokensPerSecond(),
                experts(f.experts()),
                f.skipped() ? ", skipped" : ""));
        bar.stage("training", progress.steps(), steps);
    }

    private static String experts(@Nullable ExpertFigures experts) {
        if (experts == null) {
            return "";
        }
        String unserved = experts.unserved() == 0
                ? ""
                : String.format(Locale.ROOT, ", %.1f %% unserved", 100 * experts.unserved());
        return String.format(Locale.ROOT, ", imbalance %.2f", experts.imbalance()) + unserved;
    }

    @Override
    public void validated(Validation v, Progress progress) {
        bar.note(String.format(
                Locale.ROOT,
                "step %,d: validation loss %.4f, perplexity %.2f%s%s",
                progress.steps(),
                v.loss(),
                Math.exp(v.loss()),
                progress.sinceBest() == 0 ? ", the best so far" : "",
                experts(v)));
        String sample = v.sample();
        if (sample != null) {
            List<String> lines = sample.lines().filter(line -> !line.isBlank()).toList();
            for (String line : lines.subList(0, Math.min(LINES, lines.size()))) {
                bar.note("  | " + (line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…"));
            }
            if (lines.size() > LINES) {
                bar.note("  | …");
            }
        }
    }

    /** The shares of the least and the most used expert of any layer. */
    private static String experts(Validation v) {
        if (v.experts().isEmpty()) {
            return "";
        }
        DoubleSummaryStatistics shares =
                v.experts().stream().flatMapToDouble(Arrays::stream).summaryStatistics();
        return String.format(Locale.ROOT, "; experts %.1f to %.1f %%", 100 * shares.getMin(), 100 * shares.getMax());
    }
}
