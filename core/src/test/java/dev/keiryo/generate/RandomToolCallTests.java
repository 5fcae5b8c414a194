package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.chat.ChatTemplate;
import dev.keiryo.chat.Message;
import dev.keiryo.chat.OutputParser;
import dev.keiryo.chat.ReasoningStyle;
import dev.keiryo.chat.ToolChoice;
import dev.keiryo.chat.ToolConstraint;
import dev.keiryo.chat.ToolStyle;
import dev.keiryo.chat.Tools;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Machine;
import dev.keiryo.grammar.State;
import dev.keiryo.tokenizer.ByteAlphabet;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Tool calls token by token, without a model; named so that it does not run again for each set of kernels. */
@Timeout(120)
class RandomToolCallTests {
    /** Marks that vocabularies have as control tokens, and fragments that lead into and through calls. */
    private static final List<String> MARKS = List.of(
            "<tool_call>",
            "</tool_call>",
            "<|python_tag|>",
            "[TOOL_CALLS]",
            "[ARGS]",
            "<|tool_call|>",
            "<arg_key>",
            "<arg_value>",
            "<|START_ACTION|>",
            "<|END_ACTION|>",
            "<｜tool▁calls▁begin｜>",
            "<｜tool▁call▁begin｜>",
            "<｜tool▁sep｜>",
            "<｜tool▁call▁end｜>",
            "<|tool_call_begin|>",
            "<|tool_call_argument_begin|>",
            "<|tool_call_end|>",
            "<|tool_call_start|>",
            "<|channel|>",
            "<|message|>",
            "<|end|>",
            "<|start|>",
            "<|constrain|>",
            "<think>",
            "</think>");

    private static final List<String> FRAGMENTS = List.of(
            "<function=",
            "</function>",
            "Action:",
            "```json",
            ">>>",
            "functions.",
            "analysis",
            "commentary",
            "to=functions.",
            "{\"name\": \"get_weather\", ",
            "{\"name\":",
            "\"arguments\": {",
            "}",
            "]",
            "get_weather",
            "now",
            "python\n",
            "{}",
            "[{",
            "日本 😀",
            "\n",
            "</arg_key>",
            "</arg_value>",
            ", \"days\": 3",
            "\"location\": \"");

    @TempDir
    private Path folder = Path.of("");

    /** The tokenizer of {@code source}, with all bytes if it is one of bytes, and more tokens, of which two in three are control tokens. */
    private Tokenizer tokenizer(String source, List<String> more) throws IOException {
        ObjectNode json = (ObjectNode) JsonMapper.shared().readTree(Files.readAllBytes(TestData.path(source)));
        ArrayNode added = (ArrayNode) json.get("added_tokens");
        ObjectNode vocabulary = (ObjectNode) json.get("model").get("vocab");
        int id = vocabulary.size();
        for (var token : added) {
            id = Math.max(id, token.get("id").asInt() + 1);
        }
        for (int b = 0; b < 256 && !vocabulary.has("<0x00>"); b++) {
            String letter = String.valueOf(ByteAlphabet.character(b));
            if (!vocabulary.has(letter)) {
                vocabulary.put(letter, id++);
            }
        }
        for (int i = 0; i < more.size(); i++) {
            added.addObject()
                    .put("id", id + i)
                    .put("content", more.get(i))
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", i % 3 != 2);
        }
        return TokenizerFiles.open(Files.writeString(folder.resolve("tokenizer.json"), json.toString()));
    }

    private static ToolConstraint constraint(ToolStyle style, ToolChoice choice) throws IOException {
        return template(style).constraint(Tools.ALL, choice);
    }

    private static ChatTemplate template(ToolStyle style) throws IOException {
        return ChatTemplate.parse("test", "{{ messages }}", "", "")
                .withToolStyle(style)
                .withReasoningStyle(ReasoningStyle.THINK);
    }

    /** Every mask is what the bytes of each token, one after the other, say: control tokens, too. */
    @ParameterizedTest
    @EnumSource(ToolStyle.class)
    void masksAreExact(ToolStyle style) throws IOException {
        Tokenizer tokenizer = tokenizer("tokenizers/small/tiny_bpe_tokenizer.json", MARKS);
        TokenTexts texts = new TokenTexts(tokenizer);
        Set<Integer> end = Set.of(tokenizer.id("<|im_end|>"));
        SplittableRandom random = new SplittableRandom(style.name().hashCode());
        for (ToolChoice choice : List.of(ToolChoice.AUTO, ToolChoice.REQUIRED)) {
            Constraint constraint =
                    Objects.requireNonNull(constraint(style, choice).forPrompt(""));
            Machine machine = new Machine();
            for (int walk = 0; walk < 3; walk++) {
                Guide guide = new Guide(constraint, texts, end, 100_000);
                State state = machine.start(constraint.language());
                for (int step = 0; step < 20 && !guide.isOver(); step++) {
                    BitSet expected = new BitSet();
                    for (int id = 0; id < texts.size(); id++) {
                        expected.set(
                                id,
                                end.contains(id)
                                        ? state.mayEnd()
                                        : !read(machine, state, texts, id).isDead());
                    }
                    assertEquals(expected, BitSet.valueOf(guide.mask()), style + " " + choice + " after " + step);
                    end.forEach(expected::clear);
                    int id = chosen(tokenizer, random, expected);
                    guide.accept(id);
                    state = read(machine, state, texts, id);
                }
            }
        }
    }

    private static State read(Machine machine, State from, TokenTexts texts, int id) {
        State state = texts.isSpecial(id) ? machine.next(from, Frame.CONTROL) : from;
        for (byte b : texts.bytes(id)) {
            // a byte that is no text is not what stands before control tokens
            state = (b & 0xFF) == Frame.CONTROL ? State.DEAD : machine.next(state, b & 0xFF);
        }
        return state;
    }

    /** A mark, the beginning of a fragment, or any token. */
    private static int chosen(Tokenizer tokenizer, SplittableRandom random, BitSet allowed) {
        for (int tries = 0; tries < 8; tries++) {
            boolean mark = random.nextBoolean();
            List<String> from = mark ? MARKS : FRAGMENTS;
            int[] ids = tokenizer.encode(from.get(random.nextInt(from.size())), SpecialTokens.PARSED, false);
            for (int id : ids) {
                if (allowed.get(id)) {
                    return id;
                }
            }
        }
        int[] all = allowed.stream().toArray();
        return all[random.nextInt(all.length)];
    }

    /** Texts of a real vocabulary, token by token and within a limit: parsed as they come, they are valid calls. */
    @ParameterizedTest
    @EnumSource(ToolStyle.class)
    void randomTokensGiveValidCalls(ToolStyle style) throws IOException {
        Tokenizer tokenizer = tokenizer("tokenizers/llama2/tokenizer.json", MARKS);
        TokenTexts texts = new TokenTexts(tokenizer);
        int eos = tokenizer.id("</s>");
        Set<Integer> end = Set.of(eos);
        SplittableRandom random = new SplittableRandom(31 + style.name().hashCode());
        int texted = Integer.getInteger("texts", 3);
        int calls = 0;
        for (ToolChoice choice : List.of(ToolChoice.AUTO, ToolChoice.REQUIRED)) {
            ToolConstraint tools = constraint(style, choice);
            for (int i = 0; i < texted; i++) {
                String prompt =
                        style == ToolStyle.FUNCTIONARY_3_2 ? (i % 2 == 0 ? "" : ">>>") : i % 2 == 0 ? "" : "<think>";
                Constraint constraint = Objects.requireNonNull(tools.forPrompt(prompt));
                int limit = 60 + random.nextInt(100);
                Guide guide = new Guide(constraint, texts, end, limit);
                OutputParser parser = template(style).parser(prompt, Tools.ALL);
                Tokenizer.StreamDecoder decoder = tokenizer.stream(false);
                decoder.next(tokenizer.id("x"));
                List<String> parts = new ArrayList<>();
                List<Integer> fragment = new ArrayList<>();
                for (int n = 0; n < limit && !guide.isOver(); n++) {
                    BitSet allowed = BitSet.valueOf(guide.mask());
                    if (fragment.isEmpty() && random.nextInt(3) > 0) {
                        List<String> from = random.nextBoolean() ? MARKS : FRAGMENTS;
                        for (int id :
                                tokenizer.encode(from.get(random.nextInt(from.size())), SpecialTokens.PARSED, false)) {
                            fragment.add(id);
                        }
                    }
                    int id = -1;
                    if (!fragment.isEmpty() && allowed.get(fragment.getFirst())) {
                        id = fragment.removeFirst();
                    } else {
                        fragment.clear();
                        int[] all = allowed.stream()
                                .filter(t -> !end.contains(t) || random.nextInt(4) == 0)
                                .toArray();
                        id = all.length == 0 ? eos : all[random.nextInt(all.length)];
                    }
                    assertTrue(allowed.get(id), "something is allowed");
                    guide.accept(id);
                    if (end.contains(id)) {
                        break;
                    }
                    parts.add(decoder.next(id));
                }
                parts.add(decoder.finish());
                String text = String.join("", parts);
                assertTrue(guide.mayEnd(), text);
                Message message = Tools.parsed(parser, parts);
                message.toolCalls().forEach(call -> Tools.assertValid(call, text));
                calls += message.toolCalls().size();
                assertTrue(choice == ToolChoice.AUTO || !message.toolCalls().isEmpty(), text);
            }
        }
        assertTrue(calls >= texted, calls + " calls");
    }

    /** A control token begins a call and ends it, where the vocabulary has one, and nowhere else in it. */
    @Test
    void controlTokensAreMarks() throws IOException {
        Tokenizer tokenizer = tokenizer("tokenizers/small/tiny_bpe_tokenizer.json", MARKS);
        TokenTexts texts = new TokenTexts(tokenizer);
        int open = tokenizer.id("<tool_call>");
        int close = tokenizer.id("</tool_call>");
        assertTrue(texts.isSpecial(open) && texts.isSpecial(close));
        int end = tokenizer.id("<|im_end|>");
        Guide guide = new Guide(
                Objects.requireNonNull(
                        constraint(ToolStyle.HERMES, ToolChoice.AUTO).forPrompt("")),
                texts,
                Set.of(end),
                300);
        int[] json = texts.encode("{\"name\": \"now\", \"arguments\": {}}");
        for (int round = 0; round < 2; round++) {
            assertTrue(BitSet.valueOf(guide.mask()).get(close), "a mark is free text before a call");
            assertTrue(BitSet.valueOf(guide.mask()).get(end));
            guide.accept(open);
            for (int id : json) {
                BitSet allowed = BitSet.valueOf(guide.mask());
                assertTrue(allowed.get(id) && !allowed.get(close) && !allowed.get(open) && !allowed.get(end));
                guide.accept(id);
            }
            BitSet allowed = BitSet.valueOf(guide.mask());
            assertTrue(allowed.get(close) && !allowed.get(open) && !allowed.get(end));
            guide.accept(close);
        }
        // spelled, it is the same
        for (int id : texts.encode("<tool_call>" + "{\"name\": \"now\"")) {
            guide.accept(id);
        }
        assertTrue(!guide.mayEnd());
    }

    /** gpt-oss ends messages with what others end an answer with. */
    @Test
    void anAnswerOfSeveralMessagesGoesOn() throws IOException {
        Tokenizer others = tokenizer("tokenizers/small/tiny_bpe_tokenizer.json", List.of("<|end|>", "<|call|>"));
        assertTrue(EndOfText.of(new Metadata("test", Map.of()), others).contains(others.id("<|end|>")));
        List<String> harmony = List.of("<|end|>", "<|call|>", "x", "<|return|>");
        Tokenizer tokenizer = tokenizer("tokenizers/small/tiny_bpe_tokenizer.json", harmony);
        Set<Integer> end = EndOfText.of(new Metadata("test", Map.of()), tokenizer);
        assertTrue(end.contains(tokenizer.id("<|call|>")) && end.contains(tokenizer.id("<|return|>")));
        assertTrue(!end.contains(tokenizer.id("<|end|>")));
    }
}
