package dev.keiryo.cli;

import static dev.keiryo.cli.Output.keiryo;
import static dev.keiryo.cli.Output.piped;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Tools and thoughts in {@code keiryo chat}. */
class ChatToolsTest extends Chatting {
    /** A model that is made to think, speak and call a tool, through the template of one that does. */
    @Test
    void thoughtsAndToolCallsAreShownAndSaved() throws IOException {
        Path tools = Files.writeString(folder.resolve("tools.json"), """
                [{"type": "function", "function": {"name": "weather", "description": "Tells it.",
                  "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]""");
        String said = "<think>\nWhich city?\n</think>\n\nLet me see.\n<tool_call>\n"
                + "{\"name\": \"weather\", \"arguments\": {\"city\": \"東京\"}}\n</tool_call>";
        // This vocabulary has all bytes; the first token is the space that it puts before a text.
        String stories = TestData.path("models/stories260K/stories260K.bin").toString();
        String forced = Arrays.stream(TokenizerFiles.open(Path.of(stories).resolveSibling("tok512.model"))
                        .encode(said, SpecialTokens.LITERAL, false))
                .skip(1)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining("|"));
        int tokens = forced.split("\\|", -1).length;
        String file = folder.resolve("tools-talk.json").toString();
        Path qwen = TestData.path("chat-templates/Qwen-Qwen3-0.6B.jinja");
        String input = "/tools " + tools + "\n/result early\nWeather?\n/save " + file
                + "\n/params chain greedy\n/params max_tokens 3\n/result sunny\n/save " + file + ".2\n/load " + file
                + ".2\n/undo\n/stats\n";
        Output output = piped(
                input,
                "chat",
                stories,
                "--chat-template",
                qwen.toString(),
                "--ctx",
                "2000",
                "--chain",
                "forced_tokens:" + forced + ";greedy",
                "-n",
                "" + tokens);
        assertEquals(0, output.exit(), output.err());
        assertTrue(output.err().contains("keiryo: no tool call waits for a result"), output.err());
        assertTrue(output.out().startsWith("Which city?\nLet me see.\n→ weather({\"city\":\"東京\"})\n"), output.out());
        JsonNode answer = saved("tools-talk.json").get("messages").get(1);
        assertEquals("Which city?", answer.get("reasoning_content").asString().strip());
        assertEquals("Let me see.", answer.get("content").asString().strip());
        JsonNode function = answer.get("tool_calls").get(0).get("function");
        assertEquals("weather", function.get("name").asString());
        assertEquals("東京", function.get("arguments").get("city").asString());
        JsonNode messages = saved("tools-talk.json.2").get("messages");
        assertEquals(4, messages.size());
        assertEquals("tool", messages.get(2).get("role").asString());
        assertEquals(
                answer.get("tool_calls").get(0).get("id").asString(),
                messages.get(2).get("tool_call_id").asString());
        assertTrue(output.err().contains("conversation  0 messages, 0 of 2000 tokens"), "a turn is taken back whole");
    }

    /** However hot the model, what it calls is valid; what cannot be held to is refused. */
    @Test
    void toolCallsAreHeldToTheirSchemas() throws IOException {
        Path tools = Files.writeString(folder.resolve("tools.json"), """
                [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties":
                  {"city": {"enum": ["Paris", "Rome"]}, "days": {"type": "integer", "minimum": 1, "maximum": 9}},
                  "required": ["city", "days"]}}}]""");
        Path faulty = Files.writeString(
                folder.resolve("faulty.json"),
                "[{\"function\": {\"name\": \"look\", \"parameters\": {\"whatever\": 1}}}]");
        String stories = TestData.path("models/stories260K/stories260K.bin").toString();
        String qwen = TestData.path("chat-templates/Qwen-Qwen3-0.6B.jinja").toString();
        String[] options = {
            "chat",
            stories,
            "--chat-template",
            qwen,
            "--ctx",
            "2000",
            "--chain",
            "temp:3",
            "-n",
            "150",
            "--tools",
            tools.toString()
        };
        List<String> required = new ArrayList<>(Arrays.asList(options));
        required.addAll(List.of("--tool-choice", "required", "--no-thinking"));
        String input = "Weather?\n/params\n/tools " + faulty
                + "\n/params tool_choice function:nope\n/params tool_choice function:" + "weather\n/undo\nWeather?\n";
        Output output = piped(input, required.toArray(String[]::new));
        assertEquals(0, output.exit(), output.err());
        List<String> calls =
                output.out().lines().filter(line -> line.startsWith("→")).toList();
        assertTrue(calls.size() >= 2, output.out());
        for (String call : calls) {
            String member = "(\"city\":\"(Paris|Rome)\"|\"days\":[1-9])";
            assertTrue(call.matches("→ weather\\(\\{" + member + "," + member + "\\}\\)"), call);
        }
        assertTrue(output.err().contains("tool_choice required"), output.err());
        assertTrue(output.err().contains("tools       weather; calls are held to their schemas"), output.err());
        assertTrue(output.err().contains("keiryo: tool look: #: \"whatever\" cannot be enforced"), output.err());
        assertTrue(output.err().contains("keiryo: there is no tool \"nope\""), output.err());
        assertEquals(
                2,
                keiryo("chat", stories, "--chat-template", qwen, "--tool-choice", "required")
                        .exit());
        assertEquals(
                2,
                keiryo("chat", stories, "--chat-template", qwen, "--tools", tools.toString(), "--tool-choice", "any")
                        .exit());
    }
}
