package dev.keiryo.chat;

import org.junit.jupiter.api.Test;

/** Answers as the models write them, whole and cut at every place. */
class OutputParserTest extends ParsedOutput {
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
}
