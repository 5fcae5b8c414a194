package dev.keiryo.generate;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/** A link as a chain's text has it: its name, then its parameters. */
final class LinkText {
    private final String name;
    private final StringJoiner parameters = new StringJoiner(",");
    private String main = "";
    private int count;

    LinkText(String name) {
        this.name = name;
    }

    /** The parameter that needs no name where it is the only one. */
    LinkText main(String parameter, double value) {
        return main(parameter, format(value));
    }

    LinkText main(String parameter, String value) {
        main = value;
        return with(parameter, value);
    }

    LinkText with(String parameter, double value) {
        return with(parameter, format(value));
    }

    LinkText with(String parameter, String value) {
        parameters.add(parameter + "=" + value);
        count++;
        return this;
    }

    /** A parameter that is left out at its default. */
    LinkText option(String parameter, double value, double byDefault) {
        return value == byDefault ? this : with(parameter, value);
    }

    static String ids(Collection<Integer> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining("|"));
    }

    static String strings(Collection<String> strings) {
        return strings.stream().map(ChainText::quote).collect(Collectors.joining("|"));
    }

    static String format(double value) {
        return value == Double.NEGATIVE_INFINITY
                ? "-inf"
                : value == Math.rint(value) && Math.abs(value) < 1e15
                        ? Long.toString((long) value)
                        : Double.isFinite(value)
                                ? BigDecimal.valueOf(value).stripTrailingZeros().toPlainString()
                                : Double.toString(value);
    }

    @Override
    public String toString() {
        return count == 0 ? name : name + ":" + (count == 1 && !main.isEmpty() ? main : parameters.toString());
    }
}
