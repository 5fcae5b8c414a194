package dev.keiryo.grammar;

import java.lang.Character.UnicodeScript;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The sets that {@code \p{…}} names: general categories, scripts, and the binary properties that Java knows. */
public final class UnicodeProperty {
    /** Abbreviation, then names, of each general category; in the order of groups of {@link Character#getType}. */
    private static final String CATEGORIES = """
            Lu Uppercase_Letter
            Ll Lowercase_Letter
            Lt Titlecase_Letter
            Lm Modifier_Letter
            Lo Other_Letter
            LC Cased_Letter
            L Letter
            Mn Nonspacing_Mark
            Mc Spacing_Mark
            Me Enclosing_Mark
            M Mark Combining_Mark
            Nd Decimal_Number digit
            Nl Letter_Number
            No Other_Number
            N Number
            Pc Connector_Punctuation
            Pd Dash_Punctuation
            Ps Open_Punctuation
            Pe Close_Punctuation
            Pi Initial_Punctuation
            Pf Final_Punctuation
            Po Other_Punctuation
            P Punctuation punct
            Sm Math_Symbol
            Sc Currency_Symbol
            Sk Modifier_Symbol
            So Other_Symbol
            S Symbol
            Zs Space_Separator
            Zl Line_Separator
            Zp Paragraph_Separator
            Z Separator
            Cc Control cntrl
            Cf Format
            Cs Surrogate
            Co Private_Use
            Cn Unassigned
            C Other
            """;

    private static final Map<String, String> CATEGORY = new ConcurrentHashMap<>();
    private static final Map<String, CodePointSet> FOUND = new ConcurrentHashMap<>();

    static {
        for (String line : CATEGORIES.lines().toList()) {
            String[] names = line.split(" ", -1);
            for (String name : names) {
                CATEGORY.put(name, names[0]);
            }
        }
    }

    private UnicodeProperty() {}

    /** The set that {@code \p{text}} means in ECMA-262, or null where the property is not known. */
    public static @Nullable CodePointSet find(String text) {
        IntPredicate in = predicate(text);
        // a script's name may be in capitals, and is one key however it is written
        return in == null ? null : FOUND.computeIfAbsent(text.toUpperCase(Locale.ROOT), t -> CodePointSet.matching(in));
    }

    /** As {@link #find}, and a script by its name alone, as in RE2. */
    static @Nullable CodePointSet findOrScript(String text) {
        CodePointSet set = find(text);
        return set != null ? set : find("Script=" + text);
    }

    private static @Nullable IntPredicate predicate(String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? "General_Category" : text.substring(0, equals);
        String value = text.substring(equals + 1);
        return switch (name) {
            case "General_Category", "gc" -> {
                String category = CATEGORY.get(value);
                yield category != null ? category(category) : equals < 0 ? binary(value) : null;
            }
            case "Script", "sc" -> script(value);
            default -> null;
        };
    }

    private static IntPredicate category(String category) {
        if (category.equals("LC")) {
            return c -> switch (Character.getType(c)) {
                case Character.UPPERCASE_LETTER, Character.LOWERCASE_LETTER, Character.TITLECASE_LETTER -> true;
                default -> false;
            };
        }
        return c -> abbreviation(Character.getType(c)).startsWith(category);
    }

    private static String abbreviation(int type) {
        return switch (type) {
            case Character.UPPERCASE_LETTER -> "Lu";
            case Character.LOWERCASE_LETTER -> "Ll";
            case Character.TITLECASE_LETTER -> "Lt";
            case Character.MODIFIER_LETTER -> "Lm";
            case Character.OTHER_LETTER -> "Lo";
            case Character.NON_SPACING_MARK -> "Mn";
            case Character.COMBINING_SPACING_MARK -> "Mc";
            case Character.ENCLOSING_MARK -> "Me";
            case Character.DECIMAL_DIGIT_NUMBER -> "Nd";
            case Character.LETTER_NUMBER -> "Nl";
            case Character.OTHER_NUMBER -> "No";
            case Character.CONNECTOR_PUNCTUATION -> "Pc";
            case Character.DASH_PUNCTUATION -> "Pd";
            case Character.START_PUNCTUATION -> "Ps";
            case Character.END_PUNCTUATION -> "Pe";
            case Character.INITIAL_QUOTE_PUNCTUATION -> "Pi";
            case Character.FINAL_QUOTE_PUNCTUATION -> "Pf";
            case Character.OTHER_PUNCTUATION -> "Po";
            case Character.MATH_SYMBOL -> "Sm";
            case Character.CURRENCY_SYMBOL -> "Sc";
            case Character.MODIFIER_SYMBOL -> "Sk";
            case Character.OTHER_SYMBOL -> "So";
            case Character.SPACE_SEPARATOR -> "Zs";
            case Character.LINE_SEPARATOR -> "Zl";
            case Character.PARAGRAPH_SEPARATOR -> "Zp";
            case Character.CONTROL -> "Cc";
            case Character.FORMAT -> "Cf";
            case Character.SURROGATE -> "Cs";
            case Character.PRIVATE_USE -> "Co";
            default -> "Cn";
        };
    }

    private static @Nullable IntPredicate script(String name) {
        try {
            UnicodeScript script = UnicodeScript.forName(name.toUpperCase(Locale.ROOT));
            return c -> UnicodeScript.of(c) == script;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable IntPredicate binary(String name) {
        return switch (name) {
            case "Any" -> c -> true;
            case "ASCII" -> c -> c < 128;
            case "Assigned" -> Character::isDefined;
            case "Alphabetic", "Alpha" -> Character::isAlphabetic;
            case "Uppercase", "Upper" -> Character::isUpperCase;
            case "Lowercase", "Lower" -> Character::isLowerCase;
            case "Ideographic", "Ideo" -> Character::isIdeographic;
            case "White_Space", "space" -> c -> (c != 0xFEFF && CodePointSet.SPACE.contains(c)) || c == 0x85;
            case "ASCII_Hex_Digit", "AHex" -> c -> c < 128 && Character.digit(c, 16) >= 0;
            case "Hex_Digit", "Hex" -> c -> Character.digit(c, 16) >= 0 && (c < 128 || (c >= 0xFF10 && c <= 0xFF46));
            case "Join_Control", "Join_C" -> c -> c == 0x200C || c == 0x200D;
            case "Noncharacter_Code_Point", "NChar" -> c -> (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
            case "Emoji" -> Character::isEmoji;
            case "Emoji_Presentation", "EPres" -> Character::isEmojiPresentation;
            case "Emoji_Modifier", "EMod" -> Character::isEmojiModifier;
            case "Emoji_Modifier_Base", "EBase" -> Character::isEmojiModifierBase;
            case "Emoji_Component", "EComp" -> Character::isEmojiComponent;
            case "Extended_Pictographic", "ExtPict" -> Character::isExtendedPictographic;
            default -> null;
        };
    }
}
