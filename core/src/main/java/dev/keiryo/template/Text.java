package dev.keiryo.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Strings as Python sees them: sequences of code points, with Python's notion of white space and of lines. */
final class Text {
    private Text() {}

    static int length(String s) {
        return s.codePointCount(0, s.length());
    }

    /** The code points from {@code from} to {@code to}, which are in range. */
    static String slice(String s, int from, int to) {
        int begin = s.offsetByCodePoints(0, from);
        return s.substring(begin, s.offsetByCodePoints(begin, to - from));
    }

    /** By code points. */
    static int compare(String a, String b) {
        int n = Math.min(a.length(), b.length());
        for (int i = 0; i < n; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                // surrogates stand for what is above all other characters
                boolean high = Character.isSurrogate(x);
                return high == Character.isSurrogate(y) ? Character.compare(x, y) : high ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    static boolean isSpace(int c) {
        return (c >= 0x09 && c <= 0x0d)
                || (c >= 0x1c && c <= 0x20)
                || c == 0x85
                || c == 0xa0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200a)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    static String strip(String s, boolean left, boolean right) {
        int from = 0;
        int to = s.length();
        while (left && from < to && isSpace(s.charAt(from))) {
            from++;
        }
        while (right && to > from && isSpace(s.charAt(to - 1))) {
            to--;
        }
        return s.substring(from, to);
    }

    /** Strips any of {@code chars}. */
    static String strip(String s, String chars, boolean left, boolean right) {
        int from = 0;
        int to = s.length();
        while (left && from < to && chars.indexOf(s.codePointAt(from)) >= 0) {
            from += Character.charCount(s.codePointAt(from));
        }
        while (right && to > from && chars.indexOf(s.codePointBefore(to)) >= 0) {
            to -= Character.charCount(s.codePointBefore(to));
        }
        return s.substring(from, to);
    }

    private static boolean endsLine(char c) {
        return (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    /** {@code str.splitlines(keep)}. */
    static List<Object> lines(String s, boolean keep) {
        List<Object> lines = new ArrayList<>();
        int from = 0;
        while (from < s.length()) {
            int end = from;
            while (end < s.length() && !endsLine(s.charAt(end))) {
                end++;
            }
            int next = end == s.length() ? end : s.startsWith("\r\n", end) ? end + 2 : end + 1;
            lines.add(s.substring(from, keep ? next : end));
            from = next;
        }
        return lines;
    }

    /** {@code str.split()} at runs of white space; {@code most} splits, or all where negative. */
    static List<Object> words(String s, int most) {
        List<Object> words = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < s.length() && isSpace(s.charAt(at))) {
                at++;
            }
            if (at == s.length()) {
                return words;
            }
            if (most >= 0 && words.size() >= most) {
                words.add(s.substring(at));
                return words;
            }
            int from = at;
            while (at < s.length() && !isSpace(s.charAt(at))) {
                at++;
            }
            words.add(s.substring(from, at));
        }
    }

    /** {@code str.rsplit()} at runs of white space. */
    static List<Object> wordsFromRight(String s, int most) {
        List<Object> words = new ArrayList<>();
        int at = s.length();
        while (true) {
            while (at > 0 && isSpace(s.charAt(at - 1))) {
                at--;
            }
            if (at == 0) {
                return new ArrayList<>(words.reversed());
            }
            if (most >= 0 && words.size() >= most) {
                words.add(s.substring(0, at));
                return new ArrayList<>(words.reversed());
            }
            int to = at;
            while (at > 0 && !isSpace(s.charAt(at - 1))) {
                at--;
            }
            words.add(s.substring(at, to));
        }
    }

    /** {@code str.split(separator, most)}. */
    static List<Object> split(String s, String separator, int most) {
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at = s.indexOf(separator); at >= 0 && (most < 0 || parts.size() < most); ) {
            parts.add(s.substring(from, at));
            from = at + separator.length();
            at = s.indexOf(separator, from);
        }
        parts.add(s.substring(from));
        return parts;
    }

    /** {@code str.rsplit(separator, most)}. */
    static List<Object> splitFromRight(String s, String separator, int most) {
        List<Object> parts = new ArrayList<>();
        int to = s.length();
        while (most < 0 || parts.size() < most) {
            int at = to < separator.length() ? -1 : s.lastIndexOf(separator, to - separator.length());
            if (at < 0) {
                break;
            }
            parts.add(s.substring(at + separator.length(), to));
            to = at;
        }
        parts.add(s.substring(0, to));
        return new ArrayList<>(parts.reversed());
    }

    static String capitalize(String s) {
        if (s.isEmpty()) {
            return s;
        }
        int first = Character.charCount(s.codePointAt(0));
        return titleCase(s.codePointAt(0)) + lower(s.substring(first));
    }

    /** {@code str.title()}: a letter after anything but a letter is a capital. */
    static String title(String s) {
        StringBuilder out = new StringBuilder(s.length());
        boolean inWord = false;
        for (int i = 0; i < s.length(); ) {
            int c = s.codePointAt(i);
            i += Character.charCount(c);
            out.append(inWord ? lower(Character.toString(c)) : titleCase(c));
            inWord = Character.isLetter(c) && isCased(c);
        }
        return out.toString();
    }

    static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    private static String titleCase(int c) {
        int title = Character.toTitleCase(c);
        return title != c ? Character.toString(title) : upper(Character.toString(c));
    }

    static String upper(String s) {
        return s.toUpperCase(Locale.ROOT);
    }

    static String lower(String s) {
        return s.toLowerCase(Locale.ROOT);
    }
}
