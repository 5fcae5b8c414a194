package dev.keiryo.chat;

import java.util.List;

/** How a model writes tool calls. */
@SuppressWarnings("ImmutableEnumChecker") // its lists are copies that cannot be changed
public enum ToolStyle {
    /** {@code {"name": …, "arguments": {…}}} or a list of them, and nothing else; or as in {@link #HERMES}. */
    JSON(List.of(new TaggedCalls("<tool_call>", "</tool_call>", JsonForm.USUAL, false), new BareCalls(JsonForm.USUAL))),
    /** {@code <tool_call>{"name": …, "arguments": {…}}</tool_call>}: Hermes 2 and 3, Qwen 2.5 and 3, SmolLM 3. */
    HERMES(List.of(new TaggedCalls("<tool_call>", "</tool_call>", JsonForm.USUAL, false))),
    /** {@code {"name": …, "parameters": {…}}}, maybe behind {@code <|python_tag|>}: Llama 3.1 to 3.3. */
    LLAMA3(List.of(new PythonTagCalls(), new BareCalls(JsonForm.LLAMA3))),
    /** {@code <tool_call><function=NAME><parameter=KEY>VALUE</parameter></function></tool_call>}: Qwen3-Coder. */
    QWEN_CODER(
            List.of(new ElementCalls("<tool_call>", false), new ElementCalls("<function=", false)),
            "<seed:tool_call>",
            "</seed:tool_call>"),
    /** {@code <tool_call>NAME<arg_key>KEY</arg_key><arg_value>VALUE</arg_value></tool_call>}: GLM 4.5 and later. */
    GLM(List.of(new ElementCalls("<tool_call>", true))),
    /** {@code [TOOL_CALLS][{"name": …, "arguments": {…}}]} or {@code [TOOL_CALLS]NAME[ARGS]{…}}. */
    MISTRAL(List.of(new MistralCalls())),
    /** {@code <function=NAME>{…}</function>}: functionary 3.1. */
    FUNCTIONARY_3_1(List.of(new NamedCalls("<function=", ">", "</function>", false), new PythonTagCalls())),
    /** {@code >>>NAME} and a line of JSON; {@code >>>all} and content: functionary 3.2. */
    FUNCTIONARY_3_2(List.of(new RecipientCalls())),
    /** DeepSeek R1 and V3, whose calls have marks of full-width bars. */
    DEEPSEEK(List.of(new DeepSeekCalls()), "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"),
    /** {@code <|tool_call_begin|>functions.NAME:0<|tool_call_argument_begin|>{…}<|tool_call_end|>}. */
    KIMI(
            List.of(new NamedCalls("<|tool_call_begin|>", "<|tool_call_argument_begin|>", "<|tool_call_end|>", true)),
            "<|tool_calls_section_begin|>",
            "<|tool_calls_section_end|>"),
    /** {@code Action: ```json[{"tool_name": …, "parameters": {…}}]```}, or between action marks. */
    COMMAND_R(
            List.of(
                    new TaggedCalls("Action:", "```", JsonForm.COMMAND_R, true),
                    new TaggedCalls("<|START_ACTION|>", "<|END_ACTION|>", JsonForm.COMMAND_R, true)),
            "<|START_RESPONSE|>",
            "<|END_RESPONSE|>"),
    /** {@code <|tool_call|>[{"name": …, "arguments": {…}}]}: Granite 3. */
    GRANITE(
            List.of(
                    new TaggedCalls("<|tool_call|>", "", JsonForm.USUAL, true),
                    new TaggedCalls("<tool_call>", "</tool_call>", JsonForm.USUAL, false)),
            "<response>",
            "</response>"),
    /** {@code <|tool_call_start|>[NAME(KEY=VALUE)]<|tool_call_end|>}: LFM 2. */
    LFM2(List.of(new PythonCalls("<|tool_call_start|>", "<|tool_call_end|>"))),
    /** Channels: gpt-oss. */
    HARMONY(List.of());

    private final List<CallSyntax> syntaxes;
    private final List<String> dropped;

    ToolStyle(List<CallSyntax> syntaxes, String... dropped) {
        this.syntaxes = List.copyOf(syntaxes);
        this.dropped = List.of(dropped);
    }

    /** The ways in which a call is written. */
    List<CallSyntax> syntaxes() {
        return syntaxes;
    }

    /** Marks that say nothing. */
    List<String> dropped() {
        return dropped;
    }

    /** Whether {@link #dropped} are marks that stand before and behind all calls together. */
    boolean hasSections() {
        return this == DEEPSEEK || this == KIMI || this == QWEN_CODER;
    }

    /** What the text of a template speaks for. */
    public static ToolStyle of(String template) {
        if (template.contains(">>>all")) {
            return FUNCTIONARY_3_2;
        }
        if (template.contains("<|channel|>")) {
            return HARMONY;
        }
        if (template.contains("<arg_key>")) {
            return GLM;
        }
        if (template.contains("<function=")) {
            return template.contains("<parameter=") ? QWEN_CODER : FUNCTIONARY_3_1;
        }
        if (template.contains("[TOOL_CALLS]")) {
            return MISTRAL;
        }
        if (template.contains("<｜tool▁call▁begin｜>")) {
            return DEEPSEEK;
        }
        if (template.contains("<|tool_call_begin|>")) {
            return KIMI;
        }
        if (template.contains("<|START_ACTION|>") || template.contains("Action:")) {
            return COMMAND_R;
        }
        if (template.contains("<|tool_call_start|>") || template.contains("<|tool_list_start|>")) {
            return LFM2;
        }
        if (template.contains("<|tool_call|>")) {
            return GRANITE;
        }
        if (template.contains("<tool_call>")) {
            return HERMES;
        }
        return template.contains("<|python_tag|>") || template.contains("ipython") ? LLAMA3 : JSON;
    }
}
