package dev.keiryo.train;

import java.util.List;
import java.util.Locale;

/** A picture of how experts are used: a row for each layer, a cell for each expert, the darker the more tokens it gets. */
final class ExpertMap {
    private static final int WIDTH = 820;
    private static final int LEFT = 70;
    private static final int ROW = 26;
    /** Times its even share at which a cell is darkest. */
    private static final double MOST = 3;
    /** Cells narrower than this have no numbers. */
    private static final double ROOM = 34;

    private ExpertMap() {}

    /** @param layers each expert's share of a layer's tokens */
    static String svg(List<List<Double>> layers) {
        StringBuilder svg = new StringBuilder();
        int height = ROW * layers.size() + 30;
        svg.append("<svg viewBox=\"0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(height)
                .append("\" role=img aria-label=\"")
                .append("share of tokens by layer and expert\">\n");
        for (int l = 0; l < layers.size(); l++) {
            List<Double> shares = layers.get(l);
            double width = (WIDTH - LEFT - 10.0) / shares.size();
            int y = ROW * l;
            svg.append("<text x=0 y=")
                    .append(y + 17)
                    .append(" data-ja=\"層 ")
                    .append(l)
                    .append("\">layer ")
                    .append(l)
                    .append("</text>\n");
            for (int e = 0; e < shares.size(); e++) {
                double share = shares.get(e);
                double times = share * shares.size();
                svg.append(String.format(
                        Locale.ROOT,
                        "<rect class=c1 fill=currentColor fill-opacity=%.3f x=%.1f y=%d width=%.1f height=%d><title>layer %d, expert %d: %.1f %%</title></rect>%n",
                        0.04 + 0.76 * Math.min(1, times / MOST),
                        LEFT + e * width,
                        y,
                        width - 2,
                        ROW - 2,
                        l,
                        e,
                        100 * share));
                if (width >= ROOM) {
                    svg.append(String.format(
                            Locale.ROOT,
                            "<text class=name text-anchor=middle x=%.1f y=%d>%.1f</text>%n",
                            LEFT + e * width + width / 2 - 1,
                            y + 17,
                            100 * share));
                }
            }
        }
        return svg.append("</svg>\n").toString();
    }
}
