package dev.keiryo.measure.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Numbers along a line of pixels, linearly or by their logarithms.
 *
 * @param from number at {@code start}
 * @param to number at {@code end}; another than {@code from}
 * @param start pixel
 * @param end pixel, which may be less: y axes go up
 */
public record Axis(double from, double to, double start, double end, Scale scale) {
    private static final int TICKS = 6;

    /** How numbers become places. */
    public enum Scale {
        LINEAR,
        /** Linear, of whole numbers. */
        WHOLE,
        LOGARITHMIC
    }

    public Axis {
        if (!(from < to) || (scale == Scale.LOGARITHMIC && !(from > 0))) {
            throw new IllegalArgumentException("an axis from " + from + " to " + to);
        }
    }

    /** From 0, or by logarithms where the numbers span more than a decade and all are above 0; with some room. */
    public static Axis of(double least, double greatest, double start, double end) {
        if (least > 0 && greatest > 10 * least) {
            double room = Math.pow(greatest / least, 0.12);
            return new Axis(least / room, greatest * room, start, end, Scale.LOGARITHMIC);
        }
        return new Axis(Math.min(0, least), greatest > 0 ? 1.12 * greatest : 1, start, end, Scale.LINEAR);
    }

    boolean isLogarithmic() {
        return scale == Scale.LOGARITHMIC;
    }

    /** Where {@code value} is; what is beyond an end, at that end. */
    double place(double value) {
        double v = Math.clamp(value, from, to);
        double part = isLogarithmic() ? Math.log(v / from) / Math.log(to / from) : (v - from) / (to - from);
        return start + part * (end - start);
    }

    /** Round numbers within the axis, a few. */
    List<Double> ticks() {
        return isLogarithmic() ? decades() : steps();
    }

    private List<Double> steps() {
        double raw = scale == Scale.WHOLE ? Math.max(1, (to - from) / TICKS) : (to - from) / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        double step =
                raw / power < 1.5 ? power : raw / power < 3.5 ? 2 * power : raw / power < 7.5 ? 5 * power : 10 * power;
        List<Double> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(from / step); i * step <= to * (1 + 1e-9); i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    private List<Double> decades() {
        boolean few = to / from < 1e3;
        List<Double> ticks = new ArrayList<>();
        for (double power = Math.pow(10, Math.floor(Math.log10(from))); power <= to; power *= 10) {
            for (double m : few ? new double[] {1, 2, 5} : new double[] {1}) {
                if (m * power >= from && m * power <= to) {
                    ticks.add(m * power);
                }
            }
        }
        return ticks;
    }

    /** A tick's label: as many digits as it needs. */
    static String label(double value) {
        if (value == 0) {
            return "0";
        }
        double magnitude = Math.abs(value);
        if (magnitude < 1e-3 || magnitude >= 1e6) {
            return String.format(Locale.ROOT, "%.0e", value)
                    .replace("e-0", "e-")
                    .replace("e+0", "e");
        }
        String text = String.format(Locale.ROOT, magnitude < 0.01 ? "%.4f" : magnitude < 1 ? "%.3f" : "%.2f", value);
        return text.replaceAll("\\.?0+$", "");
    }
}
