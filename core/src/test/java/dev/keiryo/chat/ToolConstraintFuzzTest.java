package dev.keiryo.chat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import dev.keiryo.grammar.Machine;
import dev.keiryo.grammar.NextBytes;
import dev.keiryo.template.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a tool says of itself: it is refused by one of two exceptions, or what is written of it is parsed as no malformed call. */
final class ToolConstraintFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void compilesOrRefuses(byte[] input) {
        List<ToolStyle> styles = List.of(ToolStyle.values());
        ToolStyle style = styles.get(input.length == 0 ? 0 : (input[0] & 0xFF) % styles.size());
        String json =
                new String(input, Math.min(1, input.length), Math.max(0, input.length - 1), StandardCharsets.UTF_8);
        try {
            Tool tool = ChatJson.tool("fuzz", JsonText.readObject("fuzz", json));
            ToolConstraint constraint =
                    ToolConstraint.of(style, ReasoningStyle.THINK, List.of(tool), ToolChoice.REQUIRED);
            byte[] text = ToolWalks.walk(
                    new Machine(), new NextBytes(), constraint.language(""), new SplittableRandom(1), 60);
            OutputParser parser = ToolWalks.parser(style, ReasoningStyle.THINK, "", List.of(tool));
            Tools.parsed(parser, List.of(ToolWalks.shown(text)));
        } catch (FormatException | IllegalArgumentException e) {
            // the two that are allowed
            assert e.getMessage() != null;
        }
    }

    static Stream<byte[]> seeds() {
        List<String> tools = List.of(
                "{\"name\": \"get_weather\", \"parameters\": {\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\","
                        + " \"maxLength\": 5}, \"n\": {\"type\": \"integer\"}}, \"required\": [\"city\"]}}",
                "{\"type\": \"function\", \"function\": {\"name\": \"a b\", \"parameters\": {\"$id\": \"x\", \"$ref\": \"#/$defs/a\", \"$defs\":"
                        + " {\"a\": {}}}}}",
                "{\"name\": \"all\", \"parameters\": {\"properties\": {\"a>b\": {}, \"é\": {\"enum\": [\"</tool_call>\", \"\\n\"]}}}}",
                "{\"name\": \"python\", \"parameters\": {\"properties\": {\"code\": {\"type\": \"string\"}}}}",
                "{\"name\": \"function\", \"parameters\": {\"required\": [\"x\"], \"properties\": {\"y\": false}}}");
        return Stream.iterate(0, i -> i < 5 * ToolStyle.values().length, i -> i + 1)
                .map(i -> {
                    byte[] tool = tools.get(i % 5).getBytes(StandardCharsets.UTF_8);
                    byte[] seed = new byte[tool.length + 1];
                    seed[0] = (byte) (i / 5);
                    System.arraycopy(tool, 0, seed, 1, tool.length);
                    return Arrays.copyOf(seed, seed.length);
                });
    }
}
