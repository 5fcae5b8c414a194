package dev.keiryo.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FileBytes;
import dev.keiryo.Hostile;
import dev.keiryo.checkpoint.MetadataValue;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Damaged and malicious files: refused with the byte offset, at once, without large allocations. */
class GgufHostileTest {
    private final Hostile hostile;

    GgufHostileTest() throws IOException {
        hostile = new Hostile(SmallGguf::read, 1 << 20);
    }

    @Test
    void readsTheSpecificationsLayout() throws IOException {
        GgufFile file = GgufFile.read("test.gguf", MemorySegment.ofArray(SmallGguf.bytes()));
        Map<String, MetadataValue> keys = file.metadata().values();
        assertEquals(64, file.alignment());
        assertEquals(16, keys.size());
        assertEquals(254L, file.metadata().integer("u8"));
        assertEquals("UINT32 4294967294", String.valueOf(keys.get("u32")));
        assertEquals("UINT64 18446744073709551614", String.valueOf(keys.get("u64")));
        assertEquals("INT64 -2", String.valueOf(keys.get("i64")));
        assertEquals("STRING[2] [▁the, ]", String.valueOf(keys.get("strings")));
        assertEquals("ARRAY[2] [UINT32[2] [7, 8], ARRAY[1] [FLOAT32[1] [-0.0]]]", String.valueOf(keys.get("nested")));
        assertEquals("BOOL[2] [true, false]", String.valueOf(keys.get("flags")));
        assertEquals(
                "[matrix F32[2, 3], empty F16[5, 0], scalar F64[], blocks Q8_0[2, 1, 32]]",
                Gguf.weights(file, MemorySegment.ofArray(SmallGguf.bytes())).toString());
    }

    @Test
    void everyPrefixIsRefused() throws IOException {
        hostile.everyPrefix(SmallGguf.bytes());
    }

    @Test
    void byteFlipsNeverSurprise() {
        int accepted = hostile.byteFlips(SmallGguf.bytes(), 20_000, 1);
        assertTrue(accepted > 1_000 && accepted < 19_000, "accepted " + accepted);
    }

    @Test
    void absurdFieldsAllocateNothing() {
        hostile.absurdFields(SmallGguf.bytes());
    }

    @Test
    void refusesOtherMagicsAndVersions() {
        refused(
                "at byte 0: not a GGUF file",
                new FileBytes().text("GGJT").int32(3).raw(new byte[16]));
        refused(
                "at byte 4: GGUF version 1 is not supported",
                new FileBytes().text("GGUF").int32(1).raw(new byte[8]));
        refused(
                "at byte 4: the file is big-endian",
                new FileBytes().text("GGUF").int32(3 << 24).raw(new byte[16]));
        refused(
                "at byte 4: GGUF version 4 is not known",
                new FileBytes().text("GGUF").int32(4).raw(new byte[16]));
    }

    @Test
    void refusesWhatCannotBeTrusted() {
        refused("list of tensors claims a length of 9223372036854775808", header(1L << 63, 0));
        refused("the metadata claims a length of 1000", header(0, 1000));
        refused(
                "key a is given twice",
                header(0, 2)
                        .string("a")
                        .int32(0)
                        .integer(1, 1)
                        .string("a")
                        .int32(0)
                        .integer(1, 1));
        refused("the type of key a is 13", header(0, 1).string("a").int32(13).int64(0));
        refused(
                "should be true (1) or false (0), but is 2",
                header(0, 1).string("a").int32(7).integer(2, 1));
        refused("is not UTF-8", header(0, 1).string("a").int32(8).int64(2).integer(0xFFC0, 2));
        refused(
                "key general.alignment should be",
                header(0, 1).string("general.alignment").int32(4).int32(0));
        refused(
                "key general.alignment should be",
                header(0, 1).string("general.alignment").int32(4).int32(12));
        FileBytes deep = header(0, 1).string("a").int32(9);
        for (int i = 0; i < 100_000; i++) {
            deep.int32(9).int64(1);
        }
        refused("nests arrays deeper than 16", deep.int32(0).int64(0));
    }

    @Test
    void refusesImpossibleTensors() {
        refused("tensor a is given twice", twoTensors("a", 32));
        refused("tensor t has element type 31, which is not known", tensor("t", 31, 0, 4));
        refused("tensor t has element type 4, which is not known", tensor("t", 4, 0, 32));
        refused("tensor t has 9 dimensions", tensor("t", 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1));
        refused("rows of 33 are not whole blocks of 32 (Q8_0)", tensor("t", 8, 0, 33));
        refused("is impossible or too large", tensor("t", 0, 0, -1));
        refused("is impossible or too large", tensor("t", 0, 0, 1, 1L << 31));
        refused("is impossible or too large", tensor("t", 0, 0, 1, 1L << 30, 1L << 30, 1L << 30));
        refused("is impossible or too large", tensor("t", 28, 0, (1L << 31) - 1, (1L << 31) - 1));
        refused("the data of tensor t starts at 16, which is not a multiple", tensor("t", 0, 16, 4));
        refused("tensor t starts at 18446744073709551584", tensor("t", 0, -32, 4));
        refused(
                "at byte 96: the file ends before or within the data of tensor t (36 bytes from byte 96)",
                tensor("t", 0, 32, 9));
        refused("overlaps that of tensor", twoTensors("b", 0));
    }

    @Test
    void tensorsMayLieInAnyOrder() throws IOException {
        SmallGguf.read(twoTensors("b", 32).pad(32).raw(new byte[64]).toArray());
    }

    private static FileBytes header(long tensors, long keys) {
        return new FileBytes().text("GGUF").int32(3).int64(tensors).int64(keys);
    }

    private static FileBytes tensor(String name, int type, long offset, long... dimensions) {
        FileBytes out = header(1, 0).string(name).int32(dimensions.length);
        for (long d : dimensions) {
            out.int64(d);
        }
        return out.int32(type).int64(offset);
    }

    private static FileBytes twoTensors(String second, long first) {
        FileBytes out = header(2, 0);
        out.string("a").int32(1).int64(4).int32(0).int64(first);
        return out.string(second).int32(1).int64(4).int32(0).int64(0);
    }

    private static void refused(String message, FileBytes file) {
        byte[] padded = file.pad(32).raw(new byte[32]).toArray();
        Hostile.refused(message, () -> SmallGguf.read(padded));
    }
}
