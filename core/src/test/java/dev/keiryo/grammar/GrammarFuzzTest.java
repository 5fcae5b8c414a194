package dev.keiryo.grammar;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keiryo.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any text as a grammar, and as a regular expression: compiled, or refused; what is compiled has texts, and can be read. */
final class GrammarFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "60s")
    void compilesOrRefuses(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        try {
            use(Gbnf.compile("fuzz", text));
        } catch (FormatException e) {
            assert e.getMessage() != null;
        }
        try {
            use(Regex.compile(text));
        } catch (FormatException | UnenforceableException e) {
            assert e.getMessage() != null;
        }
    }

    private static void use(Frame language) {
        try {
            if (language.shortest() < 10_000) {
                String example = new Examples(language).next(new SplittableRandom(1), 40);
                if (!Texts.accepts(language, example)) {
                    throw new AssertionError("not accepted: " + example);
                }
            }
        } catch (IllegalArgumentException e) {
            assert e.getMessage() != null; // too ambiguous
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.of(
                        "root ::= \"a\"* [^b-d\\n] (x | \"\\u00e9\"){2,300} . # end\nx ::= \"(\" x \")\" | \"\"\n",
                        "root ::= a+ | b{3}\na ::= b? \"x\" a |\nb ::= [\\x41-\\x5A]",
                        "(?i)^a{2,}|(b[^\\d\\p{L}]|\\u{1F600})*?x{0,500}$",
                        "[[:alpha:]-]+(?:\\Q.*\\E|(?<n>\\w))\\x{41}{2}")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }
}
