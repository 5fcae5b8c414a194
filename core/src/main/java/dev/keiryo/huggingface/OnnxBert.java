package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import dev.keiryo.onnx.Onnx;
import dev.keiryo.tensor.Weight;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The {@code config.json} of a BERT whose ONNX export came without one: read off its weights and its program. */
final class OnnxBert {
    private static final String WORDS = "embeddings.word_embeddings.weight";

    private static final Pattern LAYER = Pattern.compile("encoder\\.layer\\.(\\d{1,4})\\.output\\.dense\\.bias");

    private OnnxBert() {}

    static Config config(Onnx onnx, List<Onnx.Parameter> parameters) throws FormatException {
        Map<String, Weight> weights = new HashMap<>();
        int layers = 0;
        for (Onnx.Parameter p : parameters) {
            String name = p.weight().name().replaceFirst("^bert\\.", "");
            weights.put(name, p.weight());
            Matcher layer = LAYER.matcher(name);
            if (layer.matches()) {
                layers = Math.max(layers, Integer.parseInt(layer.group(1)) + 1);
            }
        }
        Weight words = weights.get(WORDS);
        Weight positions = weights.get("embeddings.position_embeddings.weight");
        Weight segments = weights.get("embeddings.token_type_embeddings.weight");
        Weight up = weights.get("encoder.layer.0.intermediate.dense.bias");
        if (words == null || positions == null || segments == null || up == null) {
            throw new FormatException(
                    onnx.source(),
                    "its weights have not the names of a BERT; for other models, config.json is needed beside it");
        }
        int heads = onnx.heads(words.cols());
        if (heads == 0) {
            throw new FormatException(
                    onnx.source(),
                    "how many heads its attention has cannot be told; put the model's config.json beside it");
        }
        ObjectNode config = JsonMapper.shared().createObjectNode();
        config.putArray("architectures").add("BertModel");
        config.put("model_type", "bert");
        config.put("vocab_size", words.rows());
        config.put("hidden_size", words.cols());
        config.put("max_position_embeddings", positions.rows());
        config.put("type_vocab_size", segments.rows());
        config.put("num_hidden_layers", layers);
        config.put("intermediate_size", up.cols());
        config.put("num_attention_heads", heads);
        config.put("hidden_act", onnx.has("Erf") || onnx.has("Gelu") ? "gelu" : "of another kind");
        if (!Float.isNaN(onnx.epsilon())) {
            config.put("layer_norm_eps", onnx.epsilon());
        }
        return Config.of(onnx.source(), config);
    }
}
