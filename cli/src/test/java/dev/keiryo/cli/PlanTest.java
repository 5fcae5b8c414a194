package dev.keiryo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class PlanTest {
    @Test
    void aNumberOfWeights() {
        Output o = Output.keiryo("plan", "20e9");
        assertEquals(0, o.exit(), o.err());
        for (String size : new String[] {"37.25 GiB", "18.63 GiB", "9.31 GiB"}) {
            assertTrue(o.out().contains(size), o.out());
        }
        assertEquals(o.out(), Output.keiryo("plan", "20B").out());
    }

    @Test
    void aShapeAndItsPlaces() {
        Output o = Output.keiryo(
                "plan", "llama-3.2-1b", "--ctx", "8192", "--kv", "f16", "--max-memory", "0=2GiB,cpu=8GiB", "--json");
        assertEquals(0, o.exit(), o.err());
        JsonNode root = JsonMapper.shared().readTree(o.out());
        assertEquals(1_235_814_432, root.get("parameters").asLong());
        assertEquals(
                16L * 8192 * 2 * 8 * 64 * 2, root.get("kvCacheBytes").get("f16").asLong());
        assertEquals("0", root.get("placement").get("blk.0").stringValue());
        assertEquals("cpu", root.get("placement").get("blk.15").stringValue());
        assertEquals(18, root.get("placement").size());
        long full = root.get("trainingBytes").get("full").get("optimizer").asLong();
        assertEquals(8 * root.get("parameters").asLong(), full);
    }

    @Test
    void saysWhatIsMissing() {
        Output o = Output.keiryo("plan", "tiny", "--max-memory", "cpu=1MB");
        assertEquals(1, o.exit());
        assertTrue(o.err().contains("no place is left for"), o.err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plan tiny --max-memory gpu=1GiB",
                "plan 7B --max-memory cpu=1GiB",
                "plan tiny --ctx 100000",
                "plan tiny --ram lots"
            })
    void wrongUsage(String line) {
        assertEquals(2, Output.keiryo(line.split(" ")).exit());
    }
}
