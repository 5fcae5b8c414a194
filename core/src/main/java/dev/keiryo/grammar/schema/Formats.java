package dev.keiryo.grammar.schema;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The formats that are regular languages, where {@code format} is an assertion. */
final class Formats {
    private static final String YEAR = "[0-9]{4}";
    /** Divisible by 4, and by 400 where by 100. */
    private static final String LEAP_YEAR =
            "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";

    private static final String DATE = "(?:" + YEAR
            + "-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|"
            + LEAP_YEAR + "-02-29)";

    private static final String BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final String IPV4 = BYTE + "(?:\\." + BYTE + "){3}";
    private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private static final String ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
    private static final String H16 = "[0-9A-Fa-f]{1,4}";
    private static final String LOW32 = "(?:" + H16 + ":" + H16 + "|" + IPV4 + ")";

    /** RFC 4291, section 2.2, as RFC 3986 writes it. */
    private static final String IPV6 = "(?:(?:H:){6}L|::(?:H:){5}L|(?:H)?::(?:H:){4}L|(?:(?:H:){0,1}H)?::(?:H:){3}L"
            .concat("|(?:(?:H:){0,2}H)?::(?:H:){2}L|(?:(?:H:){0,3}H)?::H:L|(?:(?:H:){0,4}H)?::L")
            .concat("|(?:(?:H:){0,5}H)?::H|(?:(?:H:){0,6}H)?::)")
            .replace("L", LOW32)
            .replace("H", H16);

    /** RFC 5321, Mailbox. */
    private static final String EMAIL = "(?:" + ATOM + "(?:\\." + ATOM + ")*|\"(?:[ !#-\\[\\]-~]|\\\\[ -~])*\")@(?:"
            + LABEL + "(?:\\." + LABEL + ")*|\\[(?:" + IPV4 + "|IPv6:" + IPV6 + ")\\])";

    private static final Map<String, String> PATTERNS = Map.of(
            "date",
            DATE,
            "ipv4",
            IPV4,
            "ipv6",
            IPV6,
            "email",
            EMAIL,
            "uuid",
            "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
            "json-pointer",
            "(?:/(?:[^~/]|~[01])*)*",
            "relative-json-pointer",
            "(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~[01])*)*)",
            "duration",
            "P(?:[0-9]+W|(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)(?:TIME)?|TIME)"
                    .replace("TIME", "T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S)"));

    private static final Map<String, Dfa> FOUND = new ConcurrentHashMap<>();

    private Formats() {}

    /** The strings that {@code format} allows, or null where it is not known. */
    static @Nullable Dfa find(String format) throws Dfa.TooLarge, RegexParser.Unsupported {
        Dfa known = FOUND.get(format);
        if (known != null) {
            return known;
        }
        Dfa dfa;
        if (format.equals("time")) {
            dfa = TimeOfDay.dfa(regex("[0-9:]{8}.*"), 0);
        } else if (format.equals("date-time")) {
            dfa = TimeOfDay.dfa(regex(DATE + "[Tt].*"), "0000-00-00T".length());
        } else {
            String pattern = PATTERNS.get(format);
            if (pattern == null) {
                return null;
            }
            dfa = regex(pattern);
        }
        FOUND.put(format, dfa);
        return dfa;
    }

    private static Dfa regex(String whole) throws Dfa.TooLarge, RegexParser.Unsupported {
        return RegexDfa.of(RegexParser.parse("^(?:" + whole + ")$"));
    }
}
