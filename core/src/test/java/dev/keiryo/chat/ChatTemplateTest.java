package dev.keiryo.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.template.JsonText;
import dev.keiryo.template.RaisedException;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversations through real templates. */
class ChatTemplateTest {
    private static final RenderOptions OPTIONS = RenderOptions.at(LocalDateTime.of(2026, 1, 15, 12, 0));
    private static final Tool TOOL = new Tool(
            "get_weather",
            "Get the current weather",
            Map.of("type", "object", "properties", Map.of("location", Map.of("type", "string"))));

    @TempDir
    private Path folder = Path.of("");

    private static ChatTemplate template(String name) throws IOException {
        Path file = TestData.path("chat-templates/" + name + ".jinja");
        return ChatTemplate.parse(name, Files.readString(file), "<s>", "</s>");
    }

    /** The messages of expected.jsonl, as Message and Tool, come to the same text. */
    @Test
    void messagesRenderAsTheirJsonDoes() throws IOException {
        int checked = 0;
        for (String line : Files.readAllLines(TestData.path("chat-templates/expected.jsonl"))) {
            Map<String, @Nullable Object> given = JsonText.readObject("expected", line);
            if (!(given.get("expected") instanceof String expected)
                    || !(given.get("context") instanceof Map<?, ?> context)) {
                continue;
            }
            String name = String.valueOf(given.get("template")).replace(".jinja", "");
            List<Message> messages = new ArrayList<>();
            for (Object each : (List<?>) assertNotNullAnd(context.get("messages"))) {
                messages.add(ChatJson.message("messages", ChatJson.object((Map<?, ?>) each)));
            }
            List<Tool> tools = new ArrayList<>();
            if (context.get("tools") instanceof List<?> list) {
                for (Object each : list) {
                    tools.add(ChatJson.tool("tools", ChatJson.object((Map<?, ?>) each)));
                }
            }
            Object thinking = context.get("enable_thinking");
            RenderOptions options =
                    OPTIONS.withGenerationPrompt(Boolean.TRUE.equals(context.get("add_generation_prompt")));
            if (thinking instanceof Boolean wanted) {
                Map<String, @Nullable Object> variables = new LinkedHashMap<>();
                variables.put("enable_thinking", wanted);
                options = options.withVariables(variables);
            }
            assertEquals(expected, template(name).render(messages, tools, options), name + ", " + given.get("case"));
            checked++;
        }
        assertTrue(checked > 100, checked + " cases");
    }

    private static Object assertNotNullAnd(@Nullable Object value) {
        assertNotNull(value);
        return value;
    }

    @Test
    void stylesAreToldFromRealTemplates() throws IOException {
        Map<String, ToolStyle> expected = Map.ofEntries(
                Map.entry("CohereForAI-c4ai-command-r-plus-tool_use", ToolStyle.COMMAND_R),
                Map.entry("GLM-4.6", ToolStyle.GLM),
                Map.entry("Kimi-K2-Instruct", ToolStyle.KIMI),
                Map.entry("LFM2-8B-A1B", ToolStyle.LFM2),
                Map.entry("NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", ToolStyle.HERMES),
                Map.entry("Qwen-QwQ-32B", ToolStyle.HERMES),
                Map.entry("Qwen-Qwen2.5-7B-Instruct", ToolStyle.HERMES),
                Map.entry("Qwen-Qwen3-0.6B", ToolStyle.HERMES),
                Map.entry("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", ToolStyle.DEEPSEEK),
                Map.entry("ibm-granite-granite-3.3-2B-Instruct", ToolStyle.GRANITE),
                Map.entry("meetkai-functionary-medium-v3.1", ToolStyle.FUNCTIONARY_3_1),
                Map.entry("meta-llama-Llama-3.1-8B-Instruct", ToolStyle.LLAMA3),
                Map.entry("meta-llama-Llama-3.2-3B-Instruct", ToolStyle.LLAMA3),
                Map.entry("mistralai-Mistral-Nemo-Instruct-2407", ToolStyle.MISTRAL),
                Map.entry("google-gemma-2-2b-it", ToolStyle.JSON));
        for (Map.Entry<String, ToolStyle> e : expected.entrySet()) {
            assertEquals(e.getValue(), template(e.getKey()).toolStyle(), e.getKey());
        }
        assertEquals(ReasoningStyle.THINK, template("Qwen-Qwen3-0.6B").reasoningStyle());
        assertEquals(ReasoningStyle.NONE, template("Qwen-Qwen2.5-7B-Instruct").reasoningStyle());
    }

    /** DeepSeek's template adds arguments to a string. */
    @Test
    void argumentsAreTextWhereATemplateWantsThemSo() throws IOException {
        ToolCall call = new ToolCall("call00001", "get_weather", Map.of("location", "東京"));
        Message calling = new Message(Message.ASSISTANT, "", null, List.of(call), null, null);
        String text = template("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B")
                .render(List.of(Message.user("Weather?"), calling, Message.result(call, "21")), List.of(TOOL), OPTIONS);
        assertTrue(text.contains("get_weather\n```json\n{\"location\": \"東京\"}\n```"), text);
    }

    @Test
    void refusalsAreTheTemplatesOwn() throws IOException {
        ChatTemplate gemma = template("google-gemma-2-2b-it");
        RaisedException e = assertThrows(
                RaisedException.class, () -> gemma.render(List.of(Message.system("x")), List.of(), OPTIONS));
        assertEquals("System role not supported", e.getMessage());
    }

    /** A rendered call is read again by the same model's parser. */
    @Test
    void whatATemplateWritesItsParserReads() throws IOException {
        ToolCall call = new ToolCall("call00001", "get_weather", Map.of("location", "Paris"));
        Message calling = new Message(Message.ASSISTANT, "", null, List.of(call), null, null);
        for (String name : List.of(
                "Qwen-Qwen2.5-7B-Instruct",
                "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use",
                "meetkai-functionary-medium-v3.1",
                "meta-llama-Llama-3.1-8B-Instruct",
                "mistralai-Mistral-Nemo-Instruct-2407",
                "GLM-4.6",
                "Qwen-Qwen3-0.6B")) {
            ChatTemplate template = template(name);
            List<Message> asked = List.of(Message.user("Weather?"));
            String prompt = template.render(asked, List.of(TOOL), OPTIONS);
            String whole = template.render(
                    List.of(Message.user("Weather?"), calling), List.of(TOOL), OPTIONS.withGenerationPrompt(false));
            String answer = whole.substring(Math.max(0, common(prompt, whole)))
                    .replaceFirst("(<\\|im_end\\|>|<\\|eot_id\\|>|<\\|eom_id\\|>|</s>)\\s*$", "");
            OutputParser parser = template.parser(prompt, List.of(TOOL));
            parser.feed(answer);
            parser.finish();
            List<ToolCall> calls = parser.message().toolCalls();
            assertEquals(1, calls.size(), name + ": " + answer);
            assertEquals(call.name(), calls.getFirst().name());
            assertEquals(call.arguments(), calls.getFirst().arguments());
        }
    }

    private static int common(String a, String b) {
        int n = 0;
        while (n < a.length() && n < b.length() && a.charAt(n) == b.charAt(n)) {
            n++;
        }
        return n;
    }

    @Test
    void bosIsThereOnce() throws IOException {
        Tokenizer tokenizer = TokenizerFiles.open(TestData.path("tokenizers/mistral-v1"));
        ChatTemplate template = ChatTemplate.parse("t", "{{ bos_token }}[INST] x", "<s>", "</s>");
        ChatTemplate without = ChatTemplate.parse("t", "[INST] x", "<s>", "</s>");
        int[] ids = template.encode(tokenizer, template.render(List.of(), List.of(), OPTIONS));
        assertEquals(tokenizer.bos(), ids[0]);
        assertTrue(ids[1] != tokenizer.bos());
        int[] added = without.encode(tokenizer, without.render(List.of(), List.of(), OPTIONS));
        assertEquals(tokenizer.parts().postProcessor().before().length > 0, added[0] == tokenizer.bos());
    }

    @Test
    void aModelWithoutTemplateGetsAKnownOne() throws IOException {
        try (LanguageModel model = Keiryo.load(TestData.path("models/TinyStories-656K"))) {
            ChatTemplate template = ChatTemplate.of(model);
            assertEquals(
                    "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
                    template.render(List.of(Message.user("Hi")), List.of(), OPTIONS));
        }
    }

    @Test
    void knownTemplatesAreValid() throws IOException {
        for (String text : KnownTemplates.all().values()) {
            String rendered = ChatTemplate.parse("known", text, "<s>", "</s>")
                    .render(
                            List.of(Message.system("S"), Message.user("U"), Message.assistant("A"), Message.user("V")),
                            List.of(),
                            OPTIONS);
            for (String said : List.of("S", "U", "A", "V")) {
                assertTrue(rendered.contains(said), rendered);
            }
        }
    }

    @Test
    void templatesAreFoundInMetadata() throws FormatException {
        Map<String, MetadataValue> keys = new LinkedHashMap<>();
        keys.put("tokenizer.chat_template", MetadataValue.of("main"));
        keys.put("tokenizer.chat_template.tool_use", MetadataValue.of("tools"));
        ChatTemplateSource source = ChatTemplateSource.of(new Metadata("m.gguf", keys), null);
        assertEquals("main", source.text("default"));
        assertEquals("tools", source.text("tool_use"));
        FormatException e = assertThrows(FormatException.class, () -> source.text("rag"));
        assertTrue(String.valueOf(e.getMessage()).contains("but default, tool_use"), e.getMessage());
    }

    @Test
    void templatesAreFoundInFolders() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"bos_token\": {\"content\": \"<s>\"}, \"chat_template\": [{\"name\": \"default\", \"template\": \"a\"},"
                        + " {\"name\": \"rag\", \"template\": \"b\"}]}");
        Files.createDirectory(folder.resolve("additional_chat_templates"));
        Files.writeString(folder.resolve("additional_chat_templates/tool_use.jinja"), "c");
        ChatTemplateSource source = ChatTemplateSource.open(folder);
        assertEquals("<s>", source.bos());
        assertEquals(Map.of("default", "a", "rag", "b", "tool_use", "c"), source.templates());
        Files.writeString(folder.resolve("chat_template.jinja"), "d");
        assertEquals("d", ChatTemplateSource.open(folder).text("default"));
    }
}
