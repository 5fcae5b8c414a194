package dev.keiryo.train.data;

/** Finds addresses of mail and of machines in text. Looks at a bounded number of characters around a place. */
final class Addresses {
    private static final int LOCAL = 64;
    private static final int DOMAIN = 253;
    private static final int LABEL = 63;
    private static final int IPV6 = 45;

    private Addresses() {}

    /** Where the part of a mail address before the {@code @} at {@code at} begins, not before {@code least}; -1 where there is none. */
    static int localPart(String text, int least, int at) {
        int from = at;
        while (from > Math.max(least, at - LOCAL) && isLocal(text.charAt(from - 1))) {
            from--;
        }
        while (from < at && text.charAt(from) == '.') {
            from++;
        }
        return from == at || text.charAt(at - 1) == '.' ? -1 : from;
    }

    private static boolean isLocal(char c) {
        return isAlphanumeric(c) || ".!#$%&'*+/=?^_`{|}~-".indexOf(c) >= 0;
    }

    private static boolean isAlphanumeric(char c) {
        return c < 0x80
                ? Character.isLetterOrDigit(c)
                : (c >= 'ａ' && c <= 'ｚ') || (c >= 'Ａ' && c <= 'Ｚ') || (c >= '０' && c <= '９');
    }

    /** Where the domain that begins at {@code from} ends; -1 where there is none of at least two labels, the last of letters. */
    static int domain(String text, int from) {
        int last = Math.min(text.length(), from + DOMAIN);
        int labels = 0;
        int end = -1;
        for (int i = from; i < last; ) {
            int begin = i;
            boolean letters = true;
            while (i < last && (isAlphanumeric(text.charAt(i)) || text.charAt(i) == '-')) {
                letters &= Character.isLetter(text.charAt(i));
                i++;
            }
            int length = i - begin;
            if (length == 0 || length > LABEL || text.charAt(begin) == '-') {
                break;
            }
            labels++;
            if (labels > 1 && letters && length > 1) {
                end = i;
            }
            if (i >= last || (text.charAt(i) != '.' && text.charAt(i) != '．')) {
                break;
            }
            i++;
        }
        return end;
    }

    static boolean isHex(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }

    /**
     * Where the IPv6 address (RFC 4291: eight groups of up to four hexadecimal digits, {@code ::} for zeros once, perhaps an IPv4 address at the end) that begins at {@code from}
     * ends; -1 where there is none. {@code ::} alone, clock times and names without digits are none.
     */
    static int ipv6(String text, int from) {
        int last = Math.min(text.length(), from + IPV6);
        int groups = 0;
        boolean shortened = false;
        int i = from;
        if (i + 1 < last && text.charAt(i) == ':') {
            if (text.charAt(i + 1) != ':') {
                return -1;
            }
            shortened = true;
            i += 2;
        }
        while (i < last && groups < 8) {
            int begin = i;
            while (i < last && i - begin < 4 && isHex(text.charAt(i))) {
                i++;
            }
            if (i == begin) {
                break;
            }
            if (i < last && text.charAt(i) == '.') {
                int end = ipv4(text, begin);
                if (end < 0) {
                    return -1;
                }
                groups += 2;
                i = end;
                break;
            }
            groups++;
            if (i + 1 >= last || text.charAt(i) != ':') {
                break;
            }
            if (text.charAt(i + 1) == ':') {
                if (shortened) {
                    break;
                }
                shortened = true;
                i += 2;
            } else if (isHex(text.charAt(i + 1))) {
                i++;
            } else {
                break;
            }
        }
        boolean bounded = i >= text.length() || !PersonalData.isWord(text.charAt(i));
        boolean whole = shortened ? groups >= 2 && groups < 8 : groups == 8;
        return bounded && whole && text.substring(from, i).chars().anyMatch(c -> c >= '0' && c <= '9') ? i : -1;
    }

    /** Where the IPv4 address that begins at {@code from} ends; -1 where there is none. */
    static int ipv4(CharSequence text, int from) {
        int i = from;
        for (int group = 0; group < 4; group++) {
            int begin = i;
            int value = 0;
            while (i < text.length() && i - begin < 3 && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
                value = 10 * value + text.charAt(i++) - '0';
            }
            if (i == begin || value > 255 || (i - begin > 1 && text.charAt(begin) == '0')) {
                return -1;
            }
            if (group < 3) {
                if (i >= text.length() || text.charAt(i) != '.') {
                    return -1;
                }
                i++;
            }
        }
        boolean digit = i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9';
        boolean more = i + 1 < text.length() && text.charAt(i) == '.' && Character.isDigit(text.charAt(i + 1));
        return digit || more ? -1 : i;
    }
}
