package dev.keiryo.grammar.schema;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.UnenforceableException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Finds schemas: identifiers, anchors, pointers, and the documents that a caller has given. Never the network. */
final class References {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** Base of a schema that has no identifier. */
    private static final String NO_BASE = "schema:/";

    /** Keywords whose value is a schema, a list of schemas, or schemas by name. */
    private static final Set<String> ONE = Set.of(
            "additionalProperties",
            "items",
            "contains",
            "propertyNames",
            "not",
            "if",
            "then",
            "else",
            "unevaluatedItems",
            "unevaluatedProperties",
            "contentSchema");

    private static final Set<String> LIST = Set.of("prefixItems", "allOf", "anyOf", "oneOf");
    private static final Set<String> NAMED =
            Set.of("$defs", "definitions", "properties", "patternProperties", "dependentSchemas");

    private final String source;
    private final Map<String, String> texts;
    private final Map<String, Resource> resources = new HashMap<>();
    private final Map<String, Resource.Document> documents = new HashMap<>();

    /**
     * A schema.
     *
     * @param path JSON pointer in its document
     * @param resource that it belongs to
     */
    record Place(JsonNode json, String path, Resource resource) {
        /** For messages. */
        String pointer() {
            String uri = resource.document.uri;
            return (uri.equals(NO_BASE) ? "#" : uri + "#") + path;
        }
    }

    References(String source, Map<String, String> texts) {
        this.source = source;
        this.texts = texts;
    }

    Place root(String text) throws FormatException {
        Resource.Document document = load(NO_BASE, text);
        return at(document, "");
    }

    private Resource.Document load(String uri, String text) throws FormatException {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JacksonException e) {
            throw new FormatException(source, "not JSON: " + e.getOriginalMessage(), e);
        } catch (NumberFormatException e) { // Jackson lets BigDecimal's own through
            throw new FormatException(source, "a number's exponent is beyond what can be computed with", e);
        }
        if (root == null || root.isMissingNode()) {
            throw new FormatException(source, "empty; expected a schema as JSON");
        }
        checkStrings(root);
        Resource.Document document = new Resource.Document(uri, root);
        documents.put(uri, document);
        Resource resource = new Resource(uri, root, "", document);
        resources.putIfAbsent(uri, resource);
        index(root, "", resource);
        return document;
    }

    private void checkStrings(JsonNode node) throws FormatException {
        if (node.isString()) {
            checkString(node.stringValue());
        }
        for (String name : node.propertyNames()) {
            checkString(name);
        }
        for (JsonNode child : node) {
            checkStrings(child);
        }
    }

    private void checkString(String s) throws FormatException {
        if (s.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)) {
            throw new FormatException(source, "a string has a lone surrogate, which no valid text can have");
        }
    }

    /** Notes the resource of every schema below, and what identifiers and anchors there are. */
    private void index(JsonNode json, String path, Resource outer) throws FormatException {
        Resource resource = outer;
        if (!json.isObject() || outer.document.resources.containsKey(path)) {
            outer.document.resources.putIfAbsent(path, outer);
            return;
        }
        JsonNode id = json.get("$id");
        if (id != null && id.isString()) {
            String uri = absolute(outer.base, id.stringValue(), path);
            resource = new Resource(withoutFragment(uri), json, path, outer.document);
            resources.putIfAbsent(resource.base, resource);
            if (path.isEmpty()) {
                // the place it was found at stands for it too
                resources.put(outer.base, resource);
            }
        }
        outer.document.resources.put(path, resource);
        JsonNode anchor = json.get("$anchor");
        if (anchor != null && anchor.isString()) {
            resource.anchors.putIfAbsent(anchor.stringValue(), path);
        }
        JsonNode dynamic = json.get("$dynamicAnchor");
        if (dynamic != null && dynamic.isString()) {
            resource.anchors.putIfAbsent(dynamic.stringValue(), path);
            resource.dynamic.putIfAbsent(dynamic.stringValue(), path);
        }
        for (String keyword : json.propertyNames()) {
            JsonNode value = json.get(keyword);
            String below = path + "/" + escape(keyword);
            if (ONE.contains(keyword)) {
                index(value, below, resource);
            } else if (LIST.contains(keyword) && value.isArray()) {
                for (int i = 0; i < value.size(); i++) {
                    index(value.get(i), below + "/" + i, resource);
                }
            } else if (NAMED.contains(keyword) && value.isObject()) {
                for (String name : value.propertyNames()) {
                    index(value.get(name), below + "/" + escape(name), resource);
                }
            }
        }
    }

    static String escape(String step) {
        return step.replace("~", "~0").replace("/", "~1");
    }

    /** The schema below another, through keyword and name or index. */
    Place child(Resource resource, SchemaNode node, JsonNode json, String... steps) throws FormatException {
        StringBuilder path = new StringBuilder(path(node));
        JsonNode at = json;
        for (String step : steps) {
            path.append('/').append(escape(step));
            at = at.isArray() ? at.get(Integer.parseInt(step)) : at.get(step);
        }
        return place(resource.document, path.toString(), at, resource);
    }

    private static String path(SchemaNode node) {
        return node.pointer.substring(node.pointer.indexOf('#') + 1);
    }

    private Place place(Resource.Document document, String path, JsonNode json, Resource outer) throws FormatException {
        if (!document.resources.containsKey(path)) {
            index(json, path, outer);
        }
        return new Place(json, path, document.resources.getOrDefault(path, outer));
    }

    /** The schema at a pointer. */
    Place at(Resource.Document document, String path) throws FormatException {
        Resource root = resources.getOrDefault(document.uri, new Resource(document.uri, document.root, "", document));
        Place place = find(root, document.root, "", document, path);
        if (place == null) {
            throw new FormatException(source, document.uri + "#" + path + ": no such schema");
        }
        return place;
    }

    private @Nullable Place find(
            Resource from, JsonNode start, String startPath, Resource.Document document, String pointer)
            throws FormatException {
        JsonNode at = start;
        String path = startPath;
        Resource resource = from;
        if (!pointer.isEmpty()) {
            for (String step : pointer.substring(1).split("/", -1)) {
                String name = step.replace("~1", "/").replace("~0", "~");
                JsonNode next = null;
                if (at.isObject()) {
                    next = at.get(name);
                } else if (at.isArray() && name.matches("0|[1-9][0-9]{0,8}")) {
                    next = at.get(Integer.parseInt(name));
                }
                if (next == null) {
                    return null;
                }
                at = next;
                path = path + "/" + step;
                resource = document.resources.getOrDefault(path, resource);
            }
        }
        return place(document, path, at, resource);
    }

    /**
     * What {@code reference} leads to.
     *
     * @throws UnenforceableException where that is not known
     */
    Place resolve(Resource resource, String reference, String where, String keyword) throws FormatException {
        int hash = reference.indexOf('#');
        String before = hash < 0 ? reference : reference.substring(0, hash);
        String fragment = hash < 0 ? "" : decode(reference.substring(hash + 1));
        Resource target = resource;
        if (!before.isEmpty()) {
            String uri = withoutFragment(absolute(resource.base, before, where));
            Resource known = resources.get(uri);
            if (known == null && texts.containsKey(uri)) {
                load(uri, texts.get(uri));
                known = resources.get(uri);
            }
            if (known == null) {
                throw new UnenforceableException(
                        where, keyword, "the schema " + uri + " is not here, and nothing is fetched");
            }
            target = known;
        }
        Place found;
        if (fragment.isEmpty() || fragment.startsWith("/")) {
            found = find(target, target.root, target.pointer, target.document, fragment);
        } else {
            String path = target.anchors.get(fragment);
            found = path == null ? null : at(target.document, path);
        }
        if (found == null) {
            throw new FormatException(
                    source, where + ": \"" + keyword + "\" leads to " + reference + ", which is not there");
        }
        return found;
    }

    private String absolute(String base, String reference, String where) throws FormatException {
        try {
            URI uri = new URI(reference);
            return uri.isAbsolute() ? reference : new URI(base).resolve(uri).toString();
        } catch (URISyntaxException e) {
            throw new FormatException(source, where + ": not a URI: " + reference, e);
        }
    }

    private static String withoutFragment(String uri) {
        int hash = uri.indexOf('#');
        return hash < 0 ? uri : uri.substring(0, hash);
    }

    /** Percent-encoded UTF-8. */
    private static String decode(String s) {
        if (s.indexOf('%') < 0) {
            return s;
        }
        byte[] in = s.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length];
        int n = 0;
        for (int i = 0; i < in.length; i++) {
            int high = in[i] == '%' && i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(in[i + 2], 16);
            if (low >= 0) {
                out[n++] = (byte) (high * 16 + low);
                i += 2;
            } else {
                out[n++] = in[i];
            }
        }
        return new String(out, 0, n, StandardCharsets.UTF_8);
    }
}
