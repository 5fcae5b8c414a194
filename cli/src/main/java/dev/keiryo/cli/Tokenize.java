package dev.keiryo.cli;

import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code keiryo tokenize}: a text's tokens. */
@Command(name = "tokenize", description = "Shows the tokens of a text.")
final class Tokenize implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            arity = "0..1",
            defaultValue = ShippedModels.DEFAULT,
            description =
                    "A model, or only its tokenizer: tokenizer.json, .model, .tiktoken, vocabulary GGUF, or a folder. Default: ${DEFAULT-VALUE}")
    private String model;

    @ArgGroup(exclusive = true)
    private Source source = new Source();

    /** Where the text comes from. */
    static final class Source {
        @Option(names = "--text", paramLabel = "T", description = "The text.")
        private @Nullable String text;

        @Option(names = "--file", paramLabel = "F", description = "A UTF-8 file; - is standard input, the default.")
        private @Nullable String file;
    }

    @Parameters(index = "1", arity = "0..1", paramLabel = "-", description = "Reads standard input.")
    private @Nullable String stdin;

    @Option(names = "--ids", description = "Prints only the ids, separated by spaces.")
    private boolean ids;

    @Option(names = "--no-special", description = "Adds no tokens around the text (BOS, [CLS] … [SEP], EOS).")
    private boolean noSpecial;

    @Option(names = "--literal", description = "Takes text that spells a special token as ordinary text.")
    private boolean literal;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Tokenizer tokenizer = TokenizerFiles.open(ModelArgument.resolve(model));
        String text = text();
        int[] tokens = tokenizer.encode(text, literal ? SpecialTokens.LITERAL : SpecialTokens.PARSED, !noSpecial);
        int characters = text.codePointCount(0, text.length());
        if (json) {
            System.out.println(json(tokenizer, tokens, characters));
        } else if (ids) {
            System.out.println(Arrays.stream(tokens).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
        } else {
            for (int id : tokens) {
                System.out.printf("%8d  %s%n", id, visible(tokenizer.piece(id)));
            }
            System.out.printf(
                    Locale.ROOT,
                    "%d tokens, %d characters, %.2f characters per token%n",
                    tokens.length,
                    characters,
                    perToken(characters, tokens.length));
        }
        return 0;
    }

    private String text() throws IOException {
        if (stdin != null && !stdin.equals("-")) {
            throw new UsageException("unexpected argument '" + stdin + "'; give a text with --text");
        }
        if (stdin != null && (source.text != null || source.file != null)) {
            throw new UsageException("give one of --text, --file and -");
        }
        if (source.text != null) {
            return source.text;
        }
        boolean piped = source.file == null || source.file.equals("-");
        byte[] bytes = piped ? System.in.readAllBytes() : Files.readAllBytes(Path.of(source.file));
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String json(Tokenizer tokenizer, int[] tokens, int characters) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        ArrayNode list = root.putArray("tokens");
        for (int id : tokens) {
            list.addObject().put("id", id).put("piece", tokenizer.piece(id));
        }
        root.put("count", tokens.length);
        root.put("characters", characters);
        root.put("charactersPerToken", perToken(characters, tokens.length));
        return root.toString();
    }

    private static double perToken(int characters, int tokens) {
        return tokens == 0 ? 0 : (double) characters / tokens;
    }

    /** The piece on one line: control characters as escapes. */
    static String visible(String piece) {
        return piece.codePoints()
                .mapToObj(c -> Character.isISOControl(c) ? String.format("\\u%04x", c) : Character.toString(c))
                .collect(Collectors.joining());
    }
}
