package dev.keiryo.cli;

import dev.keiryo.hub.Progress;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * How far long work is: share, amount, rate and time left.
 *
 * <p>On a terminal one line that is drawn over, at most ten times a second; elsewhere (a file, a pipe) plain lines without
 * control characters, one at the start, one every ten percent but not more often than every five seconds, one at the end.
 * Thread-safe.
 */
public final class ProgressBar implements Progress, AutoCloseable {
    private static final long REDRAW_NANOS = 100_000_000L;
    private static final long LINE_NANOS = 5_000_000_000L;
    /** The rate is that of the last few seconds: older speed weighs less by e for each of these. */
    private static final double MEMORY_SECONDS = 5;

    private static final int BAR = 24;

    private final PrintStream out;
    private final boolean terminal;
    private final int width;
    private final Clock clock;

    private final Map<String, Long> done = new HashMap<>();
    private String current = "";
    /** Shown in place of {@link #current} where there is one. */
    private String detail = "";

    private long total;
    private long sum;
    private long drawnAt;
    private int drawnPercent;
    private long ratedAt;
    private long ratedSum;
    private double rate;
    private boolean began;
    private boolean drawn;
    private boolean stages;
    private LongFunction<String> amount = ProgressBar::size;

    /** Time in nanoseconds from any origin. */
    interface Clock {
        long nanos();
    }

    ProgressBar(PrintStream out, boolean terminal, int width, Clock clock) {
        this.out = out;
        this.terminal = terminal;
        this.width = width;
        this.clock = clock;
    }

    /** On standard error. */
    public static ProgressBar onStandardError() {
        ProgressBar bar = new ProgressBar(System.err, Terminal.isStandardError(), Terminal.width(), System::nanoTime);
        Runtime.getRuntime().addShutdownHook(new Thread(bar::leaveLine));
        return bar;
    }

    /** Where Ctrl-C ends the process, what the shell says next gets a line of its own. */
    private synchronized void leaveLine() {
        if (drawn) {
            out.println();
            drawn = false;
        }
    }

    @Override
    public synchronized void begin(int files, long bytes) {
        total = bytes;
        began = true;
        ratedAt = clock.nanos();
        drawnAt = ratedAt;
        if (!terminal) {
            out.println(files + (files == 1 ? " file, " : " files, ") + size(bytes));
        }
    }

    @Override
    public synchronized void update(String file, long bytes, long size) {
        Long before = done.put(file, bytes);
        sum += bytes - (before == null ? 0 : before);
        if (before == null) {
            ratedSum += bytes; // there already, not transferred
        }
        current = file;
        long now = clock.nanos();
        measure(now);
        boolean complete = sum >= total;
        if (terminal) {
            if (complete || !drawn || now - drawnAt >= REDRAW_NANOS) {
                draw(now);
            }
        } else if (now - drawnAt >= LINE_NANOS && percent() >= drawnPercent + 10) {
            out.println(state());
            drawnAt = now;
            drawnPercent = percent();
        }
    }

    /**
     * Counted work that comes in stages, such as a training's.
     *
     * @param stageTotal of this stage, or -1 where not known
     */
    public synchronized void stage(String stage, long count, long stageTotal) {
        if (!began || !stage.equals(current)) {
            if (began) {
                close();
            }
            stages = true;
            amount = n -> String.format(Locale.ROOT, "%,d", n);
            done.clear();
            current = stage;
            total = Math.max(stageTotal, 0);
            sum = 0;
            ratedSum = 0;
            rate = 0;
            began = true;
            drawn = false;
            drawnPercent = 0;
            ratedAt = clock.nanos();
            drawnAt = ratedAt;
            done.put(stage, 0L);
        }
        update(stage, count, total);
    }

    /** What the next {@link #stage} shows at the line's end in place of the stage's name: a figure so far. */
    public synchronized void detail(String text) {
        detail = text;
    }

    @Override
    public synchronized void note(String line) {
        clear();
        out.println(line);
    }

    /** Ends the line; nothing may follow. */
    @Override
    public synchronized void close() {
        if (began && !terminal) {
            out.println(stages ? state() + "  " + tail() : state());
        } else if (drawn) {
            draw(clock.nanos());
            leaveLine();
        }
        out.flush();
    }

    private void measure(long now) {
        double seconds = (now - ratedAt) / 1e9;
        if (seconds < 0.2) {
            return;
        }
        double latest = Math.max(0, sum - ratedSum) / seconds;
        double weight = rate == 0 ? 1 : 1 - Math.exp(-seconds / MEMORY_SECONDS);
        rate += weight * (latest - rate);
        ratedAt = now;
        ratedSum = sum;
    }

    private int percent() {
        return total == 0 ? 100 : (int) (100.0 * Math.min(sum, total) / total);
    }

    private String state() {
        StringBuilder text = new StringBuilder(
                total == 0 && sum > 0 // how much there will be is not known
                        ? amount.apply(sum)
                        : String.format(
                                Locale.ROOT, "%3d%%  %s of %s", percent(), amount.apply(sum), amount.apply(total)));
        if (rate > 0) {
            text.append("  ").append(amount.apply((long) rate)).append("/s");
            if (sum < total) {
                text.append("  ")
                        .append(time((long) Math.ceil((total - sum) / rate)))
                        .append(" left");
            }
        }
        return text.toString();
    }

    private void draw(long now) {
        int filled = BAR * percent() / 100;
        String line = state();
        // a figure matters more than the bar
        int taken = line.length() + (detail.isEmpty() ? 0 : detail.length() + 2);
        if ((total > 0 || sum == 0) && taken + BAR + 3 < width) {
            line = "[" + "#".repeat(filled) + " ".repeat(BAR - filled) + "] " + line;
        }
        if (line.length() + tail().length() + 3 < width) {
            line += "  " + tail();
        }
        clear();
        out.print(line.substring(0, Math.min(line.length(), Math.max(1, width - 1))));
        out.flush();
        drawn = true;
        drawnAt = now;
    }

    private String tail() {
        return detail.isEmpty() ? current : detail;
    }

    /** Returns to the line's start and erases it. */
    private void clear() {
        if (drawn) {
            out.print("\r\u001b[K");
        }
    }

    /** Bytes in decimal units, three digits or so. */
    static String size(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 999.5) {
            value /= 1000;
            unit++;
        }
        return String.format(
                Locale.ROOT,
                value < 9.995 ? "%.2f %sB" : value < 99.95 ? "%.1f %sB" : "%.0f %sB",
                value,
                "kMGTPE".charAt(unit));
    }

    /** Seconds as {@code 5 s}, {@code 1:05 min}, {@code 2:00 h}. */
    static String time(long seconds) {
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3600
                ? String.format(Locale.ROOT, "%d:%02d min", seconds / 60, seconds % 60)
                : String.format(Locale.ROOT, "%d:%02d h", seconds / 3600, seconds / 60 % 60);
    }
}
