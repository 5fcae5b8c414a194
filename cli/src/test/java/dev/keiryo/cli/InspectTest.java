package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo inspect}. */
class InspectTest {
    @Test
    void inspectCountsParametersAndMemory() throws IOException {
        JsonNode json = JsonMapper.shared()
                .readTree(done("inspect", Models.tinyStories(), "--json", "--ctx", "100")
                        .out());
        assertEquals("llama", json.get("architecture").asString());
        assertEquals(656_000, json.get("parameters").asInt());
        // 2 layers, keys and values of 4 heads of 16
        assertEquals(4 * 100 * 2 * 2 * 64, json.get("kvCacheBytes").get("f32").asInt());
        String text = done("inspect", Models.tinyStories(), "--tensors").out();
        assertTrue(text.contains("blk.1.ffn_down.weight"), text);
        for (String amount :
                List.of("weights as stored  2.5 MiB", "weights at f16     1.3 MiB", "KV cache at f16    256.0 KiB")) {
            assertTrue(text.contains(amount), text);
        }
    }
}
