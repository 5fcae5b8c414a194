package dev.keiryo.train.data;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Digits with signs between them, as they stand in a text, and what they are: a machine's address, a card, an individual's number, a telephone number. */
final class NumberRun {
    /** Characters looked at: the longest telephone number with signs, or card in groups. */
    private static final int MOST = 32;

    private static final Pattern INTERNATIONAL =
            Pattern.compile("\\+\\d{1,3}(?:[ .-]?(?:\\(\\d{1,4}\\)|\\d{1,5})){2,5}");
    private static final Pattern JAPANESE = Pattern.compile(
            "0\\d{1,4}[- ]\\d{1,4}[- ]\\d{3,4}|\\(0\\d{1,4}\\)[- ]?\\d{1,4}-\\d{4}|0\\d{1,4}\\(\\d{1,4}\\)\\d{4}|0[5789]0\\d{8}|0120\\d{6}|0[1-9]\\d{8}");
    private static final Pattern NORTH_AMERICAN =
            Pattern.compile("(?:1[ .-])?(?:\\([2-9]\\d{2}\\)[ -]?|[2-9]\\d{2}[ .-])[2-9]\\d{2}[ .-]\\d{4}");
    private static final Pattern CARD =
            Pattern.compile("\\d{13,19}|\\d{4}([- ])\\d{4}\\1\\d{4}\\1\\d{1,7}|\\d{4}([- ])\\d{6}\\2\\d{4,5}");
    private static final Pattern MY_NUMBER = Pattern.compile("\\d{12}|\\d{4}([- ])\\d{4}\\1\\d{4}");

    private final String run;
    private final int from;
    private int end = -1;
    private String placeholder = "";

    NumberRun(String text, int from) {
        this.from = from;
        StringBuilder ascii = new StringBuilder(MOST);
        for (int i = from; i < text.length() && i - from < MOST; i++) {
            char c = sign(text.charAt(i));
            if (c == 0) {
                break;
            }
            ascii.append(c);
        }
        run = ascii.toString();
        classify(text);
    }

    /** The digit that {@code c} stands for in ASCII or full width, or -1. */
    static int digit(char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= '０' && c <= '９' ? c - '０' : -1;
    }

    private static char sign(char c) {
        int digit = digit(c);
        if (digit >= 0) {
            return (char) ('0' + digit);
        }
        return switch (c) {
            case '-', '‐', '‑', '‒', '–', '—', '−', '－', 'ー' -> '-';
            case ' ', '　', 0xa0 -> ' ';
            case '.', '．' -> '.';
            case '(', '（' -> '(';
            case ')', '）' -> ')';
            case '+', '＋' -> '+';
            default -> 0;
        };
    }

    private void classify(String text) {
        int ip = Addresses.ipv4(run, 0);
        if (ip > 0) {
            is("<IP>", ip, text);
        }
        if (end < 0) {
            int card = matched(CARD);
            String digits = digits(card);
            if (card > 0 && isIssued(digits) && CheckDigits.luhn(digits)) {
                is("<CARD>", card, text);
            }
        }
        if (end < 0) {
            int number = matched(MY_NUMBER);
            if (number > 0 && CheckDigits.myNumber(digits(number))) {
                is("<MY_NUMBER>", number, text);
            }
        }
        if (end < 0) {
            phone(text);
        }
    }

    private void phone(String text) {
        int phone = matched(INTERNATIONAL);
        int digits = digits(phone).length();
        if (phone > 0 && digits >= 8 && digits <= 15) {
            is("<PHONE>", phone, text);
            return;
        }
        phone = matched(JAPANESE);
        digits = digits(phone).length();
        if (phone > 0 && (digits == 10 || digits == 11)) {
            is("<PHONE>", phone, text);
            return;
        }
        phone = matched(NORTH_AMERICAN);
        if (phone > 0) {
            is("<PHONE>", phone, text);
        }
    }

    /** Issuers' numbers begin with 2 to 6; 2 to 6 is banks and airlines, and no date or article number has so many digits. */
    private static boolean isIssued(String digits) {
        return digits.length() >= 13
                && digits.length() <= 19
                && digits.charAt(0) >= '2'
                && digits.charAt(0) <= '6'
                && digits.chars().distinct().count() > 1;
    }

    private int matched(Pattern pattern) {
        Matcher m = pattern.matcher(run);
        return m.lookingAt() ? m.end() : -1;
    }

    private String digits(int to) {
        StringBuilder digits = new StringBuilder();
        for (int i = 0; i < to; i++) {
            if (run.charAt(i) >= '0' && run.charAt(i) <= '9') {
                digits.append(run.charAt(i));
            }
        }
        return digits.toString();
    }

    /** Ends at a number's end only. */
    private void is(String name, int length, String text) {
        int to = from + length;
        boolean spaced = !name.equals("<PHONE>") && run.lastIndexOf(' ', length - 1) >= 0;
        boolean more = to < text.length()
                && (PersonalData.isWord(text.charAt(to))
                        || ((sign(text.charAt(to)) == '-' || (spaced && sign(text.charAt(to)) == ' '))
                                && to + 1 < text.length()
                                && digit(text.charAt(to + 1)) >= 0));
        if (!more) {
            end = to;
            placeholder = name;
        }
    }

    /** Where what was found ends in the text; -1 where nothing was. */
    int end() {
        return end;
    }

    String placeholder() {
        return placeholder;
    }
}
