package dev.keiryo.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.template.JsonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Answers taken apart, as text. */
abstract class ParsedOutput {
    static final List<Tool> TOOLS = List.of(
            tool("get_weather", Map.of("location", Map.of("type", "string"), "days", Map.of("type", "integer"))),
            tool("search", Map.of("query", Map.of("type", "string"))),
            tool("python", Map.of("code", Map.of("type", "string"))));

    static List<String> pieces(String text) {
        return text.chars().mapToObj(Character::toString).toList();
    }

    static Tool tool(String name, Map<String, ?> properties) {
        return new Tool(name, "", Map.of("type", "object", "properties", properties));
    }

    /** What an answer comes to, on one line: thoughts in (…), calls as name{…}, what is malformed in !…!. */
    static String taken(ToolStyle style, ReasoningStyle reasoning, String prompt, List<String> parts) {
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

    static void check(ToolStyle style, ReasoningStyle reasoning, String prompt, String answer, String expected) {
        assertEquals(expected, taken(style, reasoning, prompt, List.of(answer)), answer);
        for (int cut = 1; cut < answer.length(); cut++) {
            List<String> parts = List.of(answer.substring(0, cut), answer.substring(cut));
            assertEquals(expected, taken(style, reasoning, prompt, parts), () -> String.join("✂", parts));
        }
        List<String> characters =
                answer.chars().mapToObj(c -> String.valueOf((char) c)).toList();
        assertEquals(expected, taken(style, reasoning, prompt, characters), answer);
    }

    static void check(ToolStyle style, String answer, String expected) {
        check(style, ReasoningStyle.NONE, "", answer, expected);
    }
}
