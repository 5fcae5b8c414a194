package dev.keiryo.measure;

import dev.keiryo.measure.PerplexityDefinition.HuggingFace;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Measurements as JSON. Names say the unit; what was not measured is not there. */
public final class MeasurementJson {
    private MeasurementJson() {}

    public static ObjectNode of(Comparison comparison) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("text", comparison.text());
        if (comparison.definition() != null) {
            put(root, comparison.definition());
            root.put("prompt", comparison.prompt());
        }
        root.put("activations", comparison.activations().toString());
        root.put("reference", comparison.reference().name());
        for (ComparedModel model : comparison.models()) {
            put(root.withArray("models").addObject(), model);
        }
        return root;
    }

    private static void put(ObjectNode node, ComparedModel model) {
        node.put("model", model.name());
        ModelSize size = model.size();
        node.put("fileBytes", size.fileBytes()).put("weightBytes", size.weightBytes());
        node.put("parameters", size.parameters()).put("bitsPerWeight", size.bitsPerWeight());
        Speed speed = model.speed();
        if (speed != null) {
            node.put("loadSeconds", speed.loadSeconds()).put("peakProcessBytes", speed.peakBytes());
            node.put("promptTokens", speed.prefillTokens()).put("prefillTokensPerSecond", speed.prefill());
            if (speed.decode() > 0) {
                node.put("decodeTokensPerSecond", speed.decode());
            }
        }
        if (model.evaluation() != null) {
            put(node, model.evaluation(), null, model.layerErrors());
        }
        EmbeddingSimilarity similarity = model.similarity();
        if (similarity != null) {
            ObjectNode against = node.putObject("against");
            against.put("texts", similarity.texts());
            put(against, "cosine", similarity.cosine());
            against.put("leastCosine", similarity.least());
            against.put("spearman", similarity.spearman()).put("kendall", similarity.kendall());
            put(against, model.layerErrors());
        }
        model.weights().forEach((kind, histogram) -> {
            ObjectNode weights = node.withObjectProperty("weights").putObject(kind);
            if (!Double.isNaN(histogram.relativeError())) {
                weights.put("relativeError", histogram.relativeError());
            }
            weights.put("histogramRange", WeightHistogram.RANGE);
            histogram.reference().forEach(weights.putArray("referenceShares")::add);
            histogram.model().forEach(weights.putArray("shares")::add);
        });
        ComparedModel.Sample sample = model.sample();
        if (sample != null) {
            node.put("sample", sample.text());
            node.put("sampleTokens", sample.tokens()).put("sampleTokensAsReference", sample.same());
        }
    }

    /** How a text was cut. */
    public static void put(ObjectNode node, PerplexityDefinition definition) {
        node.put("definition", definition.name());
        node.put("context", definition.context());
        if (definition instanceof HuggingFace hf) {
            node.put("stride", hf.stride());
        }
    }

    /**
     * An evaluation's figures.
     *
     * @param reference what the model was compared with, by name; null to say nothing of it
     */
    public static void put(
            ObjectNode node, Evaluation evaluation, @Nullable String reference, List<Double> layerErrors) {
        Perplexity p = evaluation.perplexity();
        node.put("tokensScored", p.tokens());
        put(node, "perplexity", p.estimate());
        put(node, "crossEntropyNats", p.crossEntropy());
        Divergence d = evaluation.divergence();
        if (d == null) {
            return;
        }
        ObjectNode against = node.putObject("against");
        if (reference != null) {
            against.put("reference", reference);
        }
        put(against, "perplexity", d.reference().estimate());
        put(against, "perplexityDifference", d.delta());
        put(against, "logPerplexityRatio", d.logRatio());
        put(against, "klNats", d.kl());
        Quantiles q = d.klQuantiles();
        ObjectNode quantiles = against.putObject("klNatsQuantiles");
        quantiles.put("min", q.min()).put("0.5", q.median()).put("0.9", q.p90()).put("0.95", q.p95());
        quantiles.put("0.99", q.p99()).put("0.999", q.p999()).put("max", q.max());
        put(against, "sameTopToken", d.agreement());
        put(against, "tokenProbabilityErrorMean", d.meanError());
        put(against, "tokenProbabilityErrorRms", d.rmsError());
        against.put("tokenProbabilityErrorMax", d.maxError());
        put(against, layerErrors);
    }

    private static void put(ObjectNode against, List<Double> layerErrors) {
        if (!layerErrors.isEmpty()) {
            layerErrors.forEach(against.putArray("relativeLayerErrors")::add);
        }
    }

    private static void put(ObjectNode node, String name, Estimate estimate) {
        node.putObject(name).put("value", estimate.value()).put("standardError", estimate.error());
    }
}
