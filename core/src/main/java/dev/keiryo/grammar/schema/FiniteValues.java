package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.UnenforceableException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** All values that some schemas allow, where they are few. */
final class FiniteValues {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private FiniteValues() {}

    /**
     * All values, each once; values that are not allowed may be among them.
     *
     * @throws UnenforceableException where there may be infinitely many
     */
    static List<JsonNode> of(Set<Literal> literals, String pointer, Compilation c) {
        Map<String, JsonNode> all = new LinkedHashMap<>();
        for (Kind kind : Kind.values()) {
            for (Shape shape : c.shapes(literals, kind)) {
                for (JsonNode value : values(shape, literals, pointer)) {
                    all.putIfAbsent(canonical(value), value);
                }
            }
        }
        return List.copyOf(all.values());
    }

    private static List<JsonNode> values(Shape shape, Set<Literal> literals, String pointer) {
        List<JsonNode> values = new ArrayList<>();
        switch (shape) {
            case Shape.Constant constant ->
                values.add(
                        constant.kind() == Kind.NULL
                                ? NODES.nullNode()
                                : NODES.booleanNode(constant.kind() == Kind.TRUE));
            case NumberShape number -> {
                if (number.in() != null) {
                    number.in().forEach(v -> values.add(NODES.numberNode(v)));
                } else if (number.multiple() != null && number.low() != null && number.high() != null) {
                    BigDecimal of = number.multiple();
                    BigDecimal v =
                            number.low().divide(of, 0, RoundingMode.CEILING).multiply(of);
                    for (; v.compareTo(number.high()) <= 0; v = v.add(of)) {
                        if (number.allows(v)) {
                            values.add(NODES.numberNode(v.signum() == 0 ? BigDecimal.ZERO : v.stripTrailingZeros()));
                        }
                        if (values.size() > Long.SIZE) {
                            throw infinite(pointer);
                        }
                    }
                } else {
                    throw infinite(pointer);
                }
            }
            case StringShape string -> {
                if (string.in() == null) {
                    throw infinite(pointer);
                }
                string.in().forEach(s -> values.add(NODES.stringNode(s)));
            }
            case ArrayShape array -> values.addAll(containers(literals, pointer));
            case ObjectShape object -> values.addAll(containers(literals, pointer));
        }
        return values;
    }

    private static List<JsonNode> containers(Set<Literal> literals, String pointer) {
        for (Literal literal : literals) {
            if (literal.passes()) {
                for (Rule rule : literal.node().rules()) {
                    if (rule instanceof EnumRule e) {
                        return e.containers();
                    }
                }
            }
        }
        throw infinite(pointer);
    }

    private static UnenforceableException infinite(String pointer) {
        return new UnenforceableException(
                pointer,
                "uniqueItems",
                "items that may have any of more than " + Long.SIZE
                        + " values; list their values with enum, or leave it out");
    }

    /** Equal for equal values, however they are written. */
    static String canonical(JsonNode value) {
        if (value.isNumber()) {
            return EnumRule.number(value).toString();
        }
        StringBuilder out = new StringBuilder();
        if (value.isArray()) {
            for (JsonNode item : value) {
                out.append(out.isEmpty() ? "[" : ",").append(canonical(item));
            }
            return out.append(value.isEmpty() ? "[]" : "]").toString();
        }
        if (value.isObject()) {
            Map<String, String> members = new TreeMap<>();
            value.properties()
                    .forEach(e -> members.put(NODES.stringNode(e.getKey()).toString(), canonical(e.getValue())));
            return members.toString();
        }
        return value.toString();
    }
}
