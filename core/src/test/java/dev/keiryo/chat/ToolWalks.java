package dev.keiryo.chat;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Machine;
import dev.keiryo.grammar.NextBytes;
import dev.keiryo.grammar.State;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Random texts of the languages that answers with tools are held to. */
final class ToolWalks {
    /** What walks try to write besides single bytes. */
    private static final List<String> FRAGMENTS = List.of(
            "<tool_call>",
            "</tool_call>",
            "<|python_tag|>",
            "[TOOL_CALLS]",
            "[ARGS]",
            "[CALL_ID]",
            "<|tool_call|>",
            "<function=",
            "</function>",
            "<parameter=",
            "</parameter>",
            "<arg_key>",
            "</arg_key>",
            "<arg_value>",
            "</arg_value>",
            "Action:",
            "```json",
            "```",
            ">>>",
            "all\n",
            "<|START_ACTION|>",
            "<|END_ACTION|>",
            "<｜tool▁calls▁begin｜>",
            "<｜tool▁call▁begin｜>",
            "<｜tool▁sep｜>",
            "<｜tool▁call▁end｜>",
            "<｜tool▁calls▁end｜>",
            "<|tool_call_begin|>",
            "functions.",
            ":0",
            "<|tool_call_argument_begin|>",
            "<|tool_call_end|>",
            "<|tool_call_start|>",
            "<|channel|>",
            "analysis",
            "commentary",
            "<|message|>",
            "<|end|>",
            "<|start|>",
            "<|call|>",
            "to=functions.",
            "<|constrain|>",
            "<think>",
            "</think>",
            "{\"name\": \"",
            "{",
            "}",
            "[",
            "]",
            "\"",
            ", ",
            ": ",
            "\"name\"",
            "\"arguments\"",
            "\"parameters\"",
            "\"tool_calls\"",
            "\"function\"",
            "\"id\"",
            "\"type\"",
            "get",
            "get_weather",
            "tree",
            "now",
            "python",
            "\"get_weather\"",
            "location",
            "url",
            "root",
            "value",
            "days",
            "https://",
            "=",
            "\n",
            "print(1)",
            ".call(",
            "é",
            "日本",
            "😀",
            "True",
            "null",
            "\\u0041",
            "x; ");

    static OutputParser parser(ToolStyle style, ReasoningStyle reasoning, String prompt, List<Tool> tools) {
        return style == ToolStyle.HARMONY
                ? new HarmonyParser(prompt, tools)
                : new AnswerParser(style, reasoning, tools, prompt);
    }

    /** A random text of {@code language}, of about {@code length} bytes, control bytes included. */
    static byte[] walk(Machine machine, NextBytes bytes, Frame language, RandomGenerator random, int length) {
        State state = machine.start(language);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (int tries = 0; text.size() < length && tries < 4 * length; tries++) {
            if (bytes.nothingAfter(state)) {
                break;
            }
            if (random.nextInt(3) > 0) {
                String fragment = FRAGMENTS.get(random.nextInt(FRAGMENTS.size()));
                byte[] marked = (random.nextBoolean() ? "\0" + fragment : fragment).getBytes(StandardCharsets.UTF_8);
                marked[0] = marked[0] == 0 ? (byte) Frame.CONTROL : marked[0];
                State then = state;
                for (byte b : marked) {
                    then = machine.next(then, b & 0xFF);
                }
                if (!then.isDead()) {
                    state = then;
                    text.writeBytes(marked);
                }
                continue;
            }
            List<Integer> allowed = new ArrayList<>();
            long[] possible = bytes.after(state);
            for (int b = 0; b < 128; b++) {
                if ((possible[b >> 6] >>> b & 1) != 0) {
                    allowed.add(b);
                }
            }
            if (!allowed.isEmpty()) {
                int b = allowed.get(random.nextInt(allowed.size()));
                state = machine.next(state, b);
                text.write(b);
            }
        }
        while (!state.mayEnd()) { // the shortest way to the end
            State best = State.DEAD;
            int by = -1;
            for (int b = 0; b < 255; b++) {
                State then = machine.next(state, b);
                if (!then.isDead() && (best.isDead() || then.shortest() < best.shortest())) {
                    best = then;
                    by = b;
                }
            }
            assertTrue(best.shortest() < state.shortest(), state + " after " + text.toString(StandardCharsets.UTF_8));
            state = best;
            text.write(by);
        }
        return text.toByteArray();
    }

    static String shown(byte[] text) {
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        for (byte b : text) {
            if ((b & 0xFF) != Frame.CONTROL) {
                shown.write(b);
            }
        }
        return shown.toString(StandardCharsets.UTF_8);
    }

    private ToolWalks() {}
}
