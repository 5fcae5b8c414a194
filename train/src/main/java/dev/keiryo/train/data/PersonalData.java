package dev.keiryo.train.data;

/**
 * Replaces what identifies people by placeholders: {@code <EMAIL>}, {@code <PHONE>} (international, Japanese, North American), {@code <IP>} (v4 and v6),
 * {@code <CARD>} (13 to 19 digits with Luhn's check digit) and {@code <MY_NUMBER>} (12 digits with the check digit of Japan's individual numbers). Full-width
 * digits and signs count as their ASCII forms.
 */
public record PersonalData() implements Edit {
    @Override
    public String name() {
        return "pii";
    }

    @Override
    public String edit(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int copied = 0;
        for (int i = 0; i < text.length(); ) {
            char c = text.charAt(i);
            int from = i;
            int to = -1;
            String placeholder = "";
            if (c == '@' || c == '＠') {
                from = Addresses.localPart(text, copied, i);
                to = from < 0 ? -1 : Addresses.domain(text, i + 1);
                placeholder = "<EMAIL>";
            } else if (mayBegin(text, i)) {
                int end = Addresses.ipv6(text, i);
                if (end > 0) {
                    to = end;
                    placeholder = "<IP>";
                } else {
                    NumberRun run = new NumberRun(text, i);
                    to = run.end();
                    placeholder = run.placeholder();
                }
            }
            if (to > 0) {
                out.append(text, copied, from).append(placeholder);
                copied = to;
                i = to;
            } else {
                i = skip(text, i);
            }
        }
        return copied == 0 ? text : out.append(text, copied, text.length()).toString();
    }

    /** Whether a number or an address may begin at {@code i}: not within a word or number. */
    private static boolean mayBegin(String text, int i) {
        char c = text.charAt(i);
        boolean digit = NumberRun.digit(c) >= 0;
        boolean opens = (c == '+' || c == '＋' || c == '(' || c == '（')
                && i + 1 < text.length()
                && NumberRun.digit(text.charAt(i + 1)) >= 0;
        if (!digit && !opens && !(Addresses.isHex(c) || c == ':')) {
            return false;
        }
        if (i == 0) {
            return true;
        }
        boolean fraction = text.charAt(i - 1) == '.' && i > 1 && NumberRun.digit(text.charAt(i - 2)) >= 0;
        return !fraction && !isWord(text.charAt(i - 1));
    }

    static boolean isWord(char c) {
        return NumberRun.digit(c) >= 0 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }

    /** Past the rest of a run of digits, which cannot begin anything; else past one character. */
    private static int skip(String text, int i) {
        int next = i + 1;
        if (NumberRun.digit(text.charAt(i)) >= 0) {
            while (next < text.length() && NumberRun.digit(text.charAt(next)) >= 0) {
                next++;
            }
        }
        return next;
    }
}
