package dev.keiryo.template;

/**
 * {@code [[fill]align][sign][#][0][width][grouping][.precision][type]}; characters that are not given are 0, numbers -1.
 *
 * @param sign of what is not negative: {@code -} for none
 */
record FormatSpec(int fill, char align, char sign, boolean alternate, int width, char group, int precision, char type) {
    static FormatSpec parse(String s) {
        int at = 0;
        int fill = ' ';
        char align = 0;
        int first = s.codePointAt(0);
        int second = Character.charCount(first);
        if (second < s.length() && isAlign(s.charAt(second))) {
            fill = first;
            align = s.charAt(second);
            at = second + 1;
        } else if (isAlign(s.charAt(0))) {
            align = s.charAt(0);
            at = 1;
        }
        char sign = '-';
        if (at < s.length() && "+- ".indexOf(s.charAt(at)) >= 0) {
            sign = s.charAt(at++);
        }
        boolean alternate = at < s.length() && s.charAt(at) == '#';
        at += alternate ? 1 : 0;
        if (at < s.length() && s.charAt(at) == '0' && align == 0) {
            fill = '0';
            align = '=';
            at++;
        }
        int widthEnd = digits(s, at);
        int width = number(s, at, widthEnd);
        at = widthEnd;
        char group = 0;
        if (at < s.length() && (s.charAt(at) == ',' || s.charAt(at) == '_')) {
            group = s.charAt(at++);
        }
        int precision = -1;
        if (at < s.length() && s.charAt(at) == '.') {
            int end = digits(s, at + 1);
            precision = number(s, at + 1, end);
            if (precision < 0) {
                throw TemplateFailure.value("Format specifier missing precision");
            }
            at = end;
        }
        char type = at < s.length() ? s.charAt(at++) : 0;
        if (at < s.length()) {
            throw TemplateFailure.value("Invalid format specifier");
        }
        return new FormatSpec(fill, align, sign, alternate, width, group, precision, type);
    }

    private static boolean isAlign(char c) {
        return c == '<' || c == '>' || c == '=' || c == '^';
    }

    private static int digits(String s, int from) {
        int end = from;
        while (end < s.length() && s.charAt(end) >= '0' && s.charAt(end) <= '9') {
            end++;
        }
        return end;
    }

    private static int number(String s, int from, int to) {
        if (from == to) {
            return -1;
        }
        return to - from > 9 ? Integer.MAX_VALUE : Integer.parseInt(s.substring(from, to));
    }
}
