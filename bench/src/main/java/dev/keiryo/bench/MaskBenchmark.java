package dev.keiryo.bench;

import dev.keiryo.FormatException;
import dev.keiryo.generate.TokenTexts;
import dev.keiryo.grammar.Gbnf;
import dev.keiryo.grammar.Machine;
import dev.keiryo.grammar.State;
import dev.keiryo.grammar.TokenMasks;
import dev.keiryo.grammar.TokenTrie;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/** The mask of one token of a JSON text, and reading that token; over a vocabulary of Llama 3's size, in one thread. */
@org.openjdk.jmh.annotations.State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class MaskBenchmark {
    private static final String JSON = """
            root ::= ws value
            value ::= (object | array | string | number | "true" | "false" | "null") ws
            object ::= "{" ws (string ws ":" ws value ("," ws string ws ":" ws value)*)? "}"
            array ::= "[" ws (value ("," ws value)*)? "]"
            string ::= "\\"" ([^"\\\\\\x00-\\x1F] | "\\\\" (["\\\\/bfnrt] | "u" [0-9a-fA-F]{4}))* "\\""
            number ::= "-"? ("0" | [1-9] [0-9]*) ("." [0-9]+)? ([eE] [-+]? [0-9]+)?
            ws ::= [ \\t\\n\\r]*
            """;
    private static final String TEXT = """
            {"name": "Lily", "age": 5, "friends": [{"name": "Tom", "age": 6.5, "pets": []}, {"name": "日本", "age": null}],
             "notes": "She \\"said\\" that the big red ball\\nwas hers, and ran home.", "deep": [[[[{"a": {"b": [true, false]}}]]]],
             "numbers": [1, -2.5, 3e10, 1234567890]}
            """;

    /** The number of made-up tokens, or a file that a tokenizer can be read from. */
    @Param({"128256"})
    public String vocabulary = "128256";

    private TokenMasks masks = new TokenMasks(new TokenTrie(new byte[0][]));
    private final Machine machine = new Machine();
    private State start = State.DEAD;
    private State state = State.DEAD;
    private byte[][] text = {};
    private long[] mask = {};
    private int at;

    @Setup
    public void prepare() throws IOException {
        byte[][] tokens = vocabulary.matches("\\d+") ? madeUp(Integer.parseInt(vocabulary)) : read(Path.of(vocabulary));
        masks = new TokenMasks(new TokenTrie(tokens));
        mask = new long[masks.words()];
        try {
            start = machine.start(Gbnf.compile("json", JSON));
        } catch (FormatException e) {
            throw new IllegalStateException(e);
        }
        state = start;
        text = spell(tokens);
    }

    /** All bytes, and stretches of words and punctuation. */
    private static byte[][] madeUp(int size) {
        SplittableRandom random = new SplittableRandom(3);
        List<byte[]> tokens = new ArrayList<>();
        for (int b = 0; b < 256 && b < size; b++) {
            tokens.add(new byte[] {(byte) b});
        }
        Set<String> known = new HashSet<>();
        String[] marks = {" ", "\"", "\":", ",", " {", "}", "]", "[", "\n", "\\", ".", "(", "  ", "0", "7", "é"};
        while (tokens.size() < size) {
            StringBuilder token = new StringBuilder();
            if (random.nextInt(3) == 0) {
                token.append(marks[random.nextInt(marks.length)]);
            }
            for (int n = random.nextInt(10); n > 0; n--) {
                token.append((char) ('a' + Math.min(random.nextInt(26), random.nextInt(26))));
            }
            if (random.nextInt(12) == 0) {
                token.append(marks[random.nextInt(marks.length)]).append(marks[random.nextInt(marks.length)]);
            }
            if (token.length() > 1 && known.add(token.toString())) {
                tokens.add(token.toString().getBytes(StandardCharsets.UTF_8));
            }
        }
        return tokens.toArray(byte[][]::new);
    }

    private static byte[][] read(Path file) throws IOException {
        Tokenizer tokenizer = TokenizerFiles.open(file);
        TokenTexts texts = new TokenTexts(tokenizer);
        byte[][] tokens = new byte[texts.size()][];
        for (int id = 0; id < tokens.length; id++) {
            tokens[id] = texts.isSpecial(id) ? new byte[0] : texts.bytes(id);
        }
        return tokens;
    }

    /** The text in tokens, each the longest there is. */
    private static byte[][] spell(byte[][] tokens) {
        Set<String> known = new HashSet<>();
        int longest = 1;
        for (byte[] token : tokens) {
            known.add(new String(token, StandardCharsets.ISO_8859_1));
            longest = Math.max(longest, token.length);
        }
        byte[] all = TEXT.getBytes(StandardCharsets.UTF_8);
        List<byte[]> spelled = new ArrayList<>();
        for (int from = 0; from < all.length; ) {
            int to = Math.min(all.length, from + longest);
            while (to > from + 1 && !known.contains(new String(all, from, to - from, StandardCharsets.ISO_8859_1))) {
                to--;
            }
            spelled.add(Arrays.copyOfRange(all, from, to));
            from = to;
        }
        return spelled.toArray(byte[][]::new);
    }

    @Benchmark
    public int token() {
        int bound = masks.mask(state, mask);
        for (byte b : text[at]) {
            state = machine.next(state, b & 0xFF);
        }
        at++;
        if (at == text.length) {
            at = 0;
            state = start;
        }
        return bound;
    }
}
