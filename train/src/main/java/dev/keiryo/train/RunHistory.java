package dev.keiryo.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code metrics.jsonl} says of a run so far, figure by figure; steps whose loss was no number are left out. */
record RunHistory(
        List<Double> steps,
        List<Double> losses,
        List<Double> learningRates,
        List<Double> gradientNorms,
        List<Double> speeds,
        List<Double> validationSteps,
        List<Double> validationLosses,
        List<Double> imbalances,
        List<List<Double>> expertShares,
        List<Sample> samples) {
    /** What the model wrote at a validation. */
    record Sample(long step, String text) {}

    static RunHistory read(Path metrics) throws IOException {
        RunHistory h = new RunHistory(
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>());
        for (String line : Files.readAllLines(metrics)) {
            JsonNode o = JsonMapper.shared().readTree(line);
            double step = o.path("step").asDouble(0);
            if (isNumber(o.get("validation_loss"))) {
                h.validationSteps.add(step);
                h.validationLosses.add(o.path("validation_loss").asDouble());
                h.experts(o.path("expert_shares"));
                if (o.path("sample").isString()) {
                    h.samples.add(new Sample((long) step, o.path("sample").asString()));
                }
            } else if (isNumber(o.get("loss")) && isNumber(o.get("gradient_norm"))) {
                h.steps.add(step);
                h.losses.add(o.path("loss").asDouble());
                h.learningRates.add(o.path("learning_rate").asDouble());
                h.gradientNorms.add(o.path("gradient_norm").asDouble());
                h.speeds.add(o.path("tokens_per_second").asDouble());
                if (isNumber(o.get("expert_imbalance"))) {
                    h.imbalances.add(o.path("expert_imbalance").asDouble());
                }
            }
        }
        return h;
    }

    /** The shares of experts, layer by layer, at the last validation so far. */
    private void experts(JsonNode layers) {
        expertShares.clear();
        for (JsonNode layer : layers) {
            List<Double> shares = new ArrayList<>();
            layer.forEach(share -> shares.add(share.asDouble()));
            expertShares.add(shares);
        }
    }

    private static boolean isNumber(@Nullable JsonNode node) {
        return node != null && node.isNumber();
    }
}
