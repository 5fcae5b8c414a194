package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.chat.MemberFrame.Member;
import dev.keiryo.chat.MemberFrame.Members;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.UnenforceableException;
import dev.keiryo.grammar.schema.JsonSchemas;
import dev.keiryo.grammar.schema.SchemaOptions;
import dev.keiryo.template.JsonText;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A tool's parameters one by one, for styles that do not write them as one JSON object. What its schema says of the object as a
 * whole cannot be enforced there, but for which parameters there are and which are required.
 */
final class Parameters {
    private static final String DOCUMENT = "tool:/parameters";

    private static final Set<String> KNOWN = Set.of(
            "type",
            "properties",
            "required",
            "additionalProperties",
            "$defs",
            "definitions",
            "title",
            "description",
            "default",
            "examples",
            "$comment",
            "$schema",
            "$id");

    private final Tool tool;
    private final ToolStyle style;
    private final SchemaOptions options;
    private final Map<String, @Nullable Object> properties = new LinkedHashMap<>();
    private final Set<String> required = new LinkedHashSet<>();

    /** How a parameter is written. */
    interface Writer {
        /** @param first whether no other stands before it */
        Frame write(String name, Frame value, boolean first);
    }

    Parameters(CallGrammar grammar, Tool tool, SchemaOptions options) {
        this.tool = tool;
        this.style = grammar.style();
        Map<String, @Nullable Object> schema = CallGrammar.schema(tool);
        for (String keyword : schema.keySet()) {
            if (!KNOWN.contains(keyword)) {
                throw new UnenforceableException(
                                "#",
                                keyword,
                                "calls of the style " + style + " hold each argument to its schema, not all together")
                        .in(CallGrammar.source(tool));
            }
        }
        Map<String, String> documents = new LinkedHashMap<>(options.documents());
        documents.put(DOCUMENT, JsonText.write(schema));
        this.options = options.withDocuments(documents);
        if (schema.get("properties") instanceof Map<?, ?> map) {
            map.forEach((name, value) -> properties.put(String.valueOf(name), value));
        }
        if (schema.get("required") instanceof List<?> list) {
            list.forEach(name -> required.add(String.valueOf(name)));
        }
        required.forEach(name -> properties.putIfAbsent(name, true));
    }

    /** All parameters, in any order, and {@code close}. */
    Frame frame(Writer writer, Values values, Frame close) {
        List<Member> members = new ArrayList<>();
        properties.forEach((name, schema) -> {
            if (Boolean.FALSE.equals(schema) && !required.contains(name)) {
                return; // nothing is valid for it
            }
            if (!name.matches("[^\\s<>=\"(),\\[\\]{}]([^<>=\"(),\\[\\]{}\n\r]*[^\\s<>=\"(),\\[\\]{}])?")) {
                throw new IllegalArgumentException(CallGrammar.source(tool) + ": the parameter \"" + name
                        + "\" cannot be written in calls of the style " + style
                        + "; rename it with letters, digits, _, - and .");
            }
            Frame value = CallGrammar.compile(tool, () -> values.of(name, schema));
            members.add(new Member(
                    writer.write(name, value, true), writer.write(name, value, false), required.contains(name)));
        });
        return new Members(members, close).start();
    }

    /** How a parameter's values are written. */
    interface Values {
        Frame of(String name, @Nullable Object schema) throws FormatException;
    }

    /** JSON that is valid for the parameter {@code name}, with white space around it. */
    Frame json(String name) throws FormatException {
        return JsonSchemas.compile(CallGrammar.source(tool), reference(name), options);
    }

    /** Strings that are valid for the parameter {@code name}, as they are, and have none of {@code never} in them. */
    Frame text(String name, List<String> never) throws FormatException {
        Map<String, Object> without =
                Map.of("type", "string", "not", Map.of("pattern", String.join("|", never)), "$ref", pointer(name));
        return JsonSchemas.compileText(CallGrammar.source(tool), JsonText.write(without), options);
    }

    private String reference(String name) {
        // a parameter that is only required has no schema of its own
        return properties.get(name) instanceof Boolean any && any
                ? "true"
                : JsonText.write(Map.of("$ref", pointer(name)));
    }

    private static String pointer(String name) {
        String escaped = name.replace("~", "~0").replace("/", "~1");
        return DOCUMENT + "#/properties/"
                + URLEncoder.encode(escaped, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
