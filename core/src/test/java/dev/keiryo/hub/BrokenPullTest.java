package dev.keiryo.hub;

import static dev.keiryo.hub.HubServer.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Connections that are lost, files that are damaged, servers that are wrong. */
class BrokenPullTest extends WithHub {
    @Test
    void continuesAfterDroppedConnections() throws Exception {
        server.cut(WEIGHTS, 300_000);
        server.cut(WEIGHTS, 0);
        server.cut(WEIGHTS, 400_000);
        Path snapshot = pull();
        assertArrayEquals(CONTENT, Files.readAllBytes(snapshot.resolve(WEIGHTS)));
        List<HubServer.Request> transfers = server.transfers(WEIGHTS);
        assertEquals(4, transfers.size());
        assertNull(transfers.get(0).range());
        // What was still under way when the connection dropped may be lost with it.
        int first = start(transfers.get(1));
        assertTrue(first > 0 && first <= 300_000, "continues at " + first);
        assertEquals(first, start(transfers.get(2)), "nothing arrived in between");
        int third = start(transfers.get(3));
        assertTrue(third > first && third <= first + 400_000, "continues at " + third);
    }

    /** Where a transfer starts: N of its range {@code bytes=N-}. */
    private static int start(HubServer.Request transfer) {
        String range = String.valueOf(transfer.range());
        assertTrue(range.matches("bytes=\\d+-"), range);
        return Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
    }

    @Test
    void startsAgainWhereTheServerKnowsNoRanges() throws Exception {
        server.ranges = false;
        server.cut(WEIGHTS, 300_000);
        server.cut("tokenizer.json", 1000);
        Path snapshot = pull();
        assertArrayEquals(CONTENT, Files.readAllBytes(snapshot.resolve(WEIGHTS)));
        assertArrayEquals(random(5000), Files.readAllBytes(snapshot.resolve("tokenizer.json")));
    }

    @Test
    void givesUpAfterFiveFailuresInARow() {
        for (int i = 0; i < 20; i++) {
            server.cut(WEIGHTS, 0);
        }
        IOException e = assertThrows(IOException.class, this::pull);
        assertTrue(message(e).contains("lost after 0 of 1000003 bytes"), message(e));
        assertEquals(5, server.transfers(WEIGHTS).size());
    }

    @Test
    void refetchesWhatAnEarlierPullLeftDamaged() throws Exception {
        Files.createDirectories(incomplete().getParent());
        Files.write(incomplete(), new byte[1000]);
        Path snapshot = pull();
        assertArrayEquals(CONTENT, Files.readAllBytes(snapshot.resolve(WEIGHTS)));
        assertEquals("bytes=1000-", server.transfers(WEIGHTS).getFirst().range());
        assertNull(server.transfers(WEIGHTS).getLast().range());
    }

    @Test
    void removesAFileWithAWrongChecksum() throws Exception {
        byte[] wrong = CONTENT.clone();
        wrong[777_777] ^= 4;
        server.corrupted.put(WEIGHTS, wrong);
        HubException e = assertThrows(HubException.class, this::pull);
        assertTrue(message(e).startsWith("model.safetensors: wrong checksum, expected " + server.etag(WEIGHTS)));
        assertFalse(Files.exists(incomplete()));
        assertFalse(Files.exists(cache.resolve("models--acme--tiny/blobs/" + server.etag(WEIGHTS))));
        assertFalse(Files.exists(cache.resolve("models--acme--tiny/refs")));
    }

    @Test
    void removesASmallFileWithAWrongChecksum() {
        server.corrupted.put("tokenizer.json", new byte[5000]);
        HubException e = assertThrows(HubException.class, this::pull);
        assertTrue(message(e).startsWith("tokenizer.json: wrong checksum"), message(e));
    }

    @Test
    void refusesMoreBytesThanAnnounced() {
        server.corrupted.put(WEIGHTS, random(1_200_000));
        HubException e = assertThrows(HubException.class, this::pull);
        assertTrue(message(e).contains("sends more than the 1000003 bytes"), message(e));
    }
}
