package dev.keiryo.chat;

import dev.keiryo.generate.Constraint;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.UnenforceableException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What makes a model's tool calls valid: from the moment that it begins one, in the way of its {@link ToolStyle}, it can only write
 * a call of one of the tools, with arguments that are valid under the tool's JSON Schema; all else that it says and thinks is
 * free. What {@link ChatTemplate#parser} finds in such an answer are valid calls. There is a grammar for every style.
 *
 * <p>Compile it once and use it for any number of answers; immutable and thread-safe.
 */
public final class ToolConstraint {
    /** Where there are no tools: nothing is a call, and nothing is held to anything. */
    public static final ToolConstraint NO_TOOLS = new ToolConstraint();

    private final List<Tool> tools;
    private final ToolChoice choice;
    private final ToolStyle style;
    private final ReasoningStyle reasoning;
    private final @Nullable CallGrammar grammar;
    private final Map<Boolean, Constraint> constraints = new HashMap<>();

    private ToolConstraint() {
        tools = List.of();
        choice = ToolChoice.AUTO;
        style = ToolStyle.JSON;
        reasoning = ReasoningStyle.NONE;
        grammar = null;
    }

    /**
     * @throws UnenforceableException where a tool's schema has a keyword that cannot be enforced; it names both
     * @throws IllegalArgumentException where a schema is malformed, a name cannot be written in this style, two tools have the same
     *     name, or {@code choice} asks for a call of a tool that there is not
     */
    private ToolConstraint(ToolStyle style, ReasoningStyle reasoning, List<Tool> tools, ToolChoice choice) {
        this.style = style;
        this.reasoning = reasoning;
        this.tools = List.copyOf(tools);
        this.choice = choice;
        long names = tools.stream().map(Tool::name).distinct().count();
        if (names < tools.size()) {
            throw new IllegalArgumentException("two tools have the same name; rename one");
        }
        List<Tool> callable = tools;
        if (choice instanceof ToolChoice.Named named) {
            callable = tools.stream().filter(t -> t.name().equals(named.name())).toList();
            if (callable.isEmpty()) {
                throw new IllegalArgumentException("there is no tool \"" + named.name()
                        + "\" that could be called; there are "
                        + String.join(", ", tools.stream().map(Tool::name).toList()));
            }
        }
        grammar = new CallGrammar(style, callable, choice);
        constraints.put(false, Constraint.of(language(grammar, false)));
    }

    /** As the constructors say. */
    static ToolConstraint of(ToolStyle style, ReasoningStyle reasoning, List<Tool> tools, ToolChoice choice) {
        if (tools.isEmpty()) {
            if (choice instanceof ToolChoice.Required || choice instanceof ToolChoice.Named) {
                throw new IllegalArgumentException("there are no tools, but the tool choice is " + choice);
            }
            return NO_TOOLS;
        }
        return new ToolConstraint(style, reasoning, tools, choice);
    }

    public List<Tool> tools() {
        return tools;
    }

    public ToolChoice choice() {
        return choice;
    }

    /**
     * What the answer to {@code prompt} is to be held to; generate it with control tokens shown, since some of them are marks.
     *
     * @param prompt rendered; it may open a reasoning block, or the first part of the answer
     * @return null where there are no tools: the answer is free
     */
    public synchronized @Nullable Constraint forPrompt(String prompt) {
        CallGrammar known = grammar;
        return known == null
                ? null
                : constraints.computeIfAbsent(isOpened(prompt), opened -> Constraint.of(language(known, opened)));
    }

    private boolean isOpened(String prompt) {
        return style == ToolStyle.FUNCTIONARY_3_2 ? prompt.endsWith(">>>") : reasoning.opened(prompt);
    }

    /** What the answer to {@code prompt} is to be held to. */
    Frame language(String prompt) {
        return language(Objects.requireNonNull(grammar), isOpened(prompt));
    }

    private Frame language(CallGrammar known, boolean opened) {
        boolean required = choice instanceof ToolChoice.Required || choice instanceof ToolChoice.Named;
        boolean allowed = !(choice instanceof ToolChoice.None);
        return switch (style) {
            case FUNCTIONARY_3_2 ->
                required ? RecipientGrammar.required(known, opened) : RecipientGrammar.free(known, allowed, opened);
            case HARMONY -> required ? HarmonyGrammar.required(known) : HarmonyGrammar.free(known, allowed);
            default -> {
                AnswerGrammar answers = new AnswerGrammar(style, reasoning, known);
                yield required ? answers.required(opened) : answers.free(allowed, opened);
            }
        };
    }
}
