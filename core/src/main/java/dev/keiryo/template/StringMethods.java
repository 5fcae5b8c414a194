package dev.keiryo.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's strings. */
final class StringMethods {
    private final String s;
    private final Budget budget;

    private StringMethods(String s, Budget budget) {
        this.s = s;
        this.budget = budget;
    }

    /** The method of that name, or null where strings have none. */
    static @Nullable Callable find(String s, String name, Budget budget) {
        StringMethods m = new StringMethods(s, budget);
        return switch (name) {
            case "strip" -> a -> m.strip(a, name, true, true);
            case "lstrip" -> a -> m.strip(a, name, true, false);
            case "rstrip" -> a -> m.strip(a, name, false, true);
            case "split" -> a -> m.split(a, name, false);
            case "rsplit" -> a -> m.split(a, name, true);
            case "splitlines" -> m::splitlines;
            case "partition" -> a -> m.partition(a, name, false);
            case "rpartition" -> a -> m.partition(a, name, true);
            case "startswith" -> a -> m.affix(a, name, true);
            case "endswith" -> a -> m.affix(a, name, false);
            case "removeprefix" -> m::removeprefix;
            case "removesuffix" -> m::removesuffix;
            case "replace" -> m::replace;
            case "join" -> m::join;
            case "format" -> a -> BraceFormat.format(s, a, budget);
            case "format_map" -> m::formatMap;
            case "find", "index", "rfind", "rindex" -> a -> m.find(a, name);
            case "count" -> m::count;
            case "upper" -> a -> m.changed(a, name, Text.upper(s));
            case "lower" -> a -> m.changed(a, name, Text.lower(s));
            case "casefold" -> a -> m.changed(a, name, Text.lower(Text.upper(s)));
            case "capitalize" -> a -> m.changed(a, name, Text.capitalize(s));
            case "title" -> a -> m.changed(a, name, Text.title(s));
            case "swapcase" -> a -> m.changed(a, name, m.swapcase());
            case "center", "ljust", "rjust" -> a -> m.justify(a, name);
            case "zfill" -> m::zfill;
            case "expandtabs" -> m::expandtabs;
            case "isdigit" -> a -> m.all(a, name, Character::isDigit);
            case "isdecimal" -> a -> m.all(a, name, Character::isDigit);
            case "isnumeric" -> a -> m.all(a, name, StringMethods::isNumeric);
            case "isalpha" -> a -> m.all(a, name, Character::isLetter);
            case "isalnum" -> a -> m.all(a, name, c -> Character.isLetter(c) || isNumeric(c));
            case "isspace" -> a -> m.all(a, name, Text::isSpace);
            case "isprintable" -> a -> s.isEmpty() || (boolean) m.all(a, name, Representation::isPrintable);
            case "isascii" -> a -> s.isEmpty() || (boolean) m.all(a, name, c -> c < 0x80);
            case "isidentifier" -> a -> m.isIdentifier();
            case "islower" -> a -> isLower(s);
            case "isupper" -> a -> isUpper(s);
            case "istitle" ->
                a -> s.codePoints().anyMatch(Text::isCased) && Text.title(s).equals(s);
            case "encode", "translate", "maketrans" ->
                a -> {
                    throw TemplateFailure.runtime("str." + name + " is not supported");
                };
            default -> null;
        };
    }

    private static boolean isNumeric(int c) {
        int type = Character.getType(c);
        return type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.LETTER_NUMBER
                || type == Character.OTHER_NUMBER;
    }

    static boolean isLower(String s) {
        return s.codePoints().anyMatch(Character::isLowerCase)
                && s.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
    }

    static boolean isUpper(String s) {
        return s.codePoints().anyMatch(Character::isUpperCase)
                && s.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
    }

    private boolean isIdentifier() {
        return !s.isEmpty()
                && (Character.isUnicodeIdentifierStart(s.codePointAt(0)) || s.charAt(0) == '_')
                && s.codePoints().allMatch(c -> c == '_' || Character.isUnicodeIdentifierPart(c));
    }

    private Object all(Arguments arguments, String name, IntPredicate test) {
        arguments.bind(name);
        budget.steps(s.length() >> 3);
        return !s.isEmpty() && s.codePoints().allMatch(test);
    }

    private Object changed(Arguments arguments, String name, String result) {
        arguments.bind(name);
        budget.allocate(result.length());
        return result;
    }

    private String string(Object v, String what) {
        if (!Values.isString(v)) {
            throw TemplateFailure.type(what + " must be str, not " + Values.typeName(v));
        }
        return v.toString();
    }

    private Object strip(Arguments arguments, String name, boolean left, boolean right) {
        Object chars = arguments.bind(name, "=chars?")[0];
        budget.allocate(s.length());
        return chars == null || chars == None.NONE
                ? Text.strip(s, left, right)
                : Text.strip(s, string(chars, name + " arg"), left, right);
    }

    private Object split(Arguments arguments, String name, boolean fromRight) {
        @Nullable Object[] given = arguments.bind(name, "sep?", "maxsplit?");
        int most = given[1] == null ? -1 : Values.count(given[1]);
        budget.allocate(2L * s.length());
        if (given[0] == null || given[0] == None.NONE) {
            return fromRight ? Text.wordsFromRight(s, most) : Text.words(s, most);
        }
        String separator = separator(given[0]);
        return fromRight ? Text.splitFromRight(s, separator, most) : Text.split(s, separator, most);
    }

    private String separator(@Nullable Object given) {
        String separator = string(given == null ? None.NONE : given, "separator");
        if (separator.isEmpty()) {
            throw TemplateFailure.value("empty separator");
        }
        return separator;
    }

    private Object splitlines(Arguments arguments) {
        Object keep = arguments.bind("splitlines", "keepends?")[0];
        budget.allocate(2L * s.length());
        return Text.lines(s, keep != null && Values.truth(keep));
    }

    private Object partition(Arguments arguments, String name, boolean last) {
        String separator = separator(arguments.bind(name, "=sep")[0]);
        budget.allocate(s.length());
        int at = last ? s.lastIndexOf(separator) : s.indexOf(separator);
        if (at < 0) {
            return last ? Tuple.of("", "", s) : Tuple.of(s, "", "");
        }
        return Tuple.of(s.substring(0, at), separator, s.substring(at + separator.length()));
    }

    private Object affix(Arguments arguments, String name, boolean prefix) {
        @Nullable Object[] given = arguments.bind(name, "=prefix", "=start?", "=end?");
        String text = given[1] == null && given[2] == null ? s : window(given[1], given[2]);
        Object affix = given[0];
        for (Object one : affix instanceof Tuple several ? several : List.of(affix == null ? None.NONE : affix)) {
            if (!Values.isString(one)) {
                throw TemplateFailure.type(
                        name + " first arg must be str or a tuple of str, not " + Values.typeName(one));
            }
            if (prefix ? text.startsWith(one.toString()) : text.endsWith(one.toString())) {
                return true;
            }
        }
        return false;
    }

    private String window(@Nullable Object from, @Nullable Object to) {
        return (String) Slices.slice(s, from, to, null, budget);
    }

    private Object removeprefix(Arguments arguments) {
        String prefix = string(nonNull(arguments.bind("removeprefix", "=prefix")[0]), "removeprefix() argument");
        budget.allocate(s.length());
        return s.startsWith(prefix) ? s.substring(prefix.length()) : s;
    }

    private Object removesuffix(Arguments arguments) {
        String suffix = string(nonNull(arguments.bind("removesuffix", "=suffix")[0]), "removesuffix() argument");
        budget.allocate(s.length());
        return s.endsWith(suffix) ? s.substring(0, s.length() - suffix.length()) : s;
    }

    private static Object nonNull(@Nullable Object v) {
        return v == null ? None.NONE : v;
    }

    private Object replace(Arguments arguments) {
        @Nullable Object[] given = arguments.bind("replace", "=old", "=new", "=count?");
        return replace(
                s,
                string(nonNull(given[0]), "replace() argument 1"),
                string(nonNull(given[1]), "replace() argument 2"),
                given[2] == null ? -1 : Values.count(given[2]),
                budget);
    }

    static String replace(String s, String old, String by, int most, Budget budget) {
        StringBuilder out = new StringBuilder();
        int done = 0;
        int from = 0;
        budget.allocate(s.length());
        for (int at = s.indexOf(old); at >= 0 && (most < 0 || done < most); done++) {
            budget.allocate(by.length() + 1L);
            out.append(s, from, at).append(by);
            from = at + old.length();
            if (old.isEmpty()) {
                if (at == s.length()) {
                    return out.toString();
                }
                int next = s.offsetByCodePoints(at, 1);
                out.append(s, at, next);
                from = next;
                at = next;
            } else {
                at = s.indexOf(old, from);
            }
        }
        return out.append(s, Math.min(from, s.length()), s.length()).toString();
    }

    private Object join(Arguments arguments) {
        Object items = nonNull(arguments.bind("join", "=iterable")[0]);
        StringBuilder out = new StringBuilder();
        int n = 0;
        for (var each = Values.iterate(items); each.hasNext(); n++) {
            Object item = each.next();
            if (!Values.isString(item)) {
                throw TemplateFailure.type(
                        "sequence item " + n + ": expected str instance, " + Values.typeName(item) + " found");
            }
            budget.allocate(item.toString().length() + (long) s.length());
            out.append(n == 0 ? "" : s).append(item);
        }
        return out.toString();
    }

    private Object formatMap(Arguments arguments) {
        if (!(arguments.bind("format_map", "=mapping")[0] instanceof Dict dict)) {
            throw TemplateFailure.type("format_map() expects a mapping");
        }
        var named = new LinkedHashMap<String, Object>();
        dict.entries().forEach(e -> named.put(e.key().toString(), e.value()));
        return BraceFormat.format(s, new Arguments(List.of(), named), budget);
    }

    private Object find(Arguments arguments, String name) {
        @Nullable Object[] given = arguments.bind(name, "=sub", "=start?", "=end?");
        String sub = string(nonNull(given[0]), name + "() argument 1");
        int length = Text.length(s);
        long from = given[1] == null || given[1] == None.NONE ? 0 : Values.count(given[1]);
        from = Math.clamp(from < 0 ? from + length : from, 0, Integer.MAX_VALUE);
        String text = window(given[1], given[2]);
        budget.steps(s.length() >> 3);
        int at = name.startsWith("r") ? text.lastIndexOf(sub) : text.indexOf(sub);
        if (at >= 0 && from <= length) {
            return text.codePointCount(0, at) + from;
        }
        if (name.endsWith("index")) {
            throw TemplateFailure.value("substring not found");
        }
        return -1L;
    }

    private Object count(Arguments arguments) {
        @Nullable Object[] given = arguments.bind("count", "=sub", "=start?", "=end?");
        String sub = string(nonNull(given[0]), "count() argument 1");
        String text = window(given[1], given[2]);
        budget.steps(s.length() >> 2);
        if (sub.isEmpty()) {
            return Text.length(text) + 1L;
        }
        return Text.split(text, sub, -1).size() - 1L;
    }

    private String swapcase() {
        StringBuilder out = new StringBuilder();
        s.codePoints()
                .mapToObj(c -> Character.isUpperCase(c)
                        ? Text.lower(Character.toString(c))
                        : Text.upper(Character.toString(c)))
                .forEach(out::append);
        return out.toString();
    }

    private Object justify(Arguments arguments, String name) {
        @Nullable Object[] given = arguments.bind(name, "=width", "=fillchar?");
        String fill = given[1] == null ? " " : string(given[1], "the fill character");
        if (Text.length(fill) != 1) {
            throw TemplateFailure.type("The fill character must be exactly one character long");
        }
        return justify(s, Values.count(nonNull(given[0])), fill, name, budget);
    }

    static String justify(String s, int width, String fill, String name, Budget budget) {
        int length = Text.length(s);
        int room = Math.max(0, width - length);
        budget.allocate((long) room + s.length());
        int left = switch (name) {
            case "ljust" -> 0;
            case "rjust" -> room;
            // CPython's rule for where the odd one goes
            default -> room / 2 + (room & width & 1);
        };
        return fill.repeat(left) + s + fill.repeat(room - left);
    }

    private Object zfill(Arguments arguments) {
        int width = Values.count(nonNull(arguments.bind("zfill", "=width")[0]));
        int room = Math.max(0, width - Text.length(s));
        budget.allocate((long) room + s.length());
        boolean signed = s.startsWith("+") || s.startsWith("-");
        return (signed ? s.substring(0, 1) : "") + "0".repeat(room) + (signed ? s.substring(1) : s);
    }

    private Object expandtabs(Arguments arguments) {
        Object given = arguments.bind("expandtabs", "tabsize?")[0];
        int size = given == null ? 8 : Values.count(given);
        StringBuilder out = new StringBuilder();
        int column = 0;
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            int spaces = c != '\t' ? 0 : size > 0 ? size - column % size : 0;
            budget.allocate(spaces + 1L);
            if (c == '\t') {
                out.repeat(" ", spaces);
                column += spaces;
            } else {
                out.append(c);
                column = c == '\n' || c == '\r' ? 0 : Character.isLowSurrogate(c) ? column : column + 1;
            }
        }
        return out.toString();
    }
}
