package dev.keiryo.template;

import dev.keiryo.FormatException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Jinja template as chat models carry them. The language is Jinja2's, in the sandbox that Hugging Face's transformers
 * render in: {@code trim_blocks}, {@code lstrip_blocks}, {@code break} and {@code continue}, {@code generation} blocks,
 * {@code tojson} as plain JSON, {@code raise_exception}, {@code strftime_now}. Values are Python's. What reaches into other
 * files ({@code include}, {@code extends}, …) is refused by name.
 *
 * <p>Templates may be hostile: steps, memory and depth are bounded. Immutable and thread-safe.
 *
 * <p>Source: Jinja 3.1, "Template Designer Documentation"; transformers, {@code chat_template_utils}.
 */
public final class Template {
    private final String source;
    private final List<Statement> statements;
    private final int size;

    private Template(String source, List<Statement> statements, int size) {
        this.source = source;
        this.statements = statements;
        this.size = size;
    }

    /**
     * @param source where the template is from, for messages
     * @param text the template
     * @throws FormatException where it is not valid, with the line
     */
    public static Template parse(String source, String text) throws FormatException {
        try {
            return new Template(source, Parser.parse(text), text.length());
        } catch (SyntaxFailure e) {
            throw new FormatException(source, "line " + e.line() + ": " + e.getMessage());
        } catch (TemplateFailure e) {
            throw new FormatException(source, e.text());
        }
    }

    /**
     * The template's text for the given variables.
     *
     * @param variables by name: null, Boolean, whole numbers, Double, String, Collection, or Map with string keys
     * @param now what {@code strftime_now} tells
     * @throws RaisedException where the template calls {@code raise_exception}
     * @throws FormatException where it fails, with the line
     * @throws IllegalArgumentException where a variable is of another type
     */
    public String render(Map<String, @Nullable Object> variables, LocalDateTime now)
            throws FormatException, RaisedException {
        Budget budget = new Budget(size + JsonText.size(variables));
        Scope globals = new Scope(null);
        Globals.define(globals, now, budget);
        Scope context = new Scope(globals);
        variables.forEach((name, value) -> context.set(name, JsonText.inner(value, 0)));
        Renderer renderer = new Renderer(budget);
        try {
            return renderer.render(statements, new Scope(context));
        } catch (TemplateFailure e) {
            if (e.kind() == TemplateFailure.Kind.RAISED) {
                throw new RaisedException(e.text());
            }
            throw new FormatException(source, "line " + renderer.line() + ": " + e.text());
        }
    }
}
