package dev.keiryo.template;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code datetime.strftime} of a time without zone, in the C locale, with the GNU C library's flags. */
final class Strftime {
    private Strftime() {}

    static String format(String format, LocalDateTime time, Budget budget) {
        StringBuilder out = new StringBuilder();
        int i = 0;
        while (i < format.length()) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                i++;
                continue;
            }
            int begin = i++;
            char pad = 0;
            boolean upper = false;
            boolean swap = false;
            for (; i < format.length() && "-_0^#".indexOf(format.charAt(i)) >= 0; i++) {
                char flag = format.charAt(i);
                upper |= flag == '^';
                swap |= flag == '#';
                pad = flag == '^' || flag == '#' ? pad : flag;
            }
            int width = 0;
            for (; i < format.length() && format.charAt(i) >= '0' && format.charAt(i) <= '9'; i++) {
                width = Math.min(1000, width * 10 + format.charAt(i) - '0');
            }
            char code = i < format.length() ? format.charAt(i++) : 0;
            String value = value(code, time, pad, width, budget);
            if (value == null) {
                value = format.substring(begin, i);
            } else if (upper) {
                value = Text.upper(value);
            } else if (swap) {
                value = code == 'p' || code == 'Z' ? Text.lower(value) : Text.upper(value);
            }
            budget.allocate(value.length());
            out.append(value);
        }
        return out.toString();
    }

    private static @Nullable String value(char code, LocalDateTime t, char pad, int width, Budget budget) {
        return switch (code) {
            case 'a' -> t.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'A' -> t.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' -> t.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'B' -> t.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'c' -> format("%a %b %e %H:%M:%S %Y", t, budget);
            case 'C' -> number(t.getYear() / 100, 2, '0', pad, width);
            case 'd' -> number(t.getDayOfMonth(), 2, '0', pad, width);
            case 'D', 'x' -> format("%m/%d/%y", t, budget);
            case 'e' -> number(t.getDayOfMonth(), 2, ' ', pad, width);
            case 'f' -> number(t.getNano() / 1000, 6, '0', (char) 0, 0);
            case 'F' -> format("%Y-%m-%d", t, budget);
            case 'g' -> number(t.get(IsoFields.WEEK_BASED_YEAR) % 100, 2, '0', pad, width);
            case 'G' -> number(t.get(IsoFields.WEEK_BASED_YEAR), 1, '0', pad, width);
            case 'H' -> number(t.getHour(), 2, '0', pad, width);
            case 'I' -> number((t.getHour() + 11) % 12 + 1, 2, '0', pad, width);
            case 'j' -> number(t.getDayOfYear(), 3, '0', pad, width);
            case 'k' -> number(t.getHour(), 2, ' ', pad, width);
            case 'l' -> number((t.getHour() + 11) % 12 + 1, 2, ' ', pad, width);
            case 'm' -> number(t.getMonthValue(), 2, '0', pad, width);
            case 'M' -> number(t.getMinute(), 2, '0', pad, width);
            case 'n' -> "\n";
            case 'p' -> t.getHour() < 12 ? "AM" : "PM";
            case 'P' -> t.getHour() < 12 ? "am" : "pm";
            case 'r' -> format("%I:%M:%S %p", t, budget);
            case 'R' -> format("%H:%M", t, budget);
            case 's' ->
                number((int) ChronoUnit.SECONDS.between(LocalDateTime.of(1970, 1, 1, 0, 0), t), 1, '0', pad, width);
            case 'S' -> number(t.getSecond(), 2, '0', pad, width);
            case 't' -> "\t";
            case 'T', 'X' -> format("%H:%M:%S", t, budget);
            case 'u' -> number(t.getDayOfWeek().getValue(), 1, '0', pad, width);
            case 'U' -> number((t.getDayOfYear() + 6 - t.getDayOfWeek().getValue() % 7) / 7, 2, '0', pad, width);
            case 'V' -> number(t.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, '0', pad, width);
            case 'w' -> number(t.getDayOfWeek().getValue() % 7, 1, '0', pad, width);
            case 'W' -> number((t.getDayOfYear() + 6 - (t.getDayOfWeek().getValue() - 1)) / 7, 2, '0', pad, width);
            case 'y' -> number(t.get(ChronoField.YEAR) % 100, 2, '0', pad, width);
            case 'Y' -> number(t.getYear(), 1, '0', pad, width);
            case 'z', 'Z' -> "";
            case '%' -> "%";
            default -> null;
        };
    }

    /** At least {@code digits} wide, filled up with {@code fill} unless a flag says otherwise. */
    private static String number(int n, int digits, char fill, char pad, int width) {
        String text = Integer.toString(n);
        char filling = pad == '_' ? ' ' : pad == '0' ? '0' : fill;
        int least = pad == '-' ? 0 : Math.max(digits, width);
        return Character.toString(filling).repeat(Math.max(0, least - text.length())) + text;
    }
}
