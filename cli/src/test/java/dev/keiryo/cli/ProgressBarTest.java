package dev.keiryo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private static final long SECOND = 1_000_000_000L;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long now;

    private ProgressBar bar(boolean terminal, int width) {
        return new ProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, width, () -> now);
    }

    private String shown() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void drawsOneLineOnATerminal() {
        try (ProgressBar bar = bar(true, 100)) {
            bar.begin(2, 40_000_000);
            bar.update("model.safetensors", 0, 40_000_000);
            for (int second = 1; second <= 3; second++) {
                now += SECOND;
                bar.update("model.safetensors", second * 10_000_000L, 40_000_000);
            }
        }
        String[] drawings = shown().split("\r\u001b\\[K", -1);
        assertEquals(
                "[######                  ]  25%  10.0 MB of 40.0 MB  10.0 MB/s  3 s left  model.safetensors",
                drawings[1]);
        assertEquals(
                "[##################      ]  75%  30.0 MB of 40.0 MB  10.0 MB/s  1 s left  model.safetensors",
                drawings[3]);
        assertTrue(shown().endsWith("model.safetensors" + System.lineSeparator()));
    }

    @Test
    void fitsNarrowTerminals() {
        for (int width : List.of(1, 2, 20, 40, 60, 80, 200)) {
            bytes.reset();
            try (ProgressBar bar = bar(true, width)) {
                bar.begin(1, 1000);
                bar.update("a".repeat(50), 0, 1000);
                now += SECOND;
                bar.update("a".repeat(50), 500, 1000);
            }
            for (String drawing : shown().replace(System.lineSeparator(), "").split("\r\u001b\\[K", -1)) {
                assertTrue(drawing.length() < Math.max(2, width), width + ": " + drawing);
            }
        }
    }

    @Test
    void redrawsAtMostTenTimesASecond() {
        ProgressBar bar = bar(true, 80);
        bar.begin(1, 1_000_000);
        for (int i = 0; i < 10_000; i++) {
            now += SECOND / 10_000;
            bar.update("a", i, 1_000_000);
        }
        int drawings = shown().split("\r", -1).length;
        assertTrue(drawings >= 8 && drawings <= 11, drawings + " drawings");
    }

    @Test
    void printsSparsePlainLinesElsewhere() {
        try (ProgressBar bar = bar(false, 80)) {
            bar.begin(1, 1_000_000);
            bar.update("a", 0, 1_000_000);
            for (int i = 1; i <= 1000; i++) {
                now += SECOND / 50; // 20 s in all
                bar.update("a", i * 1000L, 1_000_000);
            }
            bar.note("connection lost");
        }
        List<String> lines = shown().lines().toList();
        assertEquals("1 file, 1.00 MB", lines.getFirst());
        assertEquals(" 25%  250 kB of 1.00 MB  50.0 kB/s  15 s left", lines.get(1));
        assertEquals("connection lost", lines.get(lines.size() - 2));
        assertEquals("100%  1.00 MB of 1.00 MB  50.0 kB/s", lines.getLast());
        assertTrue(lines.size() <= 7, shown());
        assertTrue(shown().chars().allMatch(c -> c == '\n' || c >= ' '), "no control characters");
    }

    @Test
    void whatWasThereAlreadyIsNoSpeed() {
        ProgressBar bar = bar(true, 100);
        bar.begin(1, 10_000_000);
        bar.update("a", 8_000_000, 10_000_000);
        now += SECOND;
        bar.update("a", 9_000_000, 10_000_000);
        assertTrue(shown().endsWith(" 90%  9.00 MB of 10.0 MB  1.00 MB/s  1 s left  a"), shown());
    }

    @Test
    void units() {
        assertEquals("999 B", ProgressBar.size(999));
        assertEquals("1.00 kB", ProgressBar.size(1000));
        assertEquals("1.00 MB", ProgressBar.size(999_999));
        assertEquals("13.4 GB", ProgressBar.size(13_400_000_000L));
        assertEquals("9.22 EB", ProgressBar.size(Long.MAX_VALUE));
        assertEquals("59 s", ProgressBar.time(59));
        assertEquals("1:05 min", ProgressBar.time(65));
        assertEquals("2:01 h", ProgressBar.time(7290));
    }
}
