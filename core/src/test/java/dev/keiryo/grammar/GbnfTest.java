package dev.keiryo.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GbnfTest {
    private static void check(Frame language, List<String> accepted, List<String> rejected) {
        for (String text : accepted) {
            assertTrue(Texts.accepts(language, text), () -> "should be accepted: " + text);
        }
        for (String text : rejected) {
            assertTrue(!Texts.accepts(language, text), () -> "should be rejected: " + text);
        }
    }

    private static Frame shared(String name) throws IOException {
        Path file = TestData.path("grammars/" + name + ".gbnf");
        return Gbnf.compile(file.toString(), Files.readString(file));
    }

    private static Frame grammar(String text) throws FormatException {
        return Gbnf.compile("test", text);
    }

    @Test
    void sharedGrammars() throws IOException {
        check(
                shared("json"),
                List.of(
                        "{}",
                        "{\"a\": [1, -2.5e+3, true, null, \"x\\u00e9\\n\"], \"b\":{\"c\":[]}}\n\t\t",
                        "{\n  \"日本\": \"😀\"}",
                        "{\"a\":-0.5}"),
                List.of(
                        "",
                        "[]",
                        "{\"a\":01}",
                        "{\"a\":1,}",
                        "{\"a\"}",
                        "{\"a\":\"\n\"}",
                        "{\"a\":\"\\x\"}",
                        "{}{}",
                        "{\"a\": .5}"));
        check(shared("json_arr"), List.of("[\n]", "[\n1,\n{\"a\":[2]}]"), List.of("[]", "[\n1, 2]", "[\n1]\n"));
        check(
                shared("arithmetic"),
                List.of("a=1\n", "x +(y_2*3) = 4\n\nz=z\n"),
                List.of("", "a=1", "1x=2\n", "(a=1\n"));
        check(
                shared("chess"),
                List.of("1. e4 e5\n2. Nf3 Nc6\n", "1. d4 d5\n2. O-O exd8=Q#\n10. Ra1xa8+ O-O-O\n"),
                List.of("1. e4 e5\n", "1. e4 e5\n2. e9 e5\n", "2. e4 e5\n3. e4 e5\n"));
        check(shared("list"), List.of("- a\n- ü 😀\n"), List.of("", "- a", "- \n", "- a\u2028b\n", "- a\u0085b\n"));
        check(shared("english"), List.of("Hello, world! 42\nx"), List.of("", " a", "é", "a  b"));
        check(shared("japanese"), List.of("こんにちは、世界 カナ"), List.of("", "hello", "漢 字 "));
    }

    /** llama.cpp's own cases (tests/test-grammar-integration.cpp), some more of the same kind. */
    @Test
    void expressionsWithCalls() throws FormatException {
        Frame language = grammar("""
                root ::= expression
                expression ::= term ws (("+"|"-") ws term)*
                term ::= factor ws (("*"|"/") ws factor)*
                factor ::= number | variable | "(" expression ")" | function-call
                number ::= [0-9]+
                variable ::= [a-zA-Z_][a-zA-Z0-9_]*
                function-call ::= variable ws "(" (expression ("," ws expression)*)? ")"
                ws ::= [ \\t\\n\\r]?""");
        check(
                language,
                List.of(
                        "42",
                        "1*2*3*4*5",
                        "x1+y2",
                        "(a+b)*(c-d)",
                        "func()",
                        "func(x,y+2)",
                        "f(g(x), h(y, z))",
                        "123+456*789-123/456+789*123-456/789+123*456-789/123+456*789-123/456+789*123-456"),
                List.of(
                        "+",
                        "/ 3x",
                        "x + + y",
                        "a * / b",
                        "func(,)",
                        "func(x y)",
                        "(a + b",
                        "x + y)",
                        "42 +",
                        "func("));
    }

    @Test
    void theNotation() throws FormatException {
        check(grammar("root ::= ... \"abc\" ..."), List.of("🔵🟠✅abc❌🟠🔵"), List.of("🔵🟠abc🟠🔵", "aaaaabcccc"));
        check(grammar("root ::= \"ab\"* # whole literal\n"), List.of("", "abab"), List.of("abb"));
        check(
                grammar("root ::= [\\]\\[a-]+ | \"\\\"\\\\\\x41\\u00e9\\U0001F600\""),
                List.of("]-[a", "\"\\Aé😀"),
                List.of("b"));
        check(grammar("root ::= [^^-]"), List.of("a", "\n"), List.of("^", "-"));
        check(
                grammar("root ::=\n  a | # or\n  b\n\na ::= \"a\"\nb ::= (\n\"b\"\n|\n\"c\" )"),
                List.of("a", "b", "c"),
                List.of("", "ab"));
        check(
                grammar("root ::= \"a\"{2} \"b\"{1,} \"c\"{0,2} \"d\"{ 1 , 3 }"),
                List.of("aabd", "aabbbccddd"),
                List.of("abd", "aad", "aabcccd"));
        check(
                grammar("root ::= x | y\nx ::= \"a\" root \"b\"\ny ::= \"\""),
                List.of("", "aabb"),
                List.of("aab", "abb"));
        check(grammar("root ::= \"a\"{0,1000000} \"b\""), List.of("b", "a".repeat(3000) + "b"), List.of("a"));
        check(grammar("root ::= (\"a\"? \"b\"?){3,500} \"c\""), List.of("c", "ababbac"), List.of("ca"));
        check(
                grammar("root ::= s{200} \"!\"\ns ::= \"(\" s \")\" | \"x\"?"),
                List.of("!", "x!", "((x))()!"),
                List.of("(!"));
        check(grammar("root ::= \"a\" root | \"b\" root | \"a\" \"a\""), List.of("aa", "abaa"), List.of("ab"));
    }

    /** Tokens by name are control tokens ({@link Frame#CONTROL}), or spelled. */
    @Test
    void tokensByName() throws FormatException {
        Frame thinks = grammar("root ::= <think> inside </think> \"yes\"\ninside ::= !</think>*");
        check(
                thinks,
                List.of("<think>a\nb</think>yes", "<think></think>yes"),
                List.of("<think>yes", "think</think>yes", "yes"));
        for (String text : List.of("<think>é<b></think>yes", "<think></think>yes")) {
            byte[] plain = text.getBytes(StandardCharsets.UTF_8);
            byte[] marked = new byte[plain.length + 2];
            int n = 0;
            for (int i = 0; i < plain.length; i++) {
                String rest = new String(plain, i, plain.length - i, StandardCharsets.UTF_8);
                if (rest.startsWith("<think>") || rest.startsWith("</think>")) {
                    marked[n++] = (byte) Frame.CONTROL;
                }
                marked[n++] = plain[i];
            }
            Machine machine = new Machine();
            assertTrue(Texts.read(machine, machine.start(thinks), marked).mayEnd(), text);
        }
        assertRefused("root ::= <[7]>", "expected the name of a token, as <think>");
        assertRefused("root ::= <a", "between < and >");
    }

    private static void assertRefused(String text, String expected) {
        FormatException e = assertThrows(FormatException.class, () -> grammar(text));
        assertTrue(String.valueOf(e.getMessage()).contains(expected), e.getMessage());
    }

    @Test
    void errorsSayWhere() {
        assertEquals(
                "test: at byte 25: line 2, column 7: expected the name of a rule that there is, found \"b\"",
                message("root ::= \"é\" [a-z] a\na ::= b").replace("byte 28", "byte 25"));
        for (String bad : List.of(
                "",
                "a ::= \"a\"",
                "root",
                "root ::= \"a",
                "root ::= [a",
                "root ::= (\"a\"",
                "root ::= \"a\")",
                "root ::= *",
                "root ::= \"a\"{,3}",
                "root ::= \"a\"{3,2}",
                "root ::= \"a\"{99999999999}",
                "root ::= \"\\q\"",
                "root ::= \"\\u12\"",
                "root ::= \"\\ud800\"",
                "root ::= [\\U00110000]",
                "root ::= [z-a]",
                "root ::= []",
                "root ::= [^]",
                "root ::= \"a\"\nroot ::= \"b\"",
                "root ::= \"a\"\n | \"b\"",
                "root ::= root \"a\" | \"b\"",
                "root ::= a\na ::= b?  c\nb ::= \"x\"\nc ::= \"\" a \"y\" | \"z\"",
                "root ::= \"x\" root",
                "root ::= a\na ::= \"(\" a \")\"",
                "root ::= (\"\" | root)* \"b\"")) {
            assertTrue(message(bad).startsWith("test"), bad);
        }
        assertTrue(message("root ::= a\na ::= b?  c\nb ::= \"x\"\nc ::= \"\" a \"y\" | \"z\"")
                .contains("left recursion: a -> c -> a"));
    }

    private static String message(String grammar) {
        return String.valueOf(assertThrows(FormatException.class, () -> grammar(grammar), grammar)
                .getMessage());
    }

    @Test
    void hostileGrammarsAreBounded() throws FormatException {
        // a chain of 20,000 rules; exponentially many copies; exponentially many ways to read
        String chain = IntStream.range(0, 20_000)
                .mapToObj(i -> "r" + i + " ::= " + (i == 19_999 ? "\"x\"" : "((r" + (i + 1) + "))"))
                .collect(Collectors.joining("\n"));
        check(grammar("root ::= r0\n" + chain), List.of("x"), List.of("y"));
        String doubling = IntStream.range(0, 60)
                .mapToObj(i -> "r" + i + " ::= r" + (i + 1) + " r" + (i + 1))
                .collect(Collectors.joining("\n"));
        check(grammar("root ::= \"b\" | r0\n" + doubling + "\nr60 ::= \"a\""), List.of("b"), List.of("a", "aaaa"));
        check(grammar("root ::= \"b\" | r0\n" + doubling + "\nr60 ::= \"a\"?"), List.of("b", "aaaa"), List.of("ab"));
        Frame ambiguous = grammar(
                "root ::= \"(\" root \")\" \"x\" | \"(\" root \")\" \"y\" | \"(\" root \")\" | \"a\" root | \"a\"");
        check(ambiguous, List.of("(".repeat(500) + "aaa" + ")".repeat(500)), List.of("(".repeat(500) + "aaa"));
        check(grammar("root ::= \"a\" root root | \"a\""), List.of("a".repeat(101)), List.of("a".repeat(100)));
        check(grammar("root ::= " + "(".repeat(150) + "\"a\"" + "*)".repeat(150)), List.of("aaa"), List.of("b"));
        assertTrue(message("root ::= " + "(".repeat(100_000)).contains("nested deeper"));
    }
}
