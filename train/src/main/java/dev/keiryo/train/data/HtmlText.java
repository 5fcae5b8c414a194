package dev.keiryo.train.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeVisitor;

/**
 * The main text of web pages; other texts stay as they are. What is no text (scripts, forms, navigation, advertisements by their names) is left out; the rest
 * is cut into blocks, and a block is kept by its number of words, its share of words in links, and those of the blocks before and behind it: the decision tree
 * of Kohlschütter, Fankhauser and Nejdl, Boilerplate Detection using Shallow Text Features (2010), algorithm 2. Where a script has no spaces, two characters count as a word.
 */
public record HtmlText() implements Edit {
    private static final Pattern PAGE = Pattern.compile(
            "<(?:!doctype\\s+html|html|body|head|div|article|section|table|p|span|script|ul)(?:\\s[^<>]{0,2000})?>",
            Pattern.CASE_INSENSITIVE);
    private static final Set<String> NO_TEXT = Set.of(
            "head",
            "script",
            "style",
            "noscript",
            "template",
            "iframe",
            "object",
            "embed",
            "svg",
            "canvas",
            "form",
            "button",
            "select",
            "textarea",
            "input",
            "nav",
            "aside",
            "footer",
            "menu",
            "dialog",
            "audio",
            "video",
            "map");
    private static final Set<String> INLINE = Set.of(
            "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
            "ins", "kbd", "label", "mark", "q", "rb", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub",
            "sup", "time", "tt", "u", "var", "wbr", "img");
    /** Readings of kanji would stand in the midst of words. */
    private static final Set<String> READINGS = Set.of("rt", "rp");

    private static final Set<String> NAMED = Set.of(
            "ad",
            "ads",
            "adv",
            "advert",
            "adverts",
            "advertisement",
            "advertising",
            "adsense",
            "adsbygoogle",
            "adbox",
            "banner",
            "sponsor",
            "sponsored",
            "promo",
            "promotion",
            "cookie",
            "cookies",
            "gdpr",
            "newsletter",
            "popup",
            "sharing",
            "social",
            "breadcrumb",
            "breadcrumbs",
            "sidebar",
            "navbar",
            "navigation",
            "taboola",
            "outbrain");
    private static final Pattern NAMES = Pattern.compile("[^a-z]+");
    private static final int NAME = 1000;

    @Override
    public String name() {
        return "html";
    }

    @Override
    public String edit(String text) {
        if (text.indexOf('<') < 0 || !PAGE.matcher(text).find()) {
            return text;
        }
        Document page = Jsoup.parse(text);
        Blocks blocks = new Blocks();
        page.traverse(blocks);
        blocks.end();
        return text(blocks.all);
    }

    /** The blocks worth keeping. */
    private static String text(List<Block> blocks) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < blocks.size(); i++) {
            Block before = i == 0 ? Block.NONE : blocks.get(i - 1);
            Block after = i + 1 == blocks.size() ? Block.NONE : blocks.get(i + 1);
            if (isContent(before, blocks.get(i), after)) {
                text.append(text.isEmpty() ? "" : "\n\n").append(blocks.get(i).text);
            }
        }
        return text.toString();
    }

    private static boolean isContent(Block before, Block block, Block after) {
        if (block.linkDensity() > 1.0 / 3) {
            return false;
        }
        if (before.linkDensity() <= 5.0 / 9) {
            return block.words > 16 || after.words > 15 || before.words > 4;
        }
        return block.words > 40 || after.words > 17;
    }

    private static boolean isPassedOver(Element element) {
        if (NO_TEXT.contains(element.normalName()) || READINGS.contains(element.normalName())) {
            return true;
        }
        if (element.hasAttr("hidden") || element.attr("aria-hidden").equals("true")) {
            return true;
        }
        String role = element.attr("role");
        if (role.equals("navigation") || role.equals("banner") || role.equals("complementary")) {
            return true;
        }
        return !element.normalName().equals("body")
                && !element.normalName().equals("html")
                && (isNamed(element.className()) || isNamed(element.id()));
    }

    private static boolean isNamed(String names) {
        if (names.isEmpty() || names.length() > NAME) {
            return false;
        }
        for (String name : NAMES.split(names.toLowerCase(Locale.ROOT), -1)) {
            if (NAMED.contains(name)) {
                return true;
            }
        }
        return false;
    }

    /** A stretch of text without a break. */
    private record Block(String text, int words, int linked) {
        static final Block NONE = new Block("", 0, 0);

        double linkDensity() {
            return words == 0 ? 0 : (double) linked / words;
        }
    }

    /** Cuts a page into blocks as it is walked through. */
    private static final class Blocks implements NodeVisitor {
        private final List<Block> all = new ArrayList<>();
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder linked = new StringBuilder();
        private int passedOver;
        private int links;
        private int preformatted;

        @Override
        public void head(Node node, int depth) {
            if (node instanceof TextNode words) {
                if (passedOver == 0) {
                    add(words.getWholeText());
                }
            } else if (node instanceof Element element) {
                String name = element.normalName();
                passedOver += isPassedOver(element) ? 1 : 0;
                links += name.equals("a") ? 1 : 0;
                preformatted += name.equals("pre") ? 1 : 0;
                if (name.equals("br") && passedOver == 0) {
                    space('\n');
                } else if (!INLINE.contains(name) && !READINGS.contains(name)) {
                    end();
                }
            }
        }

        @Override
        public void tail(Node node, int depth) {
            if (node instanceof Element element) {
                String name = element.normalName();
                if (!INLINE.contains(name) && !READINGS.contains(name) && !name.equals("br")) {
                    end();
                }
                passedOver -= isPassedOver(element) ? 1 : 0;
                links -= name.equals("a") ? 1 : 0;
                preformatted -= name.equals("pre") ? 1 : 0;
            }
        }

        private void add(String words) {
            for (int i = 0; i < words.length(); i++) {
                char c = words.charAt(i);
                if (c == 0xa0 || c > ' ' || preformatted > 0) {
                    text.append(c);
                    if (links > 0) {
                        linked.append(c);
                    }
                } else {
                    space(' ');
                }
            }
        }

        private void space(char c) {
            if (!text.isEmpty() && text.charAt(text.length() - 1) == ' ') {
                text.setLength(text.length() - 1);
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
                text.append(c);
            }
            linked.append(' ');
        }

        void end() {
            String block = text.toString().strip();
            if (!block.isEmpty()) {
                all.add(new Block(block, count(block), count(linked.toString())));
            }
            text.setLength(0);
            linked.setLength(0);
        }

        private static int count(String text) {
            Words words = new Words(text);
            int count = 0;
            int unspaced = 0;
            for (int w = 0; w < words.count(); w++) {
                if (Words.kind(text.codePointAt(words.from(w))) == Words.Kind.LETTER) {
                    count++;
                } else {
                    unspaced += words.length(w);
                }
            }
            return count + (unspaced + 1) / 2;
        }
    }
}
