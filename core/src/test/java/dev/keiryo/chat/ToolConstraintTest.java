package dev.keiryo.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Machine;
import dev.keiryo.grammar.NextBytes;
import dev.keiryo.grammar.State;
import dev.keiryo.grammar.UnenforceableException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever the constraint of a style allows, its parser finds valid calls in. */
@Timeout(120)
class ToolConstraintTest {
    private static ToolConstraint constraint(ToolStyle style, ReasoningStyle reasoning, ToolChoice choice) {
        return ToolConstraint.of(style, reasoning, Tools.ALL, choice);
    }

    private static OutputParser parser(ToolStyle style, ReasoningStyle reasoning, String prompt) {
        return ToolWalks.parser(style, reasoning, prompt, Tools.ALL);
    }

    @ParameterizedTest
    @EnumSource(ToolStyle.class)
    void whatIsAllowedIsParsedAsValidCalls(ToolStyle style) {
        SplittableRandom random = new SplittableRandom(style.name().hashCode());
        int walks = Integer.getInteger("walks", 40);
        Map<ToolStyle, Integer> calls = new EnumMap<>(ToolStyle.class);
        Set<String> named = new HashSet<>();
        List<String> prompts = style == ToolStyle.FUNCTIONARY_3_2 ? List.of("", "x\n>>>") : List.of("", "x<think>\n");
        for (ReasoningStyle reasoning : List.of(ReasoningStyle.NONE, ReasoningStyle.THINK)) {
            for (ToolChoice choice : List.of(
                    ToolChoice.AUTO, ToolChoice.REQUIRED, new ToolChoice.Named("get_weather"), ToolChoice.NONE)) {
                ToolConstraint constraint = constraint(style, reasoning, choice);
                for (String prompt : prompts) {
                    Frame language = constraint.language(prompt);
                    Machine machine = new Machine();
                    NextBytes bytes = new NextBytes();
                    for (int i = 0; i < walks; i++) {
                        byte[] walked = ToolWalks.walk(machine, bytes, language, random, random.nextInt(200));
                        String text = ToolWalks.shown(walked);
                        Message message = Tools.parsed(parser(style, reasoning, prompt), List.of(text));
                        List<String> cut =
                                text.codePoints().mapToObj(Character::toString).toList();
                        assertEquals(message, Tools.parsed(parser(style, reasoning, prompt), cut), text);
                        for (ToolCall call : message.toolCalls()) {
                            Tools.assertValid(call, text);
                            named.add(call.name());
                        }
                        int n = message.toolCalls().size();
                        calls.merge(style, n, Integer::sum);
                        String what = choice + " " + reasoning + " " + prompt + ": " + text;
                        switch (choice) {
                            case ToolChoice.Auto auto -> {}
                            case ToolChoice.None none -> assertEquals(0, n, what);
                            case ToolChoice.Required required -> {
                                assertTrue(n > 0, what);
                                assertTrue(message.content().isBlank(), what);
                            }
                            case ToolChoice.Named one -> {
                                assertEquals(1, n, what);
                                assertEquals(
                                        one.name(),
                                        message.toolCalls().getFirst().name(),
                                        what);
                                assertTrue(message.content().isBlank(), what);
                            }
                        }
                    }
                }
            }
        }
        assertTrue(calls.getOrDefault(style, 0) > 4 * walks, calls + " calls");
        assertTrue(named.size() >= 3, named.toString());
    }

    @Test
    void thereIsNoConstraintWithoutTools() {
        assertNull(ToolConstraint.NO_TOOLS.forPrompt("x"));
        for (ToolChoice choice : List.of(ToolChoice.AUTO, ToolChoice.NONE)) {
            assertEquals(
                    ToolConstraint.NO_TOOLS,
                    ToolConstraint.of(ToolStyle.HERMES, ReasoningStyle.NONE, List.of(), choice));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> ToolConstraint.of(ToolStyle.HERMES, ReasoningStyle.NONE, List.of(), ToolChoice.REQUIRED));
    }

    @ParameterizedTest
    @EnumSource(ToolStyle.class)
    void whatCannotBeEnforcedIsNamed(ToolStyle style) {
        Tool tool = Tools.tool("look", "{\"properties\": {\"a\": {\"contentThing\": 3}}}");
        UnenforceableException e = assertThrows(
                UnenforceableException.class,
                () -> ToolConstraint.of(style, ReasoningStyle.NONE, List.of(tool), ToolChoice.AUTO));
        assertEquals("contentThing", e.what());
        assertTrue(String.valueOf(e.getMessage()).contains("tool look"), e.getMessage());
        Tool impossible = Tools.tool(
                "look",
                "{\"properties\": {\"a\": {\"type\": \"string\", \"minLength\": 3, \"maxLength\": 1}}, \"required\": [\"a\"]}");
        IllegalArgumentException none = assertThrows(
                IllegalArgumentException.class,
                () -> ToolConstraint.of(style, ReasoningStyle.NONE, List.of(impossible), ToolChoice.AUTO));
        assertTrue(String.valueOf(none.getMessage()).contains("tool look"), none.getMessage());
    }

    @Test
    void toolsThatCannotBeCalled() {
        for (List<Tool> tools : List.of(
                List.of(Tools.tool("a", "{}"), Tools.tool("a", "{}")),
                List.of(Tools.tool("a", "{\"type\": \"string\"}")))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ToolConstraint.of(ToolStyle.HERMES, ReasoningStyle.NONE, tools, ToolChoice.AUTO));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> constraint(ToolStyle.HERMES, ReasoningStyle.NONE, new ToolChoice.Named("nope")));
        Tool odd = Tools.tool("a b\"c>", "{}");
        assertFalse(
                accepts(ToolStyle.HERMES, odd, "<tool_call>{\"name\": \"a b\"c>\", \"arguments\": {}}</tool_call>"));
        assertTrue(
                accepts(ToolStyle.HERMES, odd, "<tool_call>{\"name\": \"a b\\\"c>\", \"arguments\": {}}</tool_call>"));
        assertThrows(
                IllegalArgumentException.class,
                () -> ToolConstraint.of(ToolStyle.FUNCTIONARY_3_1, ReasoningStyle.NONE, List.of(odd), ToolChoice.AUTO));
    }

    private static boolean accepts(ToolStyle style, Tool tool, String answer) {
        return accepts(
                ToolConstraint.of(style, ReasoningStyle.NONE, List.of(tool), ToolChoice.AUTO)
                        .language(""),
                answer);
    }

    private static boolean accepts(Frame language, String answer) {
        Machine machine = new Machine();
        State state = machine.start(language);
        for (byte b : answer.getBytes(StandardCharsets.UTF_8)) {
            state = machine.next(state, b & 0xFF);
        }
        return state.mayEnd();
    }

    /** What models have been trained to write. */
    @Test
    void usualAnswersAreAllowed() {
        Map<ToolStyle, List<String>> usual = new EnumMap<>(ToolStyle.class);
        String hermes =
                "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"location\": \"Paris\", \"days\": 2}}\n</tool_call>";
        usual.put(
                ToolStyle.HERMES,
                List.of("Let me see.\n" + hermes + "\n" + hermes, "a <tool and {\"name\": 1}", "<tool_call"));
        usual.put(
                ToolStyle.JSON,
                List.of(
                        hermes,
                        "{\"name\": \"now\", \"arguments\": {}}",
                        "```json\n[{\"name\": \"now\", \"arguments\": {}}]\n```",
                        "{\"name\": \"Bob\", \"age\": 3} is it.",
                        "```json\n{\"id\": 3, \"name\": \"tree house\"}\n``` And so on.",
                        "[1, 2]",
                        "Yes: {\"name\": \"now\"}"));
        usual.put(
                ToolStyle.LLAMA3,
                List.of(
                        "{\"name\": \"get_weather\", \"parameters\": {\"days\": 3, \"location\": \"P\"}}",
                        "{\"type\": \"function\", \"name\": \"now\", \"parameters\": {}}; {\"name\": \"now\", \"parameters\": {}}",
                        "<|python_tag|>{\"name\": \"now\", \"parameters\": {}}",
                        "<|python_tag|>import math\nprint(math.pi)"));
        String qwen =
                "<tool_call>\n<function=get_weather>\n<parameter=location>\nNew\nYork\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>";
        usual.put(ToolStyle.QWEN_CODER, List.of("I will.\n" + qwen + "\n" + qwen));
        usual.put(
                ToolStyle.GLM,
                List.of(
                        "\n<tool_call>get_weather\n<arg_key>location</arg_key>\n<arg_value>Paris</arg_value>\n<arg_key>days</arg_key>\n<arg_value>2</arg_value>\n</tool_call>"));
        usual.put(
                ToolStyle.MISTRAL,
                List.of(
                        "[TOOL_CALLS][{\"name\": \"now\", \"arguments\": {}, \"id\": \"VvvODy9mT\"}]",
                        "[TOOL_CALLS] [{\"name\": \"now\", \"arguments\": {}}, {\"name\": \"now\", \"arguments\": {}}]",
                        "[TOOL_CALLS]now[ARGS]{}[TOOL_CALLS]get_weather[CALL_ID]123456789[ARGS]{\"location\": \"x\", \"days\": 1}"));
        usual.put(ToolStyle.FUNCTIONARY_3_1, List.of("<function=now>{}</function><function=now>{}</function>"));
        usual.put(
                ToolStyle.FUNCTIONARY_3_2,
                List.of(">>>all\nLet me look. >> so\n>>>now\n{}>>>python\nprint(1)\n>>>now\n{}"));
        String call = "<｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n{}\n```<｜tool▁call▁end｜>";
        usual.put(
                ToolStyle.DEEPSEEK,
                List.of(
                        "Hm.<｜tool▁calls▁begin｜>" + call + "\n" + call + "<｜tool▁calls▁end｜>",
                        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>now<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"));
        usual.put(
                ToolStyle.KIMI,
                List.of(
                        "Ok.<|tool_calls_section_begin|><|tool_call_begin|>functions.now:0<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>"));
        usual.put(
                ToolStyle.COMMAND_R,
                List.of(
                        "Action: ```json\n[\n    {\n        \"tool_name\": \"now\",\n        \"parameters\": {}\n    }\n]```",
                        "<|START_ACTION|>[\n{\"tool_call_id\": \"0\", \"tool_name\": \"now\", \"parameters\": {}}\n]<|END_ACTION|>"));
        usual.put(
                ToolStyle.GRANITE,
                List.of(
                        "<|tool_call|>[{\"name\": \"now\", \"arguments\": {}}]",
                        "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>"));
        usual.put(
                ToolStyle.LFM2,
                List.of(
                        "<|tool_call_start|>[get_weather(location=\"Paris\", days=3, exact=None), now()]<|tool_call_end|>Done."));
        usual.put(
                ToolStyle.HARMONY,
                List.of(
                        "<|channel|>analysis<|message|>User asks.<|end|><|start|>assistant<|channel|>commentary to=functions.now <|constrain|>json<|message|>{}",
                        "<|channel|>analysis<|message|>Hm, to=functions.x.<|end|><|start|>assistant to=functions.now<|channel|>commentary<|constrain|>json<|message|>{}<|call|>",
                        "<|channel|>final<|message|>2 < 3"));
        assertEquals(ToolStyle.values().length, usual.size());
        usual.forEach((style, answers) -> {
            Frame language =
                    constraint(style, ReasoningStyle.NONE, ToolChoice.AUTO).language("");
            for (String answer : answers) {
                assertTrue(accepts(language, answer), style + ": " + answer);
                Tools.parsed(parser(style, ReasoningStyle.NONE, ""), List.of(answer))
                        .toolCalls()
                        .forEach(c -> Tools.assertValid(c, answer));
            }
        });
    }

    /** Command R's way of saying that it calls nothing. */
    @Test
    void noToolMayBeNamed() {
        String none = "Action: ```json\n[{\"tool_name\": \"directly-answer\", \"parameters\": {}}]\n```";
        assertTrue(accepts(
                constraint(ToolStyle.COMMAND_R, ReasoningStyle.NONE, ToolChoice.AUTO)
                        .language(""),
                none));
        assertFalse(accepts(
                constraint(ToolStyle.COMMAND_R, ReasoningStyle.NONE, ToolChoice.REQUIRED)
                        .language(""),
                none));
    }

    /** In thoughts, calls are text, and what ends thoughts is found. */
    @Test
    void thoughtsAreFree() {
        ToolConstraint constraint = constraint(ToolStyle.HERMES, ReasoningStyle.THINK, ToolChoice.AUTO);
        String call = "<tool_call>{\"name\": \"now\", \"arguments\": {}}</tool_call>";
        assertTrue(accepts(constraint.language("<think>\n"), "I <tool_call>might</think>\n" + call));
        assertFalse(accepts(constraint.language("<think>\n"), "</think>I <tool_call>might"));
        assertTrue(accepts(constraint.language(""), "\n<think>I <tool_call>might</think>\n" + call));
        assertFalse(accepts(constraint.language(""), "So<think>I <tool_call>might"));
        ToolConstraint required = constraint(ToolStyle.HERMES, ReasoningStyle.THINK, ToolChoice.REQUIRED);
        assertTrue(accepts(required.language("<think>"), "I <tool_call>might</think>\n" + call));
        assertFalse(accepts(required.language("<think>"), "I might</think>"));
        assertFalse(accepts(required.language("<think>"), "I might"));
        assertTrue(accepts(required.language(""), call));
        assertFalse(accepts(required.language(""), "Yes. " + call));
    }

    @Test
    void choicesAreWrittenAndRead() {
        for (ToolChoice choice :
                List.of(ToolChoice.AUTO, ToolChoice.NONE, ToolChoice.REQUIRED, new ToolChoice.Named("x"))) {
            assertEquals(choice, ToolChoice.parse(choice.toString()));
        }
        assertThrows(IllegalArgumentException.class, () -> ToolChoice.parse("function:"));
        assertThrows(IllegalArgumentException.class, () -> ToolChoice.parse("any"));
    }
}
