package dev.keiryo.template;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Filters of strings. */
final class TextFilters {
    private TextFilters() {}

    static void register(Map<String, Filters.Filter> all) {
        all.put("string", (v, a, r) -> v instanceof Markup ? v : text(v, r));
        all.put("upper", (v, a, r) -> Text.upper(text(v, r)));
        all.put("lower", (v, a, r) -> Text.lower(text(v, r)));
        all.put("capitalize", (v, a, r) -> Text.capitalize(text(v, r)));
        all.put("title", (v, a, r) -> title(text(v, r)));
        all.put("trim", TextFilters::trim);
        all.put("replace", TextFilters::replace);
        all.put("indent", TextFilters::indent);
        all.put("center", TextFilters::center);
        all.put("truncate", TextFilters::truncate);
        all.put("format", TextFilters::format);
        all.put("wordcount", (v, a, r) -> words(text(v, r)));
        all.put("wordwrap", TextFilters::wordWrap);
        all.put("urlencode", TextFilters::urlEncode);
        all.put("pprint", (v, a, r) -> PrettyPrint.format(v, r.budget()));
    }

    /** {@code soft_str(v)}. */
    private static String text(Object v, Renderer renderer) {
        String text = Representation.str(v, renderer.budget());
        renderer.budget().allocate(text.length());
        return text;
    }

    /** A string, or the failure of Python's {@code len()} or {@code +}. */
    private static String string(Object v) {
        if (v instanceof Undefined u) {
            throw u.failure();
        }
        if (!Values.isString(v)) {
            throw TemplateFailure.type("expected str, got " + Values.typeName(v));
        }
        return v.toString();
    }

    private static Object title(String s) {
        StringBuilder out = new StringBuilder(s.length());
        boolean inWord = false;
        boolean inBreak = false;
        for (int i = 0; i < s.length(); ) {
            int c = s.codePointAt(i);
            i += Character.charCount(c);
            boolean breaks = Text.isSpace(c) || "-({[<".indexOf(c) >= 0;
            boolean begins = breaks ? !inBreak : !inWord;
            String one = Character.toString(c);
            out.append(begins ? Text.upper(one) : Text.lower(one));
            inWord = !breaks;
            inBreak = breaks;
        }
        return out.toString();
    }

    private static Object trim(Object v, Arguments arguments, Renderer renderer) {
        Object chars = arguments.bind("trim", "chars?")[0];
        String s = text(v, renderer);
        return Filters.isNone(chars)
                ? Text.strip(s, true, true)
                : Text.strip(s, string(Filters.or(chars, "")), true, true);
    }

    private static Object replace(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("replace", "old", "new", "count?");
        return StringMethods.replace(
                text(v, renderer),
                text(Filters.or(a[0], ""), renderer),
                text(Filters.or(a[1], ""), renderer),
                Filters.isNone(a[2]) ? -1 : Values.count(Filters.or(a[2], -1L)),
                renderer.budget());
    }

    private static Object indent(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("indent", "width?", "first?", "blank?");
        Budget budget = renderer.budget();
        Object width = Filters.or(a[0], 4L);
        String indention =
                Values.isString(width) ? width.toString() : (String) Arithmetic.binary("*", " ", width, budget);
        String text = Arithmetic.binary("+", v, "\n", budget).toString();
        List<Object> lines = Text.lines(text, false);
        StringBuilder out = new StringBuilder(Filters.flag(a[1]) ? indention : "");
        boolean first = true;
        for (Object line : lines) {
            String s = line.toString();
            budget.allocate(s.length() + indention.length() + 1L);
            if (!first) {
                out.append('\n').append(Filters.flag(a[2]) || !s.isEmpty() ? indention : "");
            }
            out.append(s);
            first = false;
        }
        return out.toString();
    }

    private static Object center(Object v, Arguments arguments, Renderer renderer) {
        int width = Values.count(Filters.or(arguments.bind("center", "width?")[0], 80L));
        return StringMethods.justify(text(v, renderer), width, " ", "center", renderer.budget());
    }

    private static Object truncate(Object v, Arguments arguments, Renderer renderer) {
        @Nullable Object[] a = arguments.bind("truncate", "length?", "killwords?", "end?", "leeway?");
        int length = Values.count(Filters.or(a[0], 255L));
        String end = Filters.or(a[2], "...").toString();
        int leeway = Filters.isNone(a[3]) ? 5 : Values.count(Filters.or(a[3], 5L));
        int endLength = Text.length(end);
        if (length < endLength) {
            throw TemplateFailure.runtime("expected length >= " + endLength + ", got " + length);
        }
        if (leeway < 0) {
            throw TemplateFailure.runtime("expected leeway >= 0, got " + leeway);
        }
        if (Values.length(v) <= (long) length + leeway) {
            return v;
        }
        String s = string(v);
        String cut = Text.slice(s, 0, length - endLength);
        if (!Filters.flag(a[1])) {
            int space = cut.lastIndexOf(' ');
            cut = space < 0 ? cut : cut.substring(0, space);
        }
        return cut + end;
    }

    private static Object format(Object v, Arguments arguments, Renderer renderer) {
        if (!arguments.positional().isEmpty() && !arguments.named().isEmpty()) {
            throw TemplateFailure.runtime("can't handle positional and keyword arguments at the same time");
        }
        Dict named = new Dict();
        arguments.named().forEach(named::put);
        Object values = named.size() > 0 ? named : Tuple.copyOf(arguments.positional());
        return PrintfFormat.format(text(v, renderer), values, renderer.budget());
    }

    private static Object words(String s) {
        long words = 0;
        boolean inWord = false;
        for (int i = 0; i < s.length(); ) {
            int c = s.codePointAt(i);
            i += Character.charCount(c);
            boolean word = c == '_'
                    || Character.isLetterOrDigit(c)
                    || Character.getType(c) == Character.LETTER_NUMBER
                    || Character.getType(c) == Character.OTHER_NUMBER;
            words += word && !inWord ? 1 : 0;
            inWord = word;
        }
        return words;
    }

    private static Object wordWrap(Object v, Arguments arguments, Renderer renderer) {
        @Nullable
        Object[] a = arguments.bind("wordwrap", "width?", "break_long_words?", "wrapstring?", "break_on_hyphens?");
        int width = Values.count(Filters.or(a[0], 79L));
        String between = Filters.isNone(a[2]) ? "\n" : string(Filters.or(a[2], "\n"));
        boolean breakLong = a[1] == null || Values.truth(a[1]);
        boolean hyphens = a[3] == null || Values.truth(a[3]);
        List<String> wrapped = new ArrayList<>();
        for (Object line : Text.lines(string(v), false)) {
            renderer.budget().allocate(line.toString().length() * 2L + between.length());
            wrapped.add(
                    String.join(between, WordWrap.wrap(line.toString(), width, breakLong, hyphens, renderer.budget())));
        }
        return String.join(between, wrapped);
    }

    private static Object urlEncode(Object v, Arguments arguments, Renderer renderer) {
        arguments.bind("urlencode");
        if (Values.isString(v) || !Values.isIterable(v)) {
            return quoted(text(v, renderer), "/", renderer.budget());
        }
        StringBuilder out = new StringBuilder();
        for (Iterator<Object> each = v instanceof Dict d ? d.items().iterator() : Values.iterate(v); each.hasNext(); ) {
            List<Object> pair = SequenceFilters.list(each.next(), renderer.budget());
            if (pair.size() != 2) {
                throw TemplateFailure.value("expected pairs of keys and values");
            }
            out.append(out.isEmpty() ? "" : "&")
                    .append(quoted(text(pair.get(0), renderer), "", renderer.budget())
                            .replace("%20", "+"))
                    .append('=')
                    .append(quoted(text(pair.get(1), renderer), "", renderer.budget())
                            .replace("%20", "+"));
        }
        return out.toString();
    }

    private static String quoted(String s, String safe, Budget budget) {
        byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
        budget.allocate(3L * bytes.length);
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) {
            char c = (char) (b & 0xff);
            boolean kept = (c < 0x80 && Character.isLetterOrDigit(c)) || "_.-~".indexOf(c) >= 0 || safe.indexOf(c) >= 0;
            if (kept) {
                out.append(c);
            } else {
                out.append(String.format("%%%02X", (int) c));
            }
        }
        return out.toString();
    }
}
