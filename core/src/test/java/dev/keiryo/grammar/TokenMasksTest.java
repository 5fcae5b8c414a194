package dev.keiryo.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Masks against brute force: every token's bytes driven through the automaton. */
@Timeout(120)
class TokenMasksTest {
    /** All bytes, and random stretches of {@code sources}. */
    private static byte[][] vocabulary(SplittableRandom random, List<String> sources, int size) {
        List<byte[]> tokens = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            tokens.add(new byte[] {(byte) b});
        }
        tokens.add(new byte[0]);
        while (tokens.size() < size) {
            byte[] source = sources.get(random.nextInt(sources.size())).getBytes(StandardCharsets.UTF_8);
            if (source.length > 0) {
                int from = random.nextInt(source.length);
                int to = Math.min(source.length, from + 1 + random.nextInt(8));
                tokens.add(Arrays.copyOfRange(source, from, to));
            }
        }
        return tokens.toArray(byte[][]::new);
    }

    private static BitSet bruteForce(Machine machine, State state, byte[][] tokens) {
        BitSet allowed = new BitSet();
        for (int id = 0; id < tokens.length; id++) {
            allowed.set(
                    id,
                    tokens[id].length > 0
                            && !Texts.read(machine, state, tokens[id]).isDead());
        }
        return allowed;
    }

    static void walk(Frame language, String name, SplittableRandom random, int texts, int steps) {
        Examples examples = new Examples(language);
        List<String> sources = new ArrayList<>(List.of("{\"a\": [1, true], \"bc\":null}\n", " \n\t", "}]}]", "日本語 é"));
        for (int i = 0; i < 20; i++) {
            sources.add(examples.next(random, 5 + random.nextInt(60)));
        }
        byte[][] tokens = vocabulary(random, sources, 700);
        TokenMasks masks = new TokenMasks(new TokenTrie(tokens));
        NextBytes bytes = new NextBytes();
        long[] mask = new long[masks.words()];
        for (int t = 0; t < texts; t++) {
            Machine machine = new Machine();
            State state = machine.start(language);
            for (int i = 0; i < steps && !bytes.nothingAfter(state); i++) {
                int bound = masks.mask(state, mask);
                BitSet expected = bruteForce(machine, state, tokens);
                assertEquals(expected, BitSet.valueOf(mask), name + " at step " + i + ": " + state);
                BitSet first = new BitSet();
                for (int b = 0; b < 256; b++) {
                    first.set(b, expected.get(b));
                }
                assertEquals(first, BitSet.valueOf(bytes.after(state)), name);
                int only = first.cardinality() == 1 && !state.mayEnd() ? first.nextSetBit(0) : -1;
                assertEquals(only, bytes.onlyAfter(state));
                State from = state;
                int most = expected.stream()
                        .map(id -> Texts.read(machine, from, tokens[id]).shortest())
                        .max()
                        .orElse(0);
                assertTrue(most <= bound, name + ": " + most + " bytes after a token, " + bound + " promised");
                int[] all = expected.stream().toArray();
                state = Texts.read(machine, state, tokens[all[random.nextInt(all.length)]]);
            }
        }
    }

    @Test
    void sharedGrammars() throws IOException {
        SplittableRandom random = new SplittableRandom(11);
        for (String name : List.of("json", "json_arr", "arithmetic", "chess", "list", "english", "japanese")) {
            Path file = TestData.path("grammars/" + name + ".gbnf");
            walk(Gbnf.compile(name, Files.readString(file)), name, random, 6, 40);
        }
    }

    @Test
    void repetitionsThatAreCounted() throws FormatException {
        SplittableRandom random = new SplittableRandom(12);
        for (String regex : List.of(
                "a{3,200}", "(ab|c){100}", "\"[^\"]{2,90}\"", "(a{50,60}b){1,300}x?", "([a-z]{0,99} ){70}", "a{500}")) {
            walk(Regex.compile(regex), regex, random, 3, 120);
        }
    }

    @Test
    void randomGrammars() throws FormatException {
        SplittableRandom random = new SplittableRandom(13);
        int compiled = 0;
        for (int i = 0; i < 400; i++) {
            StringBuilder grammar = new StringBuilder();
            int rules = 1 + random.nextInt(4);
            for (int r = 0; r < rules; r++) {
                grammar.append(r == 0 ? "root" : "r" + r)
                        .append(" ::= ")
                        .append(body(random, rules, 3))
                        .append('\n');
            }
            Frame language;
            try {
                language = Gbnf.compile("random", grammar.toString());
            } catch (FormatException e) {
                continue; // left recursion, or never ends
            }
            compiled++;
            walk(language, grammar.toString(), random, 2, 12);
        }
        assertTrue(compiled > 150, compiled + " compiled");
    }

    private static String body(SplittableRandom random, int rules, int depth) {
        String[] atoms = {"\"a\"", "\"b\"", "\"ab\"", "[a-c]", "[^a]", "\"\"", "\"é\"", "."};
        return switch (depth == 0 ? 0 : random.nextInt(8)) {
            case 1, 2 -> body(random, rules, depth - 1) + " " + body(random, rules, depth - 1);
            case 3 -> "(" + body(random, rules, depth - 1) + " | " + body(random, rules, depth - 1) + ")";
            case 4 ->
                "(" + body(random, rules, depth - 1) + ")"
                        + new String[] {"*", "+", "?", "{2}", "{0,60}", "{30,}"}[random.nextInt(6)];
            case 5, 6 -> {
                int r = random.nextInt(rules);
                yield random.nextBoolean()
                        ? (r == 0 ? "root" : "r" + r)
                        : "\"(\" " + (r == 0 ? "root" : "r" + r) + " \")\"";
            }
            default -> atoms[random.nextInt(atoms.length)];
        };
    }

    /** The automaton itself against a recognizer by sets of positions, for grammars without counted repetitions. */
    @Test
    void theAutomatonAgreesWithANaiveRecognizer() throws FormatException {
        String grammar =
                "root ::= s \"!\"?\ns ::= \"(\" s \")\" s | \"a\" s | t \"c\" | \"\"\nt ::= \"b\" t? t? | s2\ns2 ::= \"(\" t \")\"";
        Frame language = Gbnf.compile("test", grammar);
        SplittableRandom random = new SplittableRandom(5);
        String letters = "()abc!";
        int accepted = 0;
        for (int i = 0; i < 30_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(9); n > 0; n--) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            boolean expected = root(text.toString());
            accepted += expected ? 1 : 0;
            assertEquals(expected, Texts.accepts(language, text.toString()), text.toString());
        }
        assertTrue(accepted > 300, accepted + " accepted");
    }

    private static boolean root(String text) {
        Map<String, Set<Integer>> memo = new HashMap<>();
        for (int end : ends("s", text, 0, memo)) {
            if (end == text.length() || (end == text.length() - 1 && text.charAt(end) == '!')) {
                return true;
            }
        }
        return false;
    }

    private static Set<Integer> ends(String rule, String text, int at, Map<String, Set<Integer>> memo) {
        Set<Integer> known = memo.get(rule + at);
        if (known != null) {
            return known;
        }
        Set<Integer> ends = new TreeSet<>();
        memo.put(rule + at, ends);
        char c = at < text.length() ? text.charAt(at) : 0;
        if (rule.equals("s")) {
            ends.add(at);
            if (c == '(') {
                for (int close : ends("s", text, at + 1, memo)) {
                    if (close < text.length() && text.charAt(close) == ')') {
                        ends.addAll(ends("s", text, close + 1, memo));
                    }
                }
            }
            if (c == 'a') {
                ends.addAll(ends("s", text, at + 1, memo));
            }
            for (int end : ends("t", text, at, memo)) {
                if (end < text.length() && text.charAt(end) == 'c') {
                    ends.add(end + 1);
                }
            }
        } else if (rule.equals("t")) {
            if (c == 'b') {
                ends.add(at + 1);
                for (int one : ends("t", text, at + 1, memo)) {
                    ends.add(one);
                    ends.addAll(ends("t", text, one, memo));
                }
            }
            if (c == '(') {
                for (int close : ends("t", text, at + 1, memo)) {
                    if (close < text.length() && text.charAt(close) == ')') {
                        ends.add(close + 1);
                    }
                }
            }
        }
        return ends;
    }
}
