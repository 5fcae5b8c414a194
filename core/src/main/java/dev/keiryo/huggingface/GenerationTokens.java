package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.MetadataValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * The tokens that end a generated text, and the one that a decoder starts from: {@code generation_config.json} says,
 * else {@code config.json}.
 */
final class GenerationTokens {
    private static final String END = "eos_token_id";
    private static final String START = "decoder_start_token_id";

    private GenerationTokens() {}

    /** @param configs {@code config.json}, and its part about the text model */
    static void describe(Path folder, List<Config> configs, Description d) throws IOException {
        List<Config> sources = new ArrayList<>();
        Path own = folder.resolve("generation_config.json");
        if (Files.exists(own)) {
            sources.add(Config.read(own));
        }
        sources.addAll(configs);
        long[] ends = first(sources, END);
        if (ends.length > 0) {
            d.plain("tokenizer.ggml.eos_token_ids", MetadataValue.of(ends));
        }
        long[] start = first(sources, START);
        if (start.length > 0) {
            d.count(START, start[0]);
        }
    }

    /** What the first file with that key says: one id or several. A negative one means none. */
    private static long[] first(List<Config> sources, String key) throws FormatException {
        for (Config c : sources) {
            if (c.has(key)) {
                return ids(c, key);
            }
        }
        return new long[0];
    }

    private static long[] ids(Config c, String key) throws FormatException {
        JsonNode value = c.json().path(key);
        List<Long> ids = new ArrayList<>();
        for (JsonNode v : value.isArray() ? value : List.of(value)) {
            if (!v.isIntegralNumber() || !v.canConvertToInt()) {
                throw c.fault(key, "should be a token's id or an array of such");
            }
            if (v.asInt() >= 0) {
                ids.add(v.asLong());
            }
        }
        return ids.stream().mapToLong(Long::longValue).toArray();
    }
}
