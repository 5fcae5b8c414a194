package dev.keiryo.measure.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** An SVG picture with two axes. Colors are classes {@code c0, c1, …} of the page's style sheet. */
public final class Plot {
    private static final double CHARACTER = 6.6;
    private static final double LINE = 14;

    private final StringBuilder svg = new StringBuilder();
    private final Axis x;
    private final Axis y;
    /** Left, top, right, bottom of what has been written already. */
    private final List<double[]> taken = new ArrayList<>();

    public Plot(Axis x, Axis y) {
        this.x = x;
        this.y = y;
    }

    private void add(String element) {
        svg.append(element).append('\n');
    }

    private static String n(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /** Grid, numbers and titles. */
    public Plot axes(String xTitle, String xJapanese, String yTitle, String yJapanese) {
        for (double t : y.ticks()) {
            add("<line class=grid x1=" + n(x.start()) + " x2=" + n(x.end()) + " y1=" + n(y.place(t)) + " y2="
                    + n(y.place(t)) + " />");
            add("<text class=tick text-anchor=end x=" + n(x.start() - 8) + " y=" + n(y.place(t) + 4) + ">"
                    + Axis.label(t) + "</text>");
        }
        for (double t : x.ticks()) {
            add("<line class=grid y1=" + n(y.start()) + " y2=" + n(y.end()) + " x1=" + n(x.place(t)) + " x2="
                    + n(x.place(t)) + " />");
            add("<text class=tick text-anchor=middle x=" + n(x.place(t)) + " y=" + n(y.start() + 20) + ">"
                    + Axis.label(t) + "</text>");
        }
        add("<line class=axis x1=" + n(x.start()) + " x2=" + n(x.end()) + " y1=" + n(y.start()) + " y2=" + n(y.start())
                + " />");
        add("<text class=title text-anchor=end x=" + n(x.end()) + " y=" + n(y.start() + 40) + Markup.japanese(xJapanese)
                + ">" + Markup.escape(xTitle) + "</text>");
        add("<text class=title x=" + n(x.start() - 48) + " y=" + n(y.end() - 14) + Markup.japanese(yJapanese) + ">"
                + Markup.escape(yTitle) + "</text>");
        return this;
    }

    /** A dashed line at {@code at} of the x axis. */
    public void vertical(double at, String label, String japanese) {
        add("<line class=reference x1=" + n(x.place(at)) + " x2=" + n(x.place(at)) + " y1=" + n(y.start()) + " y2="
                + n(y.end()) + " />");
        boolean left = x.place(at) > (x.start() + x.end()) / 2;
        add("<text class=note text-anchor=" + (left ? "end" : "start") + " x=" + n(x.place(at) + (left ? -6 : 6))
                + " y=" + n(y.end() + 12) + Markup.japanese(japanese) + ">" + Markup.escape(label) + "</text>");
    }

    /** A line through points {@code (xs[i], ys[i])}; {@code style} names classes. */
    public void line(String style, List<Double> xs, List<Double> ys) {
        add("<path class=\"" + style + "\" d=\"" + path(xs, ys) + "\" />");
    }

    /** What is between a line and the x axis. */
    void area(String style, List<Double> xs, List<Double> ys) {
        add("<path class=\"" + style + "\" d=\"" + path(xs, ys) + "L" + n(x.place(xs.getLast())) + " " + n(y.start())
                + "L" + n(x.place(xs.getFirst())) + " " + n(y.start()) + "Z\" />");
    }

    private String path(List<Double> xs, List<Double> ys) {
        StringBuilder d = new StringBuilder();
        for (int i = 0; i < xs.size(); i++) {
            d.append(i == 0 ? 'M' : 'L')
                    .append(n(x.place(xs.get(i))))
                    .append(' ')
                    .append(n(y.place(ys.get(i))));
        }
        return d.toString();
    }

    /** A point, with the error of its height where that is above 0, and what a pointer over it reads. */
    public void point(String style, double atX, double atY, double error, String hint) {
        double px = x.place(atX);
        double py = y.place(atY);
        if (error > 0) {
            double low = y.isLogarithmic() ? Math.max(atY - error, y.from()) : atY - error;
            add("<line class=\"bar " + style + "\" x1=" + n(px) + " x2=" + n(px) + " y1=" + n(y.place(low)) + " y2="
                    + n(y.place(atY + error)) + " />");
        }
        add("<circle class=\"dot " + style + "\" cx=" + n(px) + " cy=" + n(py) + " r=5><title>" + Markup.escape(hint)
                + "</title></circle>");
        taken.add(new double[] {px - 6, py - 6, px + 6, py + 6});
    }

    /** A point's name, beside it where there is room; call when all points are there. */
    public void name(double atX, double atY, String name) {
        double px = x.place(atX);
        double py = y.place(atY);
        double width =
                CHARACTER * name.codePoints().map(c -> c > 0x2e80 ? 2 : 1).sum();
        double[][] places = {
            {px + 9, py - LINE / 2},
            {px - 9 - width, py - LINE / 2},
            {px - width / 2, py - 9 - LINE},
            {px - width / 2, py + 9},
            {px + 7, py - 7 - LINE},
            {px + 7, py + 7},
            {px - 7 - width, py - 7 - LINE},
            {px - 7 - width, py + 7}
        };
        double[] best = places[0];
        double least = Double.MAX_VALUE;
        for (double[] place : places) {
            double overlap = overlap(place[0], place[1], place[0] + width, place[1] + LINE);
            if (overlap < least) {
                least = overlap;
                best = place;
            }
        }
        taken.add(new double[] {best[0], best[1], best[0] + width, best[1] + LINE});
        add("<text class=name x=" + n(best[0]) + " y=" + n(best[1] + 11) + ">" + Markup.escape(name) + "</text>");
    }

    private double overlap(double left, double top, double right, double bottom) {
        double sum = 0;
        for (double[] t : taken) {
            double w = Math.min(right, t[2]) - Math.max(left, t[0]);
            double h = Math.min(bottom, t[3]) - Math.max(top, t[1]);
            sum += w > 0 && h > 0 ? w * h : 0;
        }
        double outside = Math.max(0, right - x.end() - 30) + Math.max(0, x.start() - left);
        return sum + LINE * outside;
    }

    /** The picture, {@code width} by {@code height} pixels and as wide as the page allows. */
    public String svg(int width, int height, String description) {
        return "<svg viewBox=\"0 0 " + width + " " + height + "\" role=img aria-label=\"" + Markup.escape(description)
                + "\">\n" + svg + "</svg>\n";
    }
}
