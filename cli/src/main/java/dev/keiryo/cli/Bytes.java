package dev.keiryo.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Amounts of memory for people. */
final class Bytes {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    private Bytes() {}

    /** Reads an option's amount. */
    static final class Amount implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return parse(text);
        }
    }

    private static final Pattern AMOUNT =
            Pattern.compile("([0-9]+(?:\\.[0-9]+)?) *(?:([KMGT])(i)?)?B?", Pattern.CASE_INSENSITIVE);

    /**
     * {@code 600MiB} (powers of 1024), {@code 4GB} (of 1000), {@code 1024}.
     *
     * @throws TypeConversionException where it is no positive amount
     */
    static long parse(String text) {
        Matcher m = AMOUNT.matcher(text.strip());
        if (!m.matches()) {
            throw new TypeConversionException("expected an amount of memory such as 4GiB, not '" + text + "'");
        }
        int power = m.group(2) == null ? 0 : "KMGT".indexOf(m.group(2).toUpperCase(Locale.ROOT)) + 1;
        double bytes = Double.parseDouble(m.group(1)) * Math.pow(m.group(3) == null ? 1000 : 1024, power);
        if (bytes < 1 || bytes >= Long.MAX_VALUE) {
            throw new TypeConversionException("an amount of memory should be at least a byte, but is " + text);
        }
        return (long) bytes;
    }

    /** {@code 1536} is {@code 1.5 KiB}. */
    static String format(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= 1024 && unit < UNITS.length - 1) {
            amount /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", amount, UNITS[unit]);
    }
}
