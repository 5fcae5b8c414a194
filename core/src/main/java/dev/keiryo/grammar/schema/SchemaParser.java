package dev.keiryo.grammar.schema;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.UnenforceableException;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads the keywords of all schemas that the root one leads to. Whatever has no rule here is refused by name. */
final class SchemaParser {
    static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

    /** Say something about a schema, nothing about its instances. */
    private static final Set<String> ANNOTATIONS = Set.of(
            "$schema",
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

    private static final int MOST_DIGITS = 1_000;
    /** A text that must be longer is never asked for. */
    private static final long MOST_LEAST = 10_000_000;

    private final String source;
    private final SchemaOptions options;
    private final References references;
    private final ArrayDeque<Pending> queue = new ArrayDeque<>();
    private final Map<String, Dfa> patterns = new LinkedHashMap<>();

    private record Pending(SchemaNode node, JsonNode json) {}

    SchemaParser(String source, SchemaOptions options) {
        this.source = source;
        this.options = options;
        this.references = new References(source, options.documents());
    }

    SchemaNode parse(String text) throws FormatException {
        SchemaNode root = node(references.root(text));
        while (!queue.isEmpty()) {
            Pending next = queue.remove();
            next.node.setRules(new Keywords(next.node, next.json).rules());
        }
        return root;
    }

    private SchemaNode node(References.Place place) throws FormatException {
        JsonNode json = place.json();
        if (json.isBoolean()) {
            return json.booleanValue() ? SchemaNode.TRUE : SchemaNode.FALSE;
        }
        if (!json.isObject()) {
            throw new FormatException(source, place.pointer() + ": expected a schema, an object or a boolean");
        }
        Map<String, SchemaNode> nodes = place.resource().document.nodes;
        SchemaNode known = nodes.get(place.path());
        if (known == null) {
            known = new SchemaNode(place.pointer(), place.resource());
            nodes.put(place.path(), known);
            queue.add(new Pending(known, json));
            for (Map.Entry<String, String> a : place.resource().dynamic.entrySet()) {
                if (!place.resource().dynamicAnchors().containsKey(a.getKey())) {
                    place.resource().dynamicAnchors().put(a.getKey(), SchemaNode.TRUE); // against endless recursion
                    place.resource()
                            .dynamicAnchors()
                            .put(a.getKey(), node(references.at(place.resource().document, a.getValue())));
                }
            }
        }
        return known;
    }

    /** One schema's keywords. */
    private final class Keywords {
        private final SchemaNode node;
        private final JsonNode json;
        private final Resource resource;
        private final List<Rule> rules = new ArrayList<>();

        Keywords(SchemaNode node, JsonNode json) {
            this.node = node;
            this.json = json;
            this.resource = java.util.Objects.requireNonNull(node.resource);
        }

        List<Rule> rules() throws FormatException {
            for (String keyword : json.propertyNames()) {
                read(keyword, json.get(keyword));
            }
            members();
            items();
            contains();
            conditional();
            for (Map.Entry<String, Kind> e : Unevaluated.KEYWORDS.entrySet()) {
                JsonNode value = json.get(e.getKey());
                if (value != null) {
                    List<Rule> others = rules.stream()
                            .filter(r -> !(r instanceof Unevaluated))
                            .toList();
                    rules.add(new Unevaluated(e.getValue(), child(e.getKey()), others));
                }
            }
            return rules;
        }

        private void read(String keyword, JsonNode value) throws FormatException {
            switch (keyword) {
                case "type" -> rules.add(type(value));
                case "enum" -> {
                    if (!value.isArray()) {
                        throw wrong(keyword, "an array");
                    }
                    value.forEach(v -> checkNumbers(keyword, v));
                    rules.add(new EnumRule(keyword, node.pointer, value));
                }
                case "const" -> {
                    checkNumbers(keyword, value);
                    rules.add(new EnumRule(keyword, node.pointer, List.of(value)));
                }
                case "minimum" ->
                    number(
                            keyword,
                            NumberShape.atLeast(number(keyword), false),
                            NumberShape.atMost(number(keyword), true));
                case "exclusiveMinimum" ->
                    number(
                            keyword,
                            NumberShape.atLeast(number(keyword), true),
                            NumberShape.atMost(number(keyword), false));
                case "maximum" ->
                    number(
                            keyword,
                            NumberShape.atMost(number(keyword), false),
                            NumberShape.atLeast(number(keyword), true));
                case "exclusiveMaximum" ->
                    number(
                            keyword,
                            NumberShape.atMost(number(keyword), true),
                            NumberShape.atLeast(number(keyword), false));
                case "multipleOf" -> {
                    BigDecimal of = number(keyword);
                    if (of.signum() <= 0) {
                        throw wrong(keyword, "a number above 0");
                    }
                    number(keyword, NumberShape.multipleOf(of), NumberShape.notMultipleOf(of));
                }
                case "minLength" -> {
                    long n = least(keyword);
                    add(
                            keyword,
                            Kind.STRING,
                            StringShape.length(n, Long.MAX_VALUE),
                            n == 0 ? null : StringShape.length(0, n - 1));
                }
                case "maxLength" -> {
                    long n = count(keyword);
                    add(keyword, Kind.STRING, StringShape.length(0, n), StringShape.length(n + 1, Long.MAX_VALUE));
                }
                case "pattern" -> {
                    Dfa dfa = pattern(keyword, text(keyword, value));
                    add(keyword, Kind.STRING, StringShape.language(dfa, true), StringShape.language(dfa, false));
                }
                case "format" -> {
                    if (options.formats()) {
                        Dfa dfa = format(text(keyword, value));
                        add(keyword, Kind.STRING, StringShape.language(dfa, true), StringShape.language(dfa, false));
                    }
                }
                case "minItems" -> {
                    long n = least(keyword);
                    add(
                            keyword,
                            Kind.ARRAY,
                            ArrayShape.length(n, ArrayShape.ENDLESS),
                            n == 0 ? null : ArrayShape.length(0, n - 1));
                }
                case "maxItems" -> {
                    long n = count(keyword);
                    add(keyword, Kind.ARRAY, ArrayShape.length(0, n), ArrayShape.length(n + 1, ArrayShape.ENDLESS));
                }
                case "uniqueItems" -> unique(value);
                case "minProperties" -> {
                    long n = least(keyword);
                    add(
                            keyword,
                            Kind.OBJECT,
                            ObjectShape.count(n, Long.MAX_VALUE),
                            n == 0 ? null : ObjectShape.count(0, n - 1));
                }
                case "maxProperties" -> {
                    long n = count(keyword);
                    add(keyword, Kind.OBJECT, ObjectShape.count(0, n), ObjectShape.count(n + 1, Long.MAX_VALUE));
                }
                case "required" -> rules.add(required(keyword, null, names(keyword, value)));
                case "dependentRequired" -> {
                    for (String name : object(keyword, value)) {
                        rules.add(required(keyword, name, names(keyword, value.get(name))));
                    }
                }
                case "dependentSchemas" -> {
                    for (String name : object(keyword, value)) {
                        rules.add(new MemberRules.DependentSchema(name, child(keyword, name)));
                    }
                }
                case "propertyNames" -> rules.add(new MemberRules.PropertyNames(child(keyword)));
                case "allOf" -> rules.add(new Applicator.AllOf(keyword, children(keyword, value)));
                case "anyOf" -> rules.add(new Applicator.AnyOf(children(keyword, value)));
                case "oneOf" -> rules.add(new Applicator.OneOf(children(keyword, value)));
                case "not" -> rules.add(new Applicator.Not(child(keyword)));
                case "$ref" -> rules.add(new Applicator.AllOf(keyword, List.of(target(keyword, text(keyword, value)))));
                case "$dynamicRef" -> rules.add(dynamic(keyword, text(keyword, value)));
                case "$schema" -> {
                    String dialect = text(keyword, value);
                    if (!dialect.equals(DIALECT) && !dialect.equals(DIALECT + "#")) {
                        throw new UnenforceableException(
                                node.pointer,
                                keyword,
                                "of all dialects, only " + DIALECT + " is known, not " + dialect);
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
                        "unevaluatedItems" -> {}
                default -> {
                    if (!ANNOTATIONS.contains(keyword) && !keyword.startsWith("x-")) {
                        throw new UnenforceableException(
                                node.pointer,
                                keyword,
                                "it is no keyword of draft 2020-12; remove it, or begin it with x-");
                    }
                }
            }
        }

        private FormatException wrong(String keyword, String expected) {
            return new FormatException(source, node.pointer + ": \"" + keyword + "\" must be " + expected);
        }

        private SchemaNode child(String... steps) throws FormatException {
            return node(references.child(resource, node, json, steps));
        }

        private SchemaNode target(String keyword, String reference) throws FormatException {
            return node(references.resolve(resource, reference, node.pointer, keyword));
        }

        private Rule dynamic(String keyword, String reference) throws FormatException {
            References.Place place = references.resolve(resource, reference, node.pointer, keyword);
            SchemaNode target = node(place);
            String anchor = reference.substring(reference.indexOf('#') + 1);
            boolean isDynamic = place.path().equals(place.resource().dynamic.get(anchor));
            return isDynamic
                    ? new Applicator.DynamicRef(anchor, target)
                    : new Applicator.AllOf(keyword, List.of(target));
        }

        private List<SchemaNode> children(String keyword, JsonNode value) throws FormatException {
            if (!value.isArray() || value.isEmpty()) {
                throw wrong(keyword, "an array of schemas, one at least");
            }
            List<SchemaNode> nodes = new ArrayList<>();
            for (int i = 0; i < value.size(); i++) {
                nodes.add(child(keyword, Integer.toString(i)));
            }
            return nodes;
        }

        private void add(String keyword, Kind kind, Shape passing, @Nullable Shape failing) {
            rules.add(new Assertion(keyword, kind, List.of(passing), failing == null ? List.of() : List.of(failing)));
        }

        private void number(String keyword, Shape passing, Shape failing) {
            add(keyword, Kind.NUMBER, passing, failing);
        }

        private BigDecimal number(String keyword) throws FormatException {
            JsonNode value = json.get(keyword);
            if (!value.isNumber()) {
                throw wrong(keyword, "a number");
            }
            checkNumbers(keyword, value);
            return EnumRule.number(value);
        }

        private void checkNumbers(String keyword, JsonNode value) {
            if (value.isNumber()) {
                BigDecimal n = value.decimalValue();
                if (n.precision() > MOST_DIGITS || Math.abs((long) n.scale()) > MOST_DIGITS) {
                    throw new UnenforceableException(
                            node.pointer, keyword, "a number of more than " + MOST_DIGITS + " digits");
                }
            }
            value.forEach(v -> checkNumbers(keyword, v));
        }

        private long least(String keyword) throws FormatException {
            long n = count(keyword);
            if (n > MOST_LEAST) {
                throw new UnenforceableException(
                        node.pointer, keyword, "more than " + MOST_LEAST + " is not supported");
            }
            return n;
        }

        private long count(String keyword) throws FormatException {
            BigDecimal n = number(keyword);
            if (n.signum() < 0 || n.scale() > 0) {
                throw wrong(keyword, "an integer, 0 at least");
            }
            return n.precision() - n.scale() > 15 ? Long.MAX_VALUE / 8 : n.longValueExact();
        }

        private String text(String keyword, JsonNode value) throws FormatException {
            if (!value.isString()) {
                throw wrong(keyword, "a string");
            }
            return value.stringValue();
        }

        private Iterable<String> object(String keyword, JsonNode value) throws FormatException {
            if (!value.isObject()) {
                throw wrong(keyword, "an object");
            }
            return value.propertyNames();
        }

        private Set<String> names(String keyword, JsonNode value) throws FormatException {
            if (!value.isArray()) {
                throw wrong(keyword, "an array of strings");
            }
            Set<String> names = new LinkedHashSet<>();
            for (JsonNode name : value) {
                names.add(text(keyword, name));
            }
            return names;
        }

        private Rule type(JsonNode value) throws FormatException {
            Set<String> types = value.isArray() ? names("type", value) : Set.of(text("type", value));
            for (String type : types) {
                if (!TypeRule.NAMES.contains(type)) {
                    throw wrong("type", "one of " + TypeRule.NAMES + ", not " + type);
                }
            }
            return new TypeRule(types);
        }

        /** @param name the property on which the others depend; null where they are always required */
        private Rule required(String keyword, @Nullable String name, Set<String> required) {
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
            JsonNode properties = json.get("properties");
            if (properties != null) {
                keyword = "properties";
                for (String name : object(keyword, properties)) {
                    named.put(name, child(keyword, name));
                }
            }
            JsonNode patternProperties = json.get("patternProperties");
            if (patternProperties != null) {
                keyword = "patternProperties";
                for (String pattern : object(keyword, patternProperties)) {
                    matching.computeIfAbsent(pattern(keyword, pattern), d -> new ArrayList<>())
                            .add(child(keyword, pattern));
                }
            }
            SchemaNode other = json.has("additionalProperties") ? child("additionalProperties") : null;
            if (keyword != null || other != null) {
                rules.add(MemberRules.Properties.of(
                        keyword == null ? "additionalProperties" : keyword, named, matching, other));
            }
        }

        private void items() throws FormatException {
            JsonNode prefix = json.get("prefixItems");
            JsonNode rest = json.get("items");
            if (rest != null && rest.isArray()) {
                throw new UnenforceableException(
                        node.pointer, "items", "an array of schemas is of an older draft; call it prefixItems");
            }
            if (prefix != null || rest != null) {
                rules.add(new ItemRules.Items(
                        prefix == null ? "items" : "prefixItems",
                        prefix == null ? List.of() : children("prefixItems", prefix),
                        rest == null ? null : child("items")));
            }
        }

        private void contains() throws FormatException {
            long least = json.has("minContains") ? least("minContains") : 1;
            long most = json.has("maxContains") ? count("maxContains") : ArrayShape.ENDLESS;
            if (json.has("contains")) {
                rules.add(new ItemRules.Contains("contains", child("contains"), least, most));
            }
        }

        private void conditional() throws FormatException {
            SchemaNode then = json.has("then") ? child("then") : SchemaNode.TRUE;
            SchemaNode otherwise = json.has("else") ? child("else") : SchemaNode.TRUE;
            if (json.has("if")) {
                rules.add(new Applicator.If(child("if"), then, otherwise));
            }
        }

        private void unique(JsonNode value) throws FormatException {
            if (!value.isBoolean()) {
                throw wrong("uniqueItems", "a boolean");
            }
            if (value.booleanValue()) {
                rules.add(new ItemRules.Unique(node.pointer));
            }
        }

        private Dfa pattern(String keyword, String pattern) {
            Dfa known = patterns.get(pattern);
            if (known == null) {
                try {
                    known = RegexDfa.of(RegexParser.parse(pattern));
                } catch (RegexParser.Unsupported e) {
                    throw new UnenforceableException(node.pointer, keyword, String.valueOf(e.getMessage()));
                } catch (Dfa.TooLarge e) {
                    throw new UnenforceableException(node.pointer, keyword, "it is " + e.getMessage());
                }
                patterns.put(pattern, known);
            }
            return known;
        }

        private Dfa format(String format) {
            Dfa dfa;
            try {
                dfa = Formats.find(format);
            } catch (Dfa.TooLarge | RegexParser.Unsupported e) {
                throw new IllegalStateException(format, e);
            }
            if (dfa == null) {
                throw new UnenforceableException(node.pointer, "format", "no automaton for " + format + " is known");
            }
            return dfa;
        }
    }
}
