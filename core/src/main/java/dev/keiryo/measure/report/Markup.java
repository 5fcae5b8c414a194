package dev.keiryo.measure.report;

/** Text of HTML and SVG. */
final class Markup {
    private Markup() {}

    static String escape(String plain) {
        return plain.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** English that Japanese readers' browsers replace: the page's script does. */
    static String both(String english, String japanese) {
        return "<span" + japanese(japanese) + ">" + escape(english) + "</span>";
    }

    /** The attribute that holds the Japanese for an element's text. */
    static String japanese(String japanese) {
        return " data-ja=\"" + escape(japanese) + "\"";
    }
}
