package dev.keiryo.grammar.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;

/** Another way to write the same JSON value. */
final class Spelling {
    private Spelling() {}

    static String of(JsonNode value, Random random) {
        StringBuilder out = new StringBuilder();
        write(value, random, out);
        return out.toString();
    }

    private static void space(Random random, StringBuilder out) {
        while (random.nextInt(4) == 0) {
            out.append(" \n\r\t".charAt(random.nextInt(4)));
        }
    }

    private static void write(JsonNode value, Random random, StringBuilder out) {
        space(random, out);
        if (value.isObject()) {
            List<String> names = new ArrayList<>(value.propertyNames());
            Collections.shuffle(names, random);
            out.append('{');
            for (int i = 0; i < names.size(); i++) {
                out.append(i > 0 ? "," : "");
                space(random, out);
                string(names.get(i), random, out);
                space(random, out);
                out.append(':');
                write(value.get(names.get(i)), random, out);
            }
            space(random, out);
            out.append('}');
        } else if (value.isArray()) {
            out.append('[');
            for (int i = 0; i < value.size(); i++) {
                out.append(i > 0 ? "," : "");
                write(value.get(i), random, out);
            }
            space(random, out);
            out.append(']');
        } else if (value.isString()) {
            string(value.stringValue(), random, out);
        } else if (value.isNumber()) {
            out.append(number(value.decimalValue(), random));
        } else {
            out.append(value);
        }
        space(random, out);
    }

    static String number(BigDecimal value, Random random) {
        if (Math.abs(value.scale()) > 300) {
            return value.toString();
        }
        int shift = random.nextInt(9) - 4;
        String plain = value.scaleByPowerOfTen(shift).toPlainString();
        if (value.signum() == 0) {
            plain = random.nextBoolean() ? "-0" : "0";
        }
        if (!plain.contains(".") && random.nextBoolean()) {
            plain += ".";
        }
        if (plain.contains(".")) {
            plain += "0".repeat(random.nextInt(3) + (plain.endsWith(".") ? 1 : 0));
        }
        if (shift == 0 && random.nextBoolean()) {
            return plain;
        }
        return plain
                + (random.nextBoolean() ? "e" : "E")
                + (shift > 0 ? "-" : random.nextBoolean() ? "+" : shift == 0 ? "-" : "")
                + "0".repeat(random.nextInt(3))
                + Math.abs(shift);
    }

    private static void string(String text, Random random, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int simple = "\"\\/\b\f\n\r\t".indexOf(c);
            boolean surrogate = Character.isSurrogate(c);
            if (!surrogate && (random.nextInt(3) == 0 || (c < 0x20 && (simple < 0 || random.nextBoolean())))) {
                hex(c, random, out);
            } else if (Character.isHighSurrogate(c) && random.nextBoolean()) {
                hex(c, random, out);
                hex(text.charAt(++i), random, out);
            } else if (simple >= 0 && (c != '/' || random.nextBoolean())) {
                out.append('\\').append("\"\\/bfnrt".charAt(simple));
            } else {
                out.append(c);
                if (surrogate) {
                    out.append(text.charAt(++i));
                }
            }
        }
        out.append('"');
    }

    private static void hex(char c, Random random, StringBuilder out) {
        String hex = String.format("%04x", (int) c);
        out.append("\\u").append(random.nextBoolean() ? hex : hex.toUpperCase(java.util.Locale.ROOT));
    }
}
