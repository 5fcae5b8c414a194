package dev.keiryo.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Random schemas over a small world of names, strings and numbers, and random values of that world. */
final class RandomSchemas {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final List<String> NAMES = List.of("a", "b", "ab", "c", "é");
    private static final List<String> STRINGS = List.of("", "a", "b", "ab", "abc", "é", "aé😀", "x\"y", "12");
    private static final List<String> NUMBERS =
            List.of("0", "1", "2", "3", "-1", "-2.5", "0.5", "6", "10", "1e2", "7.25", "1000");
    private static final List<String> PATTERNS =
            List.of("^a", "b$", "^[a-c]+$", "a.*b", "^\\w{1,2}$", "^(ab|é)?$", "\\bab\\b", "[^a]", "^$");

    private final Random random;

    RandomSchemas(Random random) {
        this.random = random;
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private JsonNode number(String text) {
        return NODES.numberNode(new java.math.BigDecimal(text));
    }

    JsonNode value(int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 6)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.booleanNode(random.nextBoolean());
            case 2, 3 -> number(pick(NUMBERS));
            case 4, 5 -> NODES.stringNode(pick(STRINGS));
            case 6 -> {
                ArrayNode array = NODES.arrayNode();
                for (int n = random.nextInt(4); n > 0; n--) {
                    array.add(value(depth - 1));
                }
                yield array;
            }
            default -> {
                ObjectNode object = NODES.objectNode();
                for (int n = random.nextInt(4); n > 0; n--) {
                    object.set(pick(NAMES), value(depth - 1));
                }
                yield object;
            }
        };
    }

    JsonNode schema() {
        ObjectNode root = (ObjectNode) object(3);
        if (root.toString().contains("$ref")) {
            ObjectNode defs = NODES.objectNode();
            defs.set("d", schema(1));
            root.set("$defs", defs);
        }
        return root;
    }

    private JsonNode schema(int depth) {
        if (random.nextInt(12) == 0) {
            return NODES.booleanNode(random.nextInt(3) > 0);
        }
        return object(depth);
    }

    private JsonNode object(int depth) {
        ObjectNode s = NODES.objectNode();
        int keywords = 1 + random.nextInt(3);
        for (int i = 0; i < keywords; i++) {
            if (depth > 0 && random.nextInt(2) == 0) {
                applicator(s, depth - 1);
            } else {
                assertion(s);
            }
        }
        return s;
    }

    private void assertion(ObjectNode s) {
        switch (random.nextInt(18)) {
            case 0, 1 ->
                s.put("type", pick(List.of("null", "boolean", "integer", "number", "string", "array", "object")));
            case 2 -> {
                ArrayNode values = s.putArray("enum");
                for (int n = 1 + random.nextInt(4); n > 0; n--) {
                    values.add(value(1));
                }
            }
            case 3 -> s.set("const", value(2));
            case 4 -> s.set("minimum", number(pick(NUMBERS)));
            case 5 -> s.set("exclusiveMaximum", number(pick(NUMBERS)));
            case 6 -> s.set("maximum", number(pick(NUMBERS)));
            case 7 -> s.set("multipleOf", number(pick(List.of("1", "2", "3", "0.5", "2.5"))));
            case 8 -> s.put("minLength", random.nextInt(4));
            case 9 -> s.put("maxLength", random.nextInt(4));
            case 10 -> s.put("pattern", pick(PATTERNS));
            case 11 -> s.put("minItems", random.nextInt(3));
            case 12 -> s.put("maxItems", random.nextInt(4));
            case 13 -> s.put("minProperties", random.nextInt(3));
            case 14 -> s.put("maxProperties", random.nextInt(4));
            case 15 -> {
                s.put("uniqueItems", random.nextInt(4) > 0);
                if (!s.has("items")) {
                    ArrayNode values = s.putObject("items").putArray("enum");
                    for (int n = 1 + random.nextInt(5); n > 0; n--) {
                        values.add(value(1));
                    }
                }
            }
            case 16 -> {
                ArrayNode names = s.putArray("required");
                names.add(pick(NAMES));
            }
            default -> s.putObject("dependentRequired").putArray(pick(NAMES)).add(pick(NAMES));
        }
    }

    private void applicator(ObjectNode s, int depth) {
        switch (random.nextInt(17)) {
            case 0, 1, 2 -> {
                ObjectNode properties = s.putObject("properties");
                for (int n = 1 + random.nextInt(3); n > 0; n--) {
                    properties.set(pick(NAMES), schema(depth));
                }
            }
            case 3 -> s.putObject("patternProperties").set(pick(PATTERNS), schema(depth));
            case 4 -> s.set("additionalProperties", schema(depth));
            case 5 -> s.set("items", schema(depth));
            case 6 -> s.putArray("prefixItems").add(schema(depth)).add(schema(depth));
            case 7 -> {
                s.set("contains", schema(depth));
                if (random.nextBoolean()) {
                    s.put("minContains", random.nextInt(3));
                }
                if (random.nextBoolean()) {
                    s.put("maxContains", random.nextInt(3));
                }
            }
            case 8 -> list(s, "allOf", depth);
            case 9 -> list(s, "anyOf", depth);
            case 10 -> list(s, "oneOf", depth);
            case 11 -> s.set("not", schema(depth));
            case 12 -> {
                s.set("if", schema(depth));
                s.set("then", schema(depth));
                if (random.nextBoolean()) {
                    s.set("else", schema(depth));
                }
            }
            case 13 -> s.set("propertyNames", schema(0));
            case 14 -> s.putObject("dependentSchemas").set(pick(NAMES), schema(depth));
            case 15 -> s.put("$ref", random.nextInt(4) == 0 ? "#" : "#/$defs/d");
            default ->
                s.set(pick(new ArrayList<>(List.of("unevaluatedProperties", "unevaluatedItems"))), schema(depth));
        }
    }

    private void list(ObjectNode s, String keyword, int depth) {
        ArrayNode list = s.putArray(keyword);
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            list.add(schema(depth));
        }
    }
}
