package dev.keiryo.measure.report;

import static dev.keiryo.measure.report.Markup.both;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A page of HTML with a title, text and pictures, in English, or in Japanese where the browser asks for it. Nothing is loaded from
 * anywhere.
 */
public final class Page {
    private final StringBuilder html = new StringBuilder();

    /** A page with its heading. */
    public Page(String title, String english, String japanese) throws IOException {
        html.append("<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n")
                .append("<meta name=viewport content=\"width=device-width, initial-scale=1\">\n<title>")
                .append(Markup.escape(title))
                .append("</title>\n<style>\n")
                .append(resource("page.css"))
                .append("</style>\n</head>\n<body>\n<main>\n<h1>")
                .append(both(english, japanese))
                .append("</h1>\n");
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Page.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** As it is. */
    Page add(String markup) {
        html.append(markup);
        return this;
    }

    public Page paragraph(String english, String japanese) {
        return add("<p>" + both(english, japanese) + "</p>\n");
    }

    public Page heading(String english, String japanese) {
        return add("<h2>" + both(english, japanese) + "</h2>\n");
    }

    /** A text of somebody else's with a heading. */
    public Page quote(String english, String japanese, String text) {
        return add("<blockquote><h3>" + both(english, japanese) + "</h3>" + Markup.escape(text) + "</blockquote>\n");
    }

    /** A text whose lines stay as they are. */
    public Page preformatted(String text) {
        return add("<blockquote><code>" + Markup.escape(text.strip()) + "</code></blockquote>\n");
    }

    /** A picture with a heading above and how to read it below; nothing where {@code plot} is empty. */
    public Page figure(String title, String japaneseTitle, String plot, String caption, String japaneseCaption) {
        return plot.isEmpty()
                ? this
                : add("<h2>" + both(title, japaneseTitle) + "</h2>\n<figure>\n" + plot + "<figcaption>"
                        + both(caption, japaneseCaption) + "</figcaption>\n</figure>\n");
    }

    /** The page's text; nothing may be added from then on. */
    public String end() throws IOException {
        html.append("</main>\n<script>\n").append(resource("page.js")).append("</script>\n</body>\n</html>\n");
        return html.toString();
    }
}
