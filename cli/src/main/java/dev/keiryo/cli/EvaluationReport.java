package dev.keiryo.cli;

import dev.keiryo.measure.Divergence;
import dev.keiryo.measure.Estimate;
import dev.keiryo.measure.Evaluation;
import dev.keiryo.measure.MeasurementJson;
import dev.keiryo.measure.Perplexity;
import dev.keiryo.measure.PerplexityDefinition;
import dev.keiryo.measure.PerplexityDefinition.HuggingFace;
import dev.keiryo.measure.Quantiles;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code keiryo perplexity} prints.
 *
 * @param windows that were read
 * @param tokens that were fed
 * @param layerErrors relative errors of the layers' outputs, or none
 */
record EvaluationReport(
        PerplexityDefinition definition,
        int windows,
        long tokens,
        double seconds,
        Evaluation evaluation,
        List<Double> layerErrors) {
    String text() {
        StringBuilder text = new StringBuilder();
        Formatter out = new Formatter(text, Locale.ROOT);
        Perplexity p = evaluation.perplexity();
        out.format("perplexity         %.4f ± %.4f\n", p.value(), p.estimate().error());
        Estimate nats = p.crossEntropy();
        out.format("cross-entropy      %.5f ± %.5f nats per token\n", nats.value(), nats.error());
        if (evaluation.divergence() != null) {
            print(evaluation.divergence(), out);
        }
        for (int i = 0; i < layerErrors.size(); i++) {
            out.format("%-19s%.4f %%\n", i == 0 ? "error of layer 0" : "               " + i, 100 * layerErrors.get(i));
        }
        boolean sliding = definition instanceof HuggingFace;
        out.format(
                "definition         %s, %d %s of %d tokens%s, %d tokens count\n",
                definition.name(),
                windows,
                sliding ? "windows" : "chunks",
                definition.context(),
                definition instanceof HuggingFace hf ? " moving on by " + hf.stride() : "",
                p.tokens());
        out.format("read               %d tokens in %.2f s, %.0f tokens/s", tokens, seconds, tokens / seconds);
        return text.toString();
    }

    private static void print(Divergence d, Formatter out) {
        Estimate reference = d.reference().estimate();
        out.format("of the reference   %.4f ± %.4f\n", reference.value(), reference.error());
        out.format(
                "difference         %+.4f ± %.4f\n",
                d.delta().value(), d.delta().error());
        out.format(
                "log ratio          %+.6f ± %.6f\n",
                d.logRatio().value(), d.logRatio().error());
        out.format("KL divergence      %.6f ± %.6f nats per token\n", d.kl().value(), d.kl().error());
        Quantiles q = d.klQuantiles();
        out.format(
                "                   median %.6f, 90%% %.6f, 99%% %.6f, greatest %.6f\n",
                q.median(), q.p90(), q.p99(), q.max());
        out.format(
                "same top token     %.3f ± %.3f %%\n",
                100 * d.agreement().value(), 100 * d.agreement().error());
        out.format(
                "error of p(token)  RMS %.4f ± %.4f %%, mean %+.4f ± %.4f %%, greatest %.4f %%\n",
                100 * d.rmsError().value(),
                100 * d.rmsError().error(),
                100 * d.meanError().value(),
                100 * d.meanError().error(),
                100 * d.maxError());
    }

    String json(String model, @Nullable String reference) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("model", model);
        MeasurementJson.put(root, definition);
        root.put("windows", windows);
        root.put("tokensFed", tokens);
        root.put("seconds", seconds);
        MeasurementJson.put(root, evaluation, reference, layerErrors);
        return root.toString();
    }
}
