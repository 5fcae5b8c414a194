package dev.keiryo.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Filters of HTML. */
final class MarkupFilters {
    private static final Pattern ENTITY = Pattern.compile("&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-z]{2,6});?");
    private static final Map<String, String> ENTITIES = Map.of(
            "amp", "&", "lt", "<", "gt", ">", "quot", "\"", "apos", "'", "nbsp", "\u00a0", "copy", "©", "reg", "®");

    private MarkupFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("e", (v, a, r) -> escape(v, r.budget()));
        all.put("escape", (v, a, r) -> escape(v, r.budget()));
        all.put("forceescape", (v, a, r) -> escaped(Representation.str(v, r.budget()), r.budget()));
        all.put("safe", (v, a, r) -> new Markup(Representation.str(v, r.budget())));
        all.put("striptags", (v, a, r) -> strip(Representation.str(v, r.budget()), r.budget()));
        all.put("xmlattr", MarkupFilters::attributes);
    }

    private static Markup escape(Object v, Budget budget) {
        return v instanceof Markup m ? m : escaped(Representation.str(v, budget), budget);
    }

    private static Markup escaped(String s, Budget budget) {
        budget.allocate(5L * s.length());
        return Markup.escape(s);
    }

    private static Object attributes(Object v, Arguments arguments, Renderer renderer) {
        Object space = Filters.or(arguments.bind("xmlattr", "autospace?")[0], true);
        if (!(v instanceof Dict dict)) {
            throw TemplateFailure.runtime(
                    Representation.quoted(Values.typeName(v)) + " object has no attribute 'items'");
        }
        List<String> items = new ArrayList<>();
        for (Dict.Entry e : dict.entries()) {
            if (e.value() == None.NONE || e.value() instanceof Undefined) {
                continue;
            }
            String key = Representation.str(e.key(), renderer.budget());
            if (key.chars().anyMatch(c -> " \t\n\r\f\u000b/>=".indexOf(c) >= 0)) {
                throw TemplateFailure.value("Invalid character in attribute name: " + Representation.quoted(key));
            }
            items.add(escape(key, renderer.budget()) + "=\"" + escape(e.value(), renderer.budget()) + "\"");
        }
        String text = String.join(" ", items);
        return Values.truth(space) && !text.isEmpty() ? " " + text : text;
    }

    private static String strip(String s, Budget budget) {
        budget.allocate(2L * s.length());
        String text = without(without(s, "<!--", "-->"), "<", ">");
        StringBuilder joined = new StringBuilder();
        for (Object word : Text.words(text, -1)) {
            joined.append(joined.isEmpty() ? "" : " ").append(word);
        }
        return ENTITY.matcher(joined).replaceAll(m -> Matcher.quoteReplacement(entity(m.group(1), m.group())));
    }

    private static String without(String s, String open, String close) {
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (int at = s.indexOf(open); at >= 0; at = s.indexOf(open, from)) {
            int end = s.indexOf(close, at + open.length());
            if (end < 0) {
                break;
            }
            out.append(s, from, at);
            from = end + close.length();
        }
        return out.append(s, from, s.length()).toString();
    }

    private static String entity(String name, String whole) {
        if (name.charAt(0) != '#') {
            return ENTITIES.getOrDefault(name, whole);
        }
        boolean hexadecimal = Character.toLowerCase(name.charAt(1)) == 'x';
        int c = hexadecimal ? Integer.parseInt(name.substring(2), 16) : Integer.parseInt(name.substring(1));
        return c > 0 && c <= Character.MAX_CODE_POINT ? Character.toString(c) : "\ufffd";
    }
}
