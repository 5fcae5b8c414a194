package dev.keiryo.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Hostile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Damaged and malicious files: refused with the byte offset, at once, without large allocations. */
class SafetensorsHostileTest {
    private final Hostile hostile;

    SafetensorsHostileTest() throws IOException {
        SmallSafetensors.read(SmallSafetensors.bytes()); // loads the JSON parser
        hostile = new Hostile(SmallSafetensors::read, 1 << 20);
    }

    @Test
    void readsTheDescriptionsLayout() throws IOException {
        SafetensorsFile file = SafetensorsFile.read("x", MemorySegment.ofArray(SmallSafetensors.bytes()));
        assertEquals(Map.of("format", "pt", "名", "値"), file.metadata());
        assertEquals(
                "[b F32[2, 3], a BF16[], none I64[4, 0], flags BOOL[5]]",
                file.tensors().values().toString());
        assertEquals("a BF16[]", String.valueOf(file.tensors().get("a")));
    }

    @Test
    void everyPrefixIsRefused() throws IOException {
        hostile.everyPrefix(SmallSafetensors.bytes());
    }

    @Test
    void byteFlipsNeverSurprise() {
        int accepted = hostile.byteFlips(SmallSafetensors.bytes(), 20_000, 2);
        assertTrue(accepted > 100 && accepted < 19_000, "accepted " + accepted);
    }

    @Test
    void absurdFieldsAllocateNothing() {
        hostile.absurdFields(SmallSafetensors.bytes());
    }

    @Test
    void refusesWhatCannotBeTrusted() {
        String t = "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}";
        refused("key a is given twice", "{\"a\":" + t + ",\"a\":" + t + "}");
        refused("key dtype is given twice", "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}");
        refused(
                "should start at offset 4 after the one before, but data_offsets say 0",
                "{\"a\":" + t + ",\"b\":" + t + "}");
        refused("should start at offset 0", "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]}}");
        refused(
                "2 bytes follow that belong to no tensor",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}");
        refused("1 bytes short", "{\"a\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]}}");
        refused(
                "U8[5] takes 5 bytes, but data_offsets are [0, 4]",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,4]}}");
        refused(
                "takes 4 bytes, but data_offsets are [4, 0]",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,0]}}");
        refused(
                "takes more bytes than any file has",
                "{\"a\":{\"dtype\":\"F64\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}");
        refused("must not be negative", "{\"a\":{\"dtype\":\"U8\",\"shape\":[-4],\"data_offsets\":[0,4]}}");
        refused("is out of range", "{\"a\":{\"dtype\":\"U8\",\"shape\":[9223372036854775808],\"data_offsets\":[0,4]}}");
        refused("should be an integer", "{\"a\":{\"dtype\":\"U8\",\"shape\":[4.0],\"data_offsets\":[0,4]}}");
        refused("has more than 2 elements", "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4,4]}}");
        refused("should have dtype, shape and two data_offsets", "{\"a\":{\"dtype\":\"U8\",\"shape\":[4]}}");
        refused("is of type F4, which packs several elements into a byte", t("F4"));
        refused("is of type F6_E2M3, which packs several", t("F6_E2M3"));
        refused("is of type Q8, which is not known", t("Q8"));
        refused("__metadata__ format should be a string", "{\"__metadata__\":{\"format\":1}}");
        refused("something follows the header", "{\"a\":" + t + "} {}");
        refused("at byte 8: the header should be an object", "[]");
    }

    @Test
    void deepAndLongHeadersEndQuickly() {
        assertTrue(!hostile.accepts(SmallSafetensors.file("{\"a\":".repeat(2_000), 0)));
        assertTrue(!hostile.accepts(SmallSafetensors.file("[".repeat(20_000), 0)));
        assertTrue(!hostile.accepts(SmallSafetensors.file("{\"a\":{\"shape\":[" + "1,".repeat(10_000) + "1]}}", 0)));
        assertTrue(!hostile.accepts(SmallSafetensors.file("{\"a\":{\"shape\":[1e" + "9".repeat(10_000) + "]}}", 0)));
        assertTrue(!hostile.accepts(SmallSafetensors.file("{\"a\":{\"shape\":[" + "9".repeat(10_000) + "]}}", 0)));
    }

    private static String t(String dtype) {
        return "{\"a\":{\"dtype\":\"" + dtype + "\",\"shape\":[4],\"data_offsets\":[0,4]}}";
    }

    private static void refused(String message, String header) {
        Hostile.refused(message, () -> SmallSafetensors.read(SmallSafetensors.file(header, 4)));
    }
}
