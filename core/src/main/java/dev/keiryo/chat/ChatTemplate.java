package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.LanguageModel;
import dev.keiryo.template.RaisedException;
import dev.keiryo.template.Template;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a model wants conversations written, and how it writes its answers. Immutable and thread-safe. */
public final class ChatTemplate {
    private final Template template;
    private final String text;
    private final String bos;
    private final String eos;
    private final ToolStyle tools;
    private final ReasoningStyle reasoning;

    private ChatTemplate(
            Template template, String text, String bos, String eos, ToolStyle tools, ReasoningStyle reasoning) {
        this.template = template;
        this.text = text;
        this.bos = bos;
        this.eos = eos;
        this.tools = tools;
        this.reasoning = reasoning;
    }

    /**
     * @param source where the template is from, for messages
     * @param text Jinja, as in {@code tokenizer_config.json}
     * @param bos the text of the beginning-of-sequence token, or empty
     * @param eos the text of the end-of-sequence token, or empty
     * @throws FormatException where the template is not valid
     */
    public static ChatTemplate parse(String source, String text, String bos, String eos) throws FormatException {
        return new ChatTemplate(
                Template.parse(source, text), text, bos, eos, ToolStyle.of(text), ReasoningStyle.of(text));
    }

    /** The template that a model carries; where it carries none, a known one that its special tokens speak for. */
    public static ChatTemplate of(LanguageModel model) throws FormatException {
        ChatTemplateSource source = ChatTemplateSource.of(
                model.engine().checkpoint().metadata(), model.hasTokenizer() ? model.tokenizer() : null);
        String carried = source.templates().get(ChatTemplateSource.DEFAULT);
        return parse(
                source.name() + ", chat template",
                carried != null ? carried : KnownTemplates.of(model.tokenizer()),
                source.bos(),
                source.eos());
    }

    /** The same template with tool calls read and written as {@code style} says, not as its text suggests. */
    public ChatTemplate withToolStyle(ToolStyle style) {
        return new ChatTemplate(template, text, bos, eos, style, reasoning);
    }

    /** The same template with thoughts where {@code style} says. */
    public ChatTemplate withReasoningStyle(ReasoningStyle style) {
        return new ChatTemplate(template, text, bos, eos, tools, style);
    }

    /** The template itself. */
    public String text() {
        return text;
    }

    public ToolStyle toolStyle() {
        return tools;
    }

    public ReasoningStyle reasoningStyle() {
        return reasoning;
    }

    /**
     * The text of a conversation.
     *
     * @throws RaisedException where the template refuses this conversation
     * @throws FormatException where the template fails
     */
    public String render(List<Message> messages, List<Tool> tools, RenderOptions options)
            throws FormatException, RaisedException {
        boolean calls = messages.stream().anyMatch(m -> !m.toolCalls().isEmpty());
        try {
            return template.render(variables(messages, tools, options, false), options.now());
        } catch (FormatException e) {
            if (!calls) {
                throw e;
            }
            try {
                // some templates add arguments to a string, and so want them as the JSON that they are made of
                return template.render(variables(messages, tools, options, true), options.now());
            } catch (FormatException again) {
                throw e;
            }
        }
    }

    private Map<String, @Nullable Object> variables(
            List<Message> messages, List<Tool> tools, RenderOptions options, boolean textArguments) {
        Map<String, @Nullable Object> variables = new LinkedHashMap<>();
        List<Object> list = new ArrayList<>();
        for (Message message : messages) {
            Map<String, @Nullable Object> json = ChatJson.json(message);
            if (textArguments) {
                ChatJson.writeArguments(json);
            }
            list.add(json);
        }
        variables.put("messages", list);
        if (!tools.isEmpty()) {
            variables.put("tools", tools.stream().map(ChatJson::json).toList());
        }
        variables.put("add_generation_prompt", options.generationPrompt());
        variables.put("bos_token", bos);
        variables.put("eos_token", eos);
        if (options.thinking() != null) {
            variables.put("enable_thinking", options.thinking());
            variables.put("thinking", options.thinking());
        }
        variables.putAll(options.variables());
        return variables;
    }

    /** Tokens of a rendered text: special tokens are parsed, and BOS is there once where the model wants it. */
    public int[] encode(Tokenizer tokenizer, String rendered) {
        int[] ids = tokenizer.encode(rendered, SpecialTokens.PARSED, false);
        int[] before = tokenizer.parts().postProcessor().before();
        boolean begins = ids.length >= before.length && Arrays.equals(before, Arrays.copyOf(ids, before.length));
        if (begins) {
            return ids;
        }
        int[] whole = Arrays.copyOf(before, before.length + ids.length);
        System.arraycopy(ids, 0, whole, before.length, ids.length);
        return whole;
    }

    /**
     * What takes apart the answer to a prompt that {@link #render} has given.
     *
     * @param prompt rendered; it may open a reasoning block
     */
    public OutputParser parser(String prompt, List<Tool> tools) {
        if (this.tools == ToolStyle.HARMONY) {
            return new HarmonyParser(prompt, tools);
        }
        return new AnswerParser(this.tools, reasoning, tools, prompt);
    }

    /**
     * What makes the model's calls of {@code tools} valid; {@link ToolConstraint#NO_TOOLS} where there are none.
     *
     * @throws dev.keiryo.grammar.UnenforceableException where a tool's schema has a keyword that cannot be enforced; it names both
     * @throws IllegalArgumentException where a schema is malformed, a tool's name cannot be written in the model's style, two tools
     *     have the same name, or {@code choice} asks for what there is not
     */
    public ToolConstraint constraint(List<Tool> tools, ToolChoice choice) {
        return ToolConstraint.of(this.tools, reasoning, tools, choice);
    }
}
