package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Expression.Choice;
import dev.keiryo.grammar.Expression.Repeat;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Regex;
import dev.keiryo.grammar.UnenforceableException;
import dev.keiryo.grammar.schema.JsonSchemas;
import dev.keiryo.grammar.schema.SchemaOptions;
import dev.keiryo.template.JsonText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The parts of which each style's calls are put together: names of tools, and arguments that are valid under their schemas. */
final class CallGrammar {
    /** White space that may stand between the parts of a call: some line ends and an indentation. */
    static final int MOST_SPACE = 24;

    static final SchemaOptions OPTIONS =
            SchemaOptions.DEFAULT.withWhitespace(MOST_SPACE).withDoubles(true);

    /** Keywords beside which a schema's {@code properties} need not be all that it speaks of. */
    private static final Set<String> OPEN = Set.of(
            "additionalProperties",
            "unevaluatedProperties",
            "patternProperties",
            "propertyNames",
            "dependentSchemas",
            "dependentRequired",
            "minProperties",
            "$ref",
            "$dynamicRef",
            "allOf",
            "anyOf",
            "oneOf",
            "not",
            "if");

    private final ToolStyle style;
    private final List<Tool> tools;
    private final ToolChoice choice;
    private final Map<Tool, Frame> arguments = new HashMap<>();

    /**
     * @param tools that may be called, at least one
     * @param choice whether there have to be calls, and how many there may be
     */
    CallGrammar(ToolStyle style, List<Tool> tools, ToolChoice choice) {
        this.style = style;
        this.tools = List.copyOf(tools);
        this.choice = choice;
    }

    ToolStyle style() {
        return style;
    }

    List<Tool> tools() {
        return tools;
    }

    /** Whether more than one call may be made. */
    boolean several() {
        return !(choice instanceof ToolChoice.Named);
    }

    /** White space between parts, or none. */
    static Expression space() {
        return new Repeat(expression("[ \t\r\n]"), 0, MOST_SPACE);
    }

    /** What a regular expression of our own matches. */
    static Expression expression(String regex) {
        try {
            return Regex.whole(regex);
        } catch (FormatException e) {
            throw new IllegalArgumentException(regex, e);
        }
    }

    /** {@code tokens} one after the other, with white space between any two, and none around. */
    static Expression spaced(String... tokens) {
        List<Expression> parts = new ArrayList<>();
        for (String token : tokens) {
            if (!parts.isEmpty()) {
                parts.add(space());
            }
            parts.add(Expression.literal(token));
        }
        return new Expression.Sequence(parts);
    }

    static Expression optional(Expression body) {
        return new Choice(List.of(Expression.Sequence.EMPTY, body));
    }

    /** A mark of the style, spelled or as a control token. */
    static Frame mark(String text) {
        return text.isEmpty() ? Frame.END : Expression.mark(text).compile();
    }

    static Frame text(Expression text) {
        return text.equals(Expression.Sequence.EMPTY) ? Frame.END : text.compile();
    }

    static Frame text(String text) {
        return text(Expression.literal(text));
    }

    /** {@code frame} with white space before it. */
    static Frame behindSpace(Frame frame) {
        return Frame.sequence(space().compile(), frame);
    }

    /** One of the tools, as {@code call} writes it. */
    Frame anyTool(Function<Tool, Frame> call) {
        return Frame.choice(tools.stream().map(call).toList());
    }

    /** One or, where several may be made, more of {@code call}, with {@code between} between them. */
    Frame calls(Frame call, Frame between) {
        return several()
                ? Frame.sequence(call, Frame.repeat(Frame.sequence(between, call), 0, Expression.UNLIMITED))
                : call;
    }

    /** A call as a JSON object. */
    Frame object(JsonForm form) {
        Expression begin = Expression.sequence(
                Expression.literal("{"),
                space(),
                extra(form.before(), false),
                spaced(JsonText.write(form.name()), ":"),
                space());
        List<Frame> calls = new ArrayList<>();
        for (Tool tool : tools) {
            calls.add(Frame.sequence(
                    text(spaced(JsonText.write(tool.name()), ",", JsonText.write(form.arguments()), ":")),
                    arguments(tool)));
        }
        for (String none : choice instanceof ToolChoice.Auto ? form.none() : List.<String>of()) {
            if (tools.stream().noneMatch(tool -> tool.name().equals(none))) {
                calls.add(text(spaced(JsonText.write(none), ",", JsonText.write(form.arguments()), ":", "{", "}")));
            }
        }
        return Frame.sequence(
                text(begin),
                Frame.choice(calls),
                text(Expression.sequence(extra(form.behind(), true), space(), Expression.literal("}"))));
    }

    private static Expression extra(JsonForm.@Nullable Extra extra, boolean behind) {
        if (extra == null) {
            return Expression.Sequence.EMPTY;
        }
        Expression member =
                Expression.sequence(spaced(JsonText.write(extra.key()), ":"), space(), expression(extra.value()));
        return optional(
                behind
                        ? Expression.sequence(Expression.literal(","), space(), member)
                        : Expression.sequence(member, space(), Expression.literal(","), space()));
    }

    /** Calls as a JSON array of objects. */
    Frame list(JsonForm form) {
        return Frame.sequence(
                text(Expression.sequence(Expression.literal("["), space())),
                calls(object(form), text(Expression.sequence(space(), Expression.literal(","), space()))),
                text(Expression.sequence(space(), Expression.literal("]"))));
    }

    /** JSON of the arguments of {@code tool}, with white space around it. */
    Frame arguments(Tool tool) {
        return arguments.computeIfAbsent(
                tool, t -> compile(t, () -> JsonSchemas.compile(source(t), JsonText.write(schema(t)), OPTIONS)));
    }

    static String source(Tool tool) {
        return "tool " + tool.name();
    }

    /** Compiles a schema of a tool. */
    interface Compiler {
        Frame compile() throws FormatException;
    }

    /** Errors name the tool. */
    static Frame compile(Tool tool, Compiler compiler) {
        try {
            return compiler.compile();
        } catch (UnenforceableException e) {
            throw e.in(source(tool));
        } catch (FormatException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /**
     * The schema of a tool's arguments: an object, and where the schema only lists properties, no others. Nothing is lost by that, for
     * what a schema does not speak of no tool understands.
     */
    static Map<String, @Nullable Object> schema(Tool tool) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>(tool.parameters());
        // tools are written for many dialects; what they have in common is read as 2020-12, and all else is refused by
        // name
        schema.remove("$schema");
        Object type = schema.get("type");
        if (type != null && !type.equals("object") && !(type instanceof List<?> types && types.contains("object"))) {
            throw new IllegalArgumentException(source(tool) + ": its parameters should be of the type object, not "
                    + JsonText.write(type) + "; arguments have names");
        }
        schema.put("type", "object");
        boolean listed = schema.get("required") instanceof List<?> required
                ? names(schema).containsAll(required)
                : schema.get("required") == null;
        if (listed && schema.keySet().stream().noneMatch(OPEN::contains)) {
            schema.put("additionalProperties", false);
        }
        return schema;
    }

    private static Set<?> names(Map<String, @Nullable Object> schema) {
        return schema.get("properties") instanceof Map<?, ?> properties ? properties.keySet() : Set.of();
    }

    /**
     * The name of a tool where it stands outside JSON.
     *
     * @throws IllegalArgumentException where it could not be told from what is around it
     */
    String bareName(Tool tool) {
        if (!tool.name().matches("[\\p{L}\\p{N}_.-]+") || tool.name().startsWith("functions.")) {
            throw new IllegalArgumentException("the name of tool \"" + tool.name()
                    + "\" cannot be written in calls of the style " + style
                    + "; rename it with letters, digits, _, - and .");
        }
        return tool.name();
    }
}
