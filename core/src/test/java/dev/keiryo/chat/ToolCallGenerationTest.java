package dev.keiryo.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A small model at a high temperature, which knows nothing of tools, calls them as they want to be called. */
@Timeout(120)
class ToolCallGenerationTest {
    private static final GenerateOptions HOT =
            GenerateOptions.DEFAULT.withSpecialTokens(true).withMaxTokens(170);

    private static ChatTemplate template(ToolStyle style) throws IOException {
        return ChatTemplate.parse("test", "{{ messages }}", "", "").withToolStyle(style);
    }

    private static Message answer(
            LanguageModel model, ChatTemplate template, ToolConstraint tools, String prompt, String chain, int seed) {
        OutputParser parser = template.parser(prompt, Tools.ALL);
        List<String> parts = new ArrayList<>();
        Generation generation = model.generate(
                prompt,
                HOT.withChain(SamplerChain.parse(chain)).withSeed(seed).withConstraint(tools.forPrompt(prompt)),
                parts::add);
        Message message = Tools.parsed(parser, parts);
        message.toolCalls().forEach(call -> Tools.assertValid(call, generation.text()));
        return message;
    }

    @Test
    void callsThatAreRequired() throws IOException {
        try (LanguageModel model = Keiryo.load(TestData.path("models/stories260K/stories260K.bin"))) {
            for (ToolStyle style : ToolStyle.values()) {
                ChatTemplate template = template(style);
                ToolConstraint required = template.constraint(Tools.ALL, ToolChoice.REQUIRED);
                ToolConstraint one = template.constraint(Tools.ALL, new ToolChoice.Named("get_weather"));
                for (int seed = 0; seed < 3; seed++) {
                    String prompt = style == ToolStyle.FUNCTIONARY_3_2 ? "Once>>>" : "Once";
                    Message message = answer(model, template, required, prompt, "temp:3", seed);
                    assertTrue(!message.toolCalls().isEmpty(), style + ": " + message);
                    assertTrue(message.content().isBlank(), style + ": " + message);
                    Message named = answer(model, template, one, prompt, "temp:3", seed);
                    assertEquals(
                            List.of("get_weather"),
                            named.toolCalls().stream().map(ToolCall::name).toList());
                }
            }
        }
    }

    /** Free text, then a call that is begun, then whatever the model says. */
    @Test
    void callsThatAreBegun() throws IOException {
        try (LanguageModel model = Keiryo.load(TestData.path("models/stories260K/stories260K.bin"))) {
            int[] begun = model.tokenizer().encode(" once <tool_call>", SpecialTokens.LITERAL, false);
            String chain = "forced_tokens:"
                    + Arrays.stream(begun).mapToObj(Integer::toString).collect(Collectors.joining("|")) + ";temp:2";
            ChatTemplate template = template(ToolStyle.HERMES);
            ToolConstraint tools = template.constraint(Tools.ALL, ToolChoice.AUTO);
            for (int seed = 0; seed < 8; seed++) {
                Message message = answer(model, template, tools, "Once", chain, seed);
                assertEquals(1, message.toolCalls().size());
                assertTrue(message.content().strip().startsWith("once"), message.content());
            }
        }
    }
}
