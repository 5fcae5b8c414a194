package dev.keiryo.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What holds for the answers of every style. */
class OutputParserPropertiesTest extends ParsedOutput {
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
