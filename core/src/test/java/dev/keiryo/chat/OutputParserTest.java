package dev.keiryo.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.template.JsonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers as the models write them, whole and cut at every place. */
class OutputParserTest {
    private static final List<Tool> TOOLS = List.of(
            tool("get_weather", Map.of("location", Map.of("type", "string"), "days", Map.of("type", "integer"))),
            tool("search", Map.of("query", Map.of("type", "string"))),
            tool("python", Map.of("code", Map.of("type", "string"))));

    /** 100,000 characters, one by one: prose, thoughts, white space, a call. Where each read all before it anew, it took a minute. */
    @Test
    @Timeout(20)
    void longAnswersTakeNoLongerThanTheyAre() {
        int n = 100_000;
        String prose = "hello world 12, < a + b > [x] { y } ".repeat(n / 36);
        String code = "print(1) ".repeat(n / 9);
        String json = "{\"name\": \"python\", \"arguments\": {\"code\": \"" + code + "\"}}";
        String called = "[python{\"code\": \"" + code + "\"}]";
        assertEquals(prose, taken(ToolStyle.HERMES, ReasoningStyle.THINK, "", pieces(prose)));
        assertEquals(
                "(" + prose.strip() + ")ok",
                taken(ToolStyle.HERMES, ReasoningStyle.THINK, "", pieces("<think>" + prose + "</think>ok")));
        assertEquals(
                " ".repeat(n) + "x", taken(ToolStyle.HERMES, ReasoningStyle.THINK, "", pieces(" ".repeat(n) + "x")));
        assertEquals(
                called + "ok",
                taken(ToolStyle.HERMES, ReasoningStyle.NONE, "", pieces("<tool_call>" + json + "</tool_call>ok")));
        assertEquals(called, taken(ToolStyle.JSON, ReasoningStyle.NONE, "", pieces(json)));
        assertEquals(called, taken(ToolStyle.MISTRAL, ReasoningStyle.NONE, "", pieces("[TOOL_CALLS][" + json + "]")));
        String harmony = "<|channel|>commentary to=functions.python<|message|>{\"code\": \"" + code + "\"}<|call|>";
        assertEquals(called, taken(ToolStyle.HARMONY, ReasoningStyle.NONE, "", pieces(harmony)));
    }

    private static List<String> pieces(String text) {
        return text.chars().mapToObj(Character::toString).toList();
    }

    private static Tool tool(String name, Map<String, ?> properties) {
        return new Tool(name, "", Map.of("type", "object", "properties", properties));
    }

    /** What an answer comes to, on one line: thoughts in (…), calls as name{…}, what is malformed in !…!. */
    private static String taken(ToolStyle style, ReasoningStyle reasoning, String prompt, List<String> parts) {
        OutputParser parser = style == ToolStyle.HARMONY
                ? new HarmonyParser(prompt, TOOLS)
                : new AnswerParser(style, reasoning, TOOLS, prompt);
        List<ChatEvent> events = new ArrayList<>();
        parts.forEach(part -> events.addAll(parser.feed(part)));
        events.addAll(parser.finish());
        StringBuilder out = new StringBuilder();
        StringBuilder content = new StringBuilder();
        Class<?> last = Object.class;
        for (ChatEvent event : events) {
            boolean on = event.getClass().equals(last);
            last = event.getClass();
            switch (event) {
                case ChatEvent.Content c -> {
                    out.append(c.text());
                    content.append(c.text());
                }
                case ChatEvent.Reasoning r -> {
                    if (on) {
                        out.setLength(out.length() - 1);
                    }
                    out.append(on ? "" : "(").append(r.text()).append(')');
                }
                case ChatEvent.Call c ->
                    out.append('[')
                            .append(c.call().name())
                            .append(JsonText.write(c.call().arguments()))
                            .append(']');
                case ChatEvent.Malformed m -> out.append('!').append(m.text()).append('!');
            }
        }
        assertEquals(content.toString(), parser.message().content());
        return out.toString();
    }

    private static void check(
            ToolStyle style, ReasoningStyle reasoning, String prompt, String answer, String expected) {
        assertEquals(expected, taken(style, reasoning, prompt, List.of(answer)), answer);
        for (int cut = 1; cut < answer.length(); cut++) {
            List<String> parts = List.of(answer.substring(0, cut), answer.substring(cut));
            assertEquals(expected, taken(style, reasoning, prompt, parts), () -> String.join("✂", parts));
        }
        List<String> characters =
                answer.chars().mapToObj(c -> String.valueOf((char) c)).toList();
        assertEquals(expected, taken(style, reasoning, prompt, characters), answer);
    }

    private static void check(ToolStyle style, String answer, String expected) {
        check(style, ReasoningStyle.NONE, "", answer, expected);
    }

    private static final String PARIS = "[get_weather{\"location\": \"Paris\"}]";

    @Test
    void hermes() {
        check(
                ToolStyle.HERMES,
                "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"location\": \"Paris\"}}\n</tool_call>",
                PARIS);
        check(
                ToolStyle.HERMES,
                "Let me look.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"location\": \"Paris\"}}\n</tool_call>\n"
                        + "<tool_call>\n{\"name\": \"search\", \"arguments\": {\"query\": \"a </tool_call> {\\\"b\\\"\"}}\n</tool_call>",
                "Let me look." + PARIS + "[search{\"query\": \"a </tool_call> {\\\"b\\\"\"}]");
        // arguments as text, and no closing mark
        check(
                ToolStyle.HERMES,
                "<tool_call>{\"arguments\": \"{\\\"location\\\": \\\"Paris\\\"}\", \"name\": \"get_weather\"}",
                PARIS);
        check(ToolStyle.HERMES, "a < b <tool and\n <tool_calls> no", "a < b <tool and\n <tool_calls> no");
    }

    @Test
    void whatIsMalformedIsReported() {
        check(
                ToolStyle.HERMES,
                "Hm. <tool_call>{\"name\": \"get_weather\", \"arguments\": {\"location\": }}</tool_call> Sorry.",
                "Hm.!<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"location\": }}</tool_call>!Sorry.");
        check(
                ToolStyle.HERMES,
                "<tool_call>{\"name\": \"get_weather\", \"argu",
                "!<tool_call>{\"name\": \"get_weather\", \"argu!");
        check(
                ToolStyle.HERMES,
                "<tool_call>{\"name\": \"fly\", \"arguments\": {}}</tool_call>",
                "!<tool_call>{\"name\": \"fly\", \"arguments\": {}}</tool_call>!");
        check(
                ToolStyle.HERMES,
                "<tool_call>get_weather(Paris)</tool_call>",
                "!<tool_call>get_weather(Paris)</tool_call>!");
        check(ToolStyle.MISTRAL, "[TOOL_CALLS]get_weather(", "![TOOL_CALLS]get_weather(!");
        check(
                ToolStyle.FUNCTIONARY_3_1,
                "<function=get_weather>Paris</function>",
                "!<function=get_weather>Paris</function>!");
    }

    @Test
    void llama3() {
        check(ToolStyle.LLAMA3, "{\"name\": \"get_weather\", \"parameters\": {\"location\": \"Paris\"}}", PARIS);
        check(
                ToolStyle.LLAMA3,
                "{\"name\": \"get_weather\", \"parameters\": {\"location\": \"Paris\"}}; {\"name\": \"search\", \"parameters\":"
                        + " {\"query\": \"x\"}}",
                PARIS + "[search{\"query\": \"x\"}]");
        check(
                ToolStyle.LLAMA3,
                "<|python_tag|>{\"type\": \"function\", \"name\": \"get_weather\", \"parameters\": {\"location\": \"Paris\"}}",
                PARIS);
        check(
                ToolStyle.LLAMA3,
                "<|python_tag|>search.call(query=\"who's there\")",
                "[search{\"query\": \"who's there\"}]");
        check(ToolStyle.LLAMA3, "<|python_tag|>print(1)\nprint(2)", "[python{\"code\": \"print(1)\\nprint(2)\"}]");
        check(ToolStyle.LLAMA3, "{\"temperature\": 21}", "{\"temperature\": 21}");
        check(ToolStyle.LLAMA3, "{\"name\": \"Bob\", \"age\": 3} is it.", "{\"name\": \"Bob\", \"age\": 3} is it.");
        check(ToolStyle.LLAMA3, "It is {\"name\": \"search\"}", "It is {\"name\": \"search\"}");
    }

    @Test
    void json() {
        check(
                ToolStyle.JSON,
                "```json\n[{\"name\": \"get_weather\", \"arguments\": {\"location\": \"Paris\"}}]\n```",
                PARIS);
        check(
                ToolStyle.JSON,
                "{\"tool_calls\": [{\"function\": {\"name\": \"get_weather\", \"arguments\": \"{\\\"location\\\":\\\"Paris\\\"}\"}}]}",
                PARIS);
        check(ToolStyle.JSON, "```java\nint i;\n```", "```java\nint i;\n```");
        check(ToolStyle.JSON, "[1, 2]\n", "[1, 2]\n");
        check(
                ToolStyle.JSON,
                "{\"name\": \"search\", \"arguments\": {\"query",
                "!{\"name\": \"search\", \"arguments\": {\"query!");
    }

    @Test
    void mistral() {
        check(
                ToolStyle.MISTRAL,
                "[TOOL_CALLS][{\"name\": \"get_weather\", \"arguments\": {\"location\": \"Paris\"}, \"id\": \"VvvODy9mT\"}]",
                PARIS);
        check(
                ToolStyle.MISTRAL,
                "[TOOL_CALLS]get_weather[ARGS]{\"location\": \"Paris\"}[TOOL_CALLS]search[CALL_ID]123456789[ARGS]{\"query\": \"x\"}",
                PARIS + "[search{\"query\": \"x\"}]");
        check(ToolStyle.MISTRAL, "[TOOL_CALLS]get_weather{\"location\": \"Paris\"}", PARIS);
        check(
                ToolStyle.MISTRAL,
                new ReasoningStyle("[THINK]", "[/THINK]"),
                "",
                "[THINK]So.[/THINK]Yes. [TOOL_CALLS] [{\"name\": \"get_weather\", \"arguments\": {\"location\": \"Paris\"}}]",
                "(So.)Yes." + PARIS);
    }

    @Test
    void functionary() {
        check(
                ToolStyle.FUNCTIONARY_3_1,
                "<function=get_weather>{\"location\": \"Paris\"}</function><function=search>{\"query\": \"</function>\"}</function>",
                PARIS + "[search{\"query\": \"</function>\"}]");
        check(
                ToolStyle.FUNCTIONARY_3_2,
                ReasoningStyle.NONE,
                "x\n>>>",
                "get_weather\n{\"location\": \"Paris\"}",
                PARIS);
        check(
                ToolStyle.FUNCTIONARY_3_2,
                ReasoningStyle.NONE,
                "x\n>>>",
                "all\nLet me look. >> so\n>>>get_weather\n{\"location\": \"Paris\"}>>>python\nprint(1)",
                "Let me look. >> so" + PARIS + "[python{\"code\": \"print(1)\"}]");
    }

    @Test
    void elements() {
        check(
                ToolStyle.QWEN_CODER,
                "I will.\n<tool_call>\n<function=get_weather>\n<parameter=location>\nNew\nYork\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>",
                "I will.[get_weather{\"location\": \"New\\nYork\", \"days\": 3}]");
        check(
                ToolStyle.QWEN_CODER,
                "<function=search>\n<parameter=query>\n42\n</parameter>\n</function>",
                "[search{\"query\": \"42\"}]");
        check(
                ToolStyle.GLM,
                "<tool_call>get_weather\n<arg_key>location</arg_key>\n<arg_value>Paris</arg_value>\n<arg_key>days</arg_key>\n<arg_value>2</arg_value>\n</tool_call>",
                "[get_weather{\"location\": \"Paris\", \"days\": 2}]");
    }

    @Test
    void deepSeekAndKimi() {
        check(
                ToolStyle.DEEPSEEK,
                ReasoningStyle.THINK,
                "<｜Assistant｜><think>\n",
                "I should look.\n</think>\n\n<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n{\"location\": \"Paris\"}\n```<｜tool▁call▁end｜>\n"
                        + "<｜tool▁call▁begin｜>function<｜tool▁sep｜>search\n```json\n{\"query\": \"x\"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
                "(I should look.)" + PARIS + "[search{\"query\": \"x\"}]");
        check(
                ToolStyle.DEEPSEEK,
                "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{\"location\": \"Paris\"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
                PARIS);
        check(
                ToolStyle.KIMI,
                "Ok.<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{\"location\": \"Paris\"}<|tool_call_end|><|tool_calls_section_end|>",
                "Ok." + PARIS);
    }

    @Test
    void others() {
        check(
                ToolStyle.COMMAND_R,
                "Action: ```json\n[\n    {\n        \"tool_name\": \"get_weather\",\n        \"parameters\": {\"location\": \"Paris\"}\n    }\n]```",
                PARIS);
        check(
                ToolStyle.COMMAND_R,
                "Action: ```json\n[{\"tool_name\": \"directly_answer\", \"parameters\": {}}]\n```\nYes.",
                "Yes.");
        check(
                ToolStyle.COMMAND_R,
                new ReasoningStyle("<|START_THINKING|>", "<|END_THINKING|>"),
                "",
                "<|START_THINKING|>I will.<|END_THINKING|><|START_ACTION|>[\n{\"tool_call_id\": \"0\", \"tool_name\": \"get_weather\", \"parameters\": {\"location\": \"Paris\"}}\n]<|END_ACTION|>",
                "(I will.)" + PARIS);
        check(
                ToolStyle.GRANITE,
                "<|tool_call|>[{\"name\": \"get_weather\", \"arguments\": {\"location\": \"Paris\"}}]",
                PARIS);
        check(
                ToolStyle.LFM2,
                "<|tool_call_start|>[get_weather(location=\"Paris\"), search(query='it\\'s')]<|tool_call_end|>Done.",
                PARIS + "[search{\"query\": \"it's\"}]Done.");
    }

    @Test
    void harmony() {
        check(
                ToolStyle.HARMONY,
                "<|channel|>analysis<|message|>User asks.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{\"location\": \"Paris\"}",
                "(User asks.)" + PARIS);
        check(
                ToolStyle.HARMONY,
                "<|channel|>analysis<|message|>Easy.<|end|><|start|>assistant<|channel|>final<|message|>2 < 3 <|",
                "(Easy.)2 < 3 <|");
        check(ToolStyle.HARMONY, "No channel at all.", "No channel at all.");
    }

    @Test
    void reasoning() {
        check(
                ToolStyle.HERMES,
                ReasoningStyle.THINK,
                "",
                "<think>\nHm, 1 < 2.\n</think>\n\nYes.\n",
                "(Hm, 1 < 2.)Yes.\n");
        check(ToolStyle.HERMES, ReasoningStyle.THINK, "<think>\n", "Hm.\n</think>\n\nYes.", "(Hm.)Yes.");
        check(ToolStyle.HERMES, ReasoningStyle.THINK, "<think>\n\n</think>\n\n", "Yes.", "Yes.");
        check(ToolStyle.HERMES, ReasoningStyle.THINK, "", "<think>\nnever ends", "(never ends)");
        check(
                ToolStyle.HERMES,
                ReasoningStyle.THINK,
                "",
                "<think>\n\n</think>\n\n<tool_call>{\"name\": \"search\", \"arguments\": {}}</tool_call>",
                "[search{}]");
        check(ToolStyle.HERMES, ReasoningStyle.THINK, "", " <thin air", " <thin air");
    }

    @Test
    void idsDifferAndSuitMistral() {
        OutputParser parser = new AnswerParser(ToolStyle.HERMES, ReasoningStyle.NONE, TOOLS, "prompt");
        String call = "<tool_call>{\"name\": \"search\", \"arguments\": {}}</tool_call>";
        parser.feed(call + call);
        List<ToolCall> calls = parser.message().toolCalls();
        assertEquals(2, calls.stream().map(ToolCall::id).distinct().count());
        calls.forEach(c -> assertTrue(c.id().matches("[a-z0-9]{9}"), c.id()));
    }

    @Test
    void withoutToolsAllIsContent() {
        OutputParser parser = new AnswerParser(ToolStyle.HERMES, ReasoningStyle.NONE, List.of(), "");
        String answer = "<tool_call>{\"name\": \"x\"}</tool_call>";
        assertEquals(List.of(new ChatEvent.Content(answer)), parser.feed(answer));
    }

    /** Whatever is written, nothing gets out but events, and cuts change nothing. */
    @Test
    void anyTextIsTakenApartTheSameHoweverItIsCut() {
        String[] words = {
            "<tool_call>",
            "</tool_call>",
            "{\"name\": \"search\", ",
            "\"arguments\": {}}",
            "[TOOL_CALLS]",
            "[ARGS]",
            "{",
            "}",
            "<function=search>",
            "</function>",
            "<parameter=query>",
            "x",
            "\n",
            " ",
            "\"",
            "<think>",
            "</think>",
            ">>>",
            "all",
            "<|python_tag|>",
            "search.call(query=1)",
            "<arg_key>",
            "</arg_key>",
            "<｜tool▁call▁begin｜>",
            "<｜tool▁sep｜>",
            "```json",
            "<|channel|>",
            "analysis",
            "<|message|>",
            "<|end|>",
            "<|tool_call_start|>",
            "[search(a=[1,",
            "<|tool_call|>",
            "Action:"
        };
        List<ToolStyle> styles = List.of(ToolStyle.values());
        Random random = new Random(7);
        for (int round = 0; round < 4000; round++) {
            ToolStyle style = styles.get(round % styles.size());
            List<String> parts = new ArrayList<>();
            for (int i = random.nextInt(9); i >= 0; i--) {
                parts.add(words[random.nextInt(words.length)]);
            }
            String answer = String.join("", parts);
            List<String> characters =
                    answer.chars().mapToObj(c -> String.valueOf((char) c)).toList();
            String whole = taken(style, ReasoningStyle.THINK, "p>>>", List.of(answer));
            assertEquals(whole, taken(style, ReasoningStyle.THINK, "p>>>", characters), style + ": " + answer);
        }
    }

    @Test
    void stylesAreToldFromTemplates() throws FormatException {
        assertEquals(ToolStyle.HERMES, ToolStyle.of("<tool_call>\\n{\"name\": <function-name>"));
        assertEquals(ToolStyle.JSON, ToolStyle.of("{{ messages }}"));
        assertEquals(ReasoningStyle.NONE, ReasoningStyle.of("{{ messages }}"));
        assertEquals(ReasoningStyle.THINK, ReasoningStyle.of("content.split('</think>')"));
        ChatTemplate template = ChatTemplate.parse("t", "{{ messages }}", "", "");
        assertEquals(
                ToolStyle.MISTRAL, template.withToolStyle(ToolStyle.MISTRAL).toolStyle());
        assertEquals(
                ReasoningStyle.THINK,
                template.withReasoningStyle(ReasoningStyle.THINK).reasoningStyle());
    }
}
