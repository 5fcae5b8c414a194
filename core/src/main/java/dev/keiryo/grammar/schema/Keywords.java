package dev.keiryo.grammar.schema;

import dev.keiryo.FormatException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One schema's keywords become rules. Whatever has no rule here is refused by name. */
final class Keywords {
    static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

    /** Say something about a schema, nothing about its instances. */
    private static final Set<String> ANNOTATIONS = Set.of(
            "$id",
            "$anchor",
            "$dynamicAnchor",
            "$vocabulary",
            "$comment",
            "$defs",
            "definitions",
            "title",
            "description",
            "default",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly",
            "contentEncoding",
            "contentMediaType",
            "contentSchema");

    private final KeywordValues values;
    private final SchemaParser.Subschemas schemas;
    private final Patterns patterns;
    private final boolean formats;
    private final List<Rule> rules = new ArrayList<>();

    /** @param formats whether the keyword for formats asserts anything */
    Keywords(KeywordValues values, SchemaParser.Subschemas schemas, Patterns patterns, boolean formats) {
        this.values = values;
        this.schemas = schemas;
        this.patterns = patterns;
        this.formats = formats;
    }

    List<Rule> rules() throws FormatException {
        for (String keyword : values.keywords()) {
            read(keyword);
        }
        members();
        items();
        contains();
        conditional();
        for (Map.Entry<String, Kind> e : Unevaluated.KEYWORDS.entrySet()) {
            if (values.has(e.getKey())) {
                List<Rule> others =
                        rules.stream().filter(r -> !(r instanceof Unevaluated)).toList();
                rules.add(new Unevaluated(e.getValue(), schemas.at(e.getKey()), others));
            }
        }
        return rules;
    }

    private void read(String keyword) throws FormatException {
        switch (keyword) {
            case "type" -> rules.add(new TypeRule(values.types(keyword, TypeRule.NAMES)));
            case "enum" -> rules.add(new EnumRule(keyword, values.pointer(), values.array(keyword)));
            case "const" -> rules.add(new EnumRule(keyword, values.pointer(), List.of(values.any(keyword))));
            case "minimum" -> atLeast(keyword, false);
            case "exclusiveMinimum" -> atLeast(keyword, true);
            case "maximum" -> atMost(keyword, false);
            case "exclusiveMaximum" -> atMost(keyword, true);
            case "multipleOf" -> multipleOf(keyword);
            case "minLength" -> least(keyword, Kind.STRING, StringShape::length);
            case "maxLength" -> most(keyword, Kind.STRING, StringShape::length);
            case "pattern" -> language(keyword, patterns.pattern(values, keyword, values.text(keyword)));
            case "format" -> {
                String format = values.text(keyword);
                if (formats) {
                    language(keyword, patterns.format(values, format));
                }
            }
            case "minItems" -> least(keyword, Kind.ARRAY, ArrayShape::length);
            case "maxItems" -> most(keyword, Kind.ARRAY, ArrayShape::length);
            case "uniqueItems" -> {
                if (values.truth(keyword)) {
                    rules.add(new ItemRules.Unique(values.pointer()));
                }
            }
            case "minProperties" -> least(keyword, Kind.OBJECT, ObjectShape::count);
            case "maxProperties" -> most(keyword, Kind.OBJECT, ObjectShape::count);
            case "required" -> rules.add(required(keyword, null, values.names(keyword)));
            case "dependentRequired" -> {
                for (var e : values.object(keyword).properties()) {
                    rules.add(required(keyword, e.getKey(), values.names(keyword, e.getValue())));
                }
            }
            case "dependentSchemas" -> {
                for (String name : values.object(keyword).propertyNames()) {
                    rules.add(new MemberRules.DependentSchema(name, schemas.at(keyword, name)));
                }
            }
            case "propertyNames" -> rules.add(new MemberRules.PropertyNames(schemas.at(keyword)));
            case "allOf" -> rules.add(new Applicator.AllOf(keyword, list(keyword)));
            case "anyOf" -> rules.add(new Applicator.AnyOf(list(keyword)));
            case "oneOf" -> rules.add(new Applicator.OneOf(list(keyword)));
            case "not" -> rules.add(new Applicator.Not(schemas.at(keyword)));
            case "$ref" -> rules.add(reference(keyword, values.text(keyword)));
            case "$dynamicRef" -> {
                String reference = values.text(keyword);
                rules.add(
                        schemas.isDynamic(keyword, reference)
                                ? new Applicator.DynamicRef(
                                        SchemaParser.anchor(reference), schemas.target(keyword, reference))
                                : reference(keyword, reference));
            }
            case "$schema" -> {
                String dialect = values.text(keyword);
                if (!dialect.equals(DIALECT) && !dialect.equals(DIALECT + "#")) {
                    throw values.refused(keyword, "of all dialects, only " + DIALECT + " is known, not " + dialect);
                }
            }
            case "properties",
                    "patternProperties",
                    "additionalProperties",
                    "prefixItems",
                    "items",
                    "contains",
                    "minContains",
                    "maxContains",
                    "if",
                    "then",
                    "else",
                    "unevaluatedProperties",
                    "unevaluatedItems" -> {
                // read together with their neighbours
            }
            default -> {
                if (!ANNOTATIONS.contains(keyword) && !keyword.startsWith("x-")) {
                    throw values.refused(keyword, "it is no keyword of draft 2020-12; remove it, or begin it with x-");
                }
            }
        }
    }

    private void add(String keyword, Kind kind, Shape passing, @Nullable Shape failing) {
        rules.add(new Assertion(keyword, kind, List.of(passing), failing == null ? List.of() : List.of(failing)));
    }

    private void atLeast(String keyword, boolean more) throws FormatException {
        BigDecimal n = values.number(keyword);
        add(keyword, Kind.NUMBER, NumberShape.atLeast(n, more), NumberShape.atMost(n, !more));
    }

    private void atMost(String keyword, boolean less) throws FormatException {
        BigDecimal n = values.number(keyword);
        add(keyword, Kind.NUMBER, NumberShape.atMost(n, less), NumberShape.atLeast(n, !less));
    }

    private void multipleOf(String keyword) throws FormatException {
        BigDecimal of = values.number(keyword);
        if (of.signum() <= 0) {
            throw values.wrong(keyword, "a number above 0");
        }
        add(keyword, Kind.NUMBER, NumberShape.multipleOf(of), NumberShape.notMultipleOf(of));
    }

    private void language(String keyword, Dfa texts) {
        add(keyword, Kind.STRING, StringShape.language(texts, true), StringShape.language(texts, false));
    }

    /** Values of a size in a range. */
    private interface Sized {
        Shape of(long least, long most);
    }

    private void least(String keyword, Kind kind, Sized sized) throws FormatException {
        long n = values.least(keyword);
        add(keyword, kind, sized.of(n, Long.MAX_VALUE), n == 0 ? null : sized.of(0, n - 1));
    }

    private void most(String keyword, Kind kind, Sized sized) throws FormatException {
        long n = values.count(keyword);
        add(keyword, kind, sized.of(0, n), sized.of(n + 1, Long.MAX_VALUE));
    }

    private Rule reference(String keyword, String reference) throws FormatException {
        return new Applicator.AllOf(keyword, List.of(schemas.target(keyword, reference)));
    }

    private List<SchemaNode> list(String keyword) throws FormatException {
        int n = values.schemas(keyword);
        List<SchemaNode> nodes = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            nodes.add(schemas.at(keyword, Integer.toString(i)));
        }
        return nodes;
    }

    /** @param name the property on which the others depend; null where they are always required */
    private static Rule required(String keyword, @Nullable String name, Set<String> required) {
        Set<ObjectShape.Members> some = new LinkedHashSet<>();
        required.forEach(r -> some.add(new ObjectShape.Members(new Names.One(r), Literal.TRUE)));
        List<Shape> passing = new ArrayList<>();
        List<Shape> failing = new ArrayList<>();
        if (name == null) {
            passing.add(new ObjectShape(Set.of(), some, 0, Long.MAX_VALUE));
        } else {
            passing.add(ObjectShape.lacks(name));
            Shape all = new ObjectShape(Set.of(), some, 0, Long.MAX_VALUE).and(ObjectShape.has(name));
            if (all != null) {
                passing.add(all);
            }
        }
        for (String r : required) {
            Shape one = name == null
                    ? ObjectShape.lacks(r)
                    : ((ObjectShape) ObjectShape.has(name)).and(ObjectShape.lacks(r));
            if (one != null) {
                failing.add(one);
            }
        }
        return new Assertion(keyword, Kind.OBJECT, passing, failing);
    }

    private void members() throws FormatException {
        Map<String, SchemaNode> named = new LinkedHashMap<>();
        Map<Dfa, List<SchemaNode>> matching = new LinkedHashMap<>();
        String keyword = null;
        if (values.has("properties")) {
            keyword = "properties";
            for (String name : values.object(keyword).propertyNames()) {
                named.put(name, schemas.at(keyword, name));
            }
        }
        if (values.has("patternProperties")) {
            keyword = "patternProperties";
            for (String pattern : values.object(keyword).propertyNames()) {
                matching.computeIfAbsent(patterns.pattern(values, keyword, pattern), d -> new ArrayList<>())
                        .add(schemas.at(keyword, pattern));
            }
        }
        SchemaNode other = values.has("additionalProperties") ? schemas.at("additionalProperties") : null;
        if (keyword != null || other != null) {
            rules.add(MemberRules.Properties.of(
                    keyword == null ? "additionalProperties" : keyword, named, matching, other));
        }
    }

    private void items() throws FormatException {
        boolean prefix = values.has("prefixItems");
        boolean rest = values.has("items");
        if (rest && values.isList("items")) {
            throw values.refused("items", "an array of schemas is of an older draft; call it prefixItems");
        }
        if (prefix || rest) {
            rules.add(new ItemRules.Items(
                    prefix ? "prefixItems" : "items",
                    prefix ? list("prefixItems") : List.of(),
                    rest ? schemas.at("items") : null));
        }
    }

    private void contains() throws FormatException {
        long least = values.has("minContains") ? values.least("minContains") : 1;
        long most = values.has("maxContains") ? values.count("maxContains") : ArrayShape.ENDLESS;
        if (values.has("contains")) {
            rules.add(new ItemRules.Contains("contains", schemas.at("contains"), least, most));
        }
    }

    private void conditional() throws FormatException {
        SchemaNode then = values.has("then") ? schemas.at("then") : SchemaNode.TRUE;
        SchemaNode otherwise = values.has("else") ? schemas.at("else") : SchemaNode.TRUE;
        if (values.has("if")) {
            rules.add(new Applicator.If(schemas.at("if"), then, otherwise));
        }
    }
}
