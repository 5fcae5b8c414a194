package dev.keiryo.train.data;

/** Check digits. */
final class CheckDigits {
    private CheckDigits() {}

    /** Whether the last of {@code digits} is Luhn's check digit (ISO/IEC 7812-1): every second one from the right doubled, digits summed, 0 modulo 10. */
    static boolean luhn(CharSequence digits) {
        int sum = 0;
        for (int i = 0; i < digits.length(); i++) {
            int d = digits.charAt(digits.length() - 1 - i) - '0';
            sum += i % 2 == 0 ? d : 2 * d > 9 ? 2 * d - 9 : 2 * d;
        }
        return digits.length() > 1 && sum % 10 == 0;
    }

    /**
     * Whether the last of twelve {@code digits} is the check digit of a Japanese individual number (My Number):
     * {@code 11 - (Σ P_n·Q_n mod 11)} over the other digits from the right, with {@code Q_n = n + 1} for n up to 6 and {@code n - 5} above, and 0 where
     * the remainder is 0 or 1 (Ministry of Internal Affairs ordinance 85 of 2014, article 5).
     */
    static boolean myNumber(CharSequence digits) {
        if (digits.length() != 12) {
            return false;
        }
        int sum = 0;
        for (int n = 1; n <= 11; n++) {
            sum += (digits.charAt(11 - n) - '0') * (n <= 6 ? n + 1 : n - 5);
        }
        int remainder = sum % 11;
        return digits.charAt(11) - '0' == (remainder <= 1 ? 0 : 11 - remainder);
    }
}
