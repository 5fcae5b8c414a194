package dev.keiryo.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The text that {@link Plan} prints; none where JSON was asked for. */
final class PlanText {
    private final boolean json;
    private final @Nullable Long ram;

    /** @param ram memory that figures are compared with, or null */
    PlanText(boolean json, @Nullable Long ram) {
        this.json = json;
        this.ram = ram;
    }

    /** Whether so many bytes fit the memory that was named; nothing where none was. */
    String fits(long bytes) {
        return ram == null ? "" : bytes <= ram ? "fits" : "does not fit";
    }

    /** A heading. */
    void title(String text) {
        if (!json) {
            System.out.println();
            System.out.println(Style.GIVEN.of(text, Style.wanted(Terminal.isStandardOutput(), System.getenv())));
        }
    }

    /** A label and its figures. */
    void row(String label, String... columns) {
        if (!json) {
            System.out.println(
                    ("  " + String.format(Locale.ROOT, "%-26s", label) + String.join("  ", columns)).stripTrailing());
        }
    }

    /** A line of text. */
    void note(String text) {
        if (!json) {
            System.out.println("  " + text);
        }
    }

    static String count(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    /** With two decimals, in GiB from a tenth on, else MiB. */
    static String size(long bytes) {
        return bytes >= 100L << 20
                ? String.format(Locale.ROOT, "%8.2f GiB", bytes / (double) (1 << 30))
                : String.format(Locale.ROOT, "%8.2f MiB", bytes / (double) (1 << 20));
    }
}
