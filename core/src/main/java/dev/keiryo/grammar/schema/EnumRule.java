package dev.keiryo.grammar.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** {@code enum} and {@code const}: equality with one of some values, numbers by what they are worth, objects in any order. */
final class EnumRule implements Rule {
    private final String keyword;
    private final String pointer;
    private final Set<Kind> constants = new LinkedHashSet<>();
    private final Set<BigDecimal> numbers = new LinkedHashSet<>();
    private final Set<String> strings = new LinkedHashSet<>();
    private final List<JsonNode> arrays = new ArrayList<>();
    private final List<JsonNode> objects = new ArrayList<>();

    EnumRule(String keyword, String pointer, Iterable<JsonNode> values) {
        this.keyword = keyword;
        this.pointer = pointer;
        for (JsonNode value : values) {
            switch (kind(value)) {
                case NUMBER -> numbers.add(number(value));
                case STRING -> strings.add(value.stringValue());
                case ARRAY -> arrays.add(value);
                case OBJECT -> objects.add(value);
                case NULL, TRUE, FALSE -> constants.add(kind(value));
            }
        }
    }

    static Kind kind(JsonNode value) {
        return value.isNull()
                ? Kind.NULL
                : value.isBoolean()
                        ? value.booleanValue() ? Kind.TRUE : Kind.FALSE
                        : value.isNumber()
                                ? Kind.NUMBER
                                : value.isString() ? Kind.STRING : value.isArray() ? Kind.ARRAY : Kind.OBJECT;
    }

    static BigDecimal number(JsonNode value) {
        BigDecimal n = value.decimalValue();
        return n.signum() == 0 ? BigDecimal.ZERO : n.stripTrailingZeros();
    }

    /** All arrays and objects. */
    List<JsonNode> containers() {
        List<JsonNode> all = new ArrayList<>(arrays);
        all.addAll(objects);
        return all;
    }

    @Override
    public String keyword() {
        return keyword;
    }

    @Override
    public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
        return switch (kind) {
            case NULL, TRUE, FALSE -> Shape.when(constants.contains(kind), kind);
            case NUMBER -> numbers.isEmpty() ? List.of() : List.of(NumberShape.only(numbers));
            case STRING -> strings.isEmpty() ? List.of() : List.of(StringShape.only(strings));
            case ARRAY -> {
                List<Shape> shapes = new ArrayList<>();
                for (JsonNode array : arrays) {
                    shapes.addAll(c.and(
                            c.and(Shape.always(kind), List.of(ArrayShape.length(array.size(), array.size()))),
                            items(array, c)));
                }
                yield shapes;
            }
            case OBJECT -> {
                List<Shape> shapes = new ArrayList<>();
                for (JsonNode object : objects) {
                    Set<ObjectShape.Members> some = new LinkedHashSet<>();
                    for (Map.Entry<String, JsonNode> e : object.properties()) {
                        some.add(new ObjectShape.Members(new Names.One(e.getKey()), same(e.getValue(), c)));
                    }
                    shapes.add(new ObjectShape(Set.of(), some, object.size(), object.size()));
                }
                yield shapes;
            }
        };
    }

    private List<Shape> items(JsonNode array, Compilation c) {
        Set<ArrayShape.Items> every = new LinkedHashSet<>();
        for (int i = 0; i < array.size(); i++) {
            every.add(new ArrayShape.Items(i, i + 1L, same(array.get(i), c)));
        }
        return List.of(new ArrayShape(every, Set.of(), 0, ArrayShape.ENDLESS, null));
    }

    @Override
    public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
        return switch (kind) {
            case NULL, TRUE, FALSE -> Shape.when(!constants.contains(kind), kind);
            case NUMBER -> numbers.isEmpty() ? Shape.always(kind) : List.of(NumberShape.not(numbers));
            case STRING -> strings.isEmpty() ? Shape.always(kind) : List.of(StringShape.not(strings));
            case ARRAY -> {
                List<Shape> shapes = Shape.always(kind);
                for (JsonNode array : arrays) {
                    List<Shape> differs = length(array.size());
                    for (int i = 0; i < array.size(); i++) {
                        Shape one = ArrayShape.count(
                                i, i + 1L, same(array.get(i), c).not(), 1, ArrayShape.ENDLESS);
                        if (one != null) {
                            differs.add(one);
                        }
                    }
                    shapes = c.and(shapes, differs);
                }
                yield shapes;
            }
            case OBJECT -> {
                List<Shape> shapes = Shape.always(kind);
                for (JsonNode object : objects) {
                    List<Shape> differs = new ArrayList<>();
                    if (!object.isEmpty()) {
                        differs.add(ObjectShape.count(0, object.size() - 1L));
                    }
                    differs.add(ObjectShape.count(object.size() + 1L, Long.MAX_VALUE));
                    for (Map.Entry<String, JsonNode> e : object.properties()) {
                        differs.add(ObjectShape.lacks(e.getKey()));
                        differs.add(ObjectShape.some(
                                new Names.One(e.getKey()), same(e.getValue(), c).not()));
                    }
                    shapes = c.and(shapes, differs);
                }
                yield shapes;
            }
        };
    }

    private static List<Shape> length(int not) {
        List<Shape> shapes = new ArrayList<>();
        if (not > 0) {
            shapes.add(ArrayShape.length(0, not - 1L));
        }
        shapes.add(ArrayShape.length(not + 1L, ArrayShape.ENDLESS));
        return shapes;
    }

    private Literal same(JsonNode value, Compilation c) {
        return c.constant(value, pointer);
    }
}
