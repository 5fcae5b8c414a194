package dev.keiryo.cli;

import dev.keiryo.LanguageModel;
import dev.keiryo.measure.PerplexityDefinition;
import dev.keiryo.measure.PrefixDefinition;
import dev.keiryo.measure.SpanDefinition;
import dev.keiryo.measure.Window;
import dev.keiryo.model.Transformer.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The text that models are measured on, and how it is cut. */
final class EvaluationText {
    private static final int CONTEXT = 512;
    private static final int PROMPT = 60;

    @Option(names = "--file", paramLabel = "F", description = "A UTF-8 text; - is standard input.")
    private @Nullable String file;

    @Option(
            names = "--ctx",
            paramLabel = "N",
            description = "Tokens that the model reads at once. Default: 512, or what the model was made for")
    private @Nullable Integer context;

    @Option(
            names = "--definition",
            paramLabel = "D",
            description = {
                "llama.cpp: chunks one after the other, whose second half counts;",
                "hf: Hugging Face's sliding window, whose new tokens count.",
                "Of encoder-decoders: spans (what was taken out of chunks, 3 of each 20 tokens, is told) or",
                "prefix (the encoder reads a chunk's first half, the second counts).",
                "Default: llama.cpp; spans, or prefix where the vocabulary has no <extra_id_0> …"
            })
    private @Nullable String definition;

    @Option(
            names = "--stride",
            paramLabel = "S",
            description = "hf: by how many tokens the window moves on. Default: half of --ctx")
    private @Nullable Integer stride;

    @Option(
            names = "--chunks",
            paramLabel = "N",
            description = "Reads the first N chunks, windows or (encoders) lines only.")
    private @Nullable Integer chunks;

    /** How {@code model} reads it. */
    PerplexityDefinition definition(LanguageModel model) {
        int tokens = context != null ? context : usualContext(model);
        boolean both = model.engine().transformer().kind() == Kind.ENCODER_DECODER;
        try {
            if (definition == null) {
                requireNoStride();
                return usual(model, tokens);
            }
            return switch (definition) {
                case "llama.cpp" -> {
                    requireNoStride();
                    requirePredicts(!both);
                    yield new PerplexityDefinition.LlamaCpp(tokens);
                }
                case "hf" -> {
                    requirePredicts(!both);
                    yield new PerplexityDefinition.HuggingFace(
                            tokens, stride != null ? stride : Math.max(1, tokens / 2));
                }
                case "spans" -> {
                    requireNoStride();
                    requirePredicts(both);
                    yield new SpanDefinition(tokens, model.decoderStart());
                }
                case "prefix" -> {
                    requireNoStride();
                    requirePredicts(both);
                    yield new PrefixDefinition(tokens, model.decoderStart());
                }
                default ->
                    throw new UsageException(
                            "--definition should be llama.cpp, hf, spans or prefix, but is " + definition);
            };
        } catch (IllegalArgumentException e) {
            throw new UsageException("--ctx, --stride: " + e.getMessage());
        }
    }

    private void requireNoStride() {
        if (stride != null) {
            throw new UsageException("--stride is for --definition hf");
        }
    }

    private void requirePredicts(boolean is) {
        if (!is) {
            throw new UsageException("--definition " + definition + " is not for this model: spans and prefix are for"
                    + " encoder-decoders, llama.cpp and hf for decoders");
        }
    }

    /** What is measured where nothing else is asked for. */
    static PerplexityDefinition usual(LanguageModel model, int context) {
        return PerplexityDefinition.usual(
                model.engine().transformer().kind(), model.tokenizer(), model.decoderStart(), context);
    }

    /** 512, or what the model was made for. */
    static int usualContext(LanguageModel model) {
        int trained = model.engine().transformer().shape().context();
        return trained > 0 ? Math.min(CONTEXT, trained) : CONTEXT;
    }

    /** Refuses what a text would be cut by, where {@code what} says already. */
    void requireNone(String what) {
        requireChunks();
        if (file != null || context != null || stride != null || definition != null) {
            throw new UsageException(what + " holds its text already: leave --file, --ctx and the like away");
        }
    }

    /** The file's name. */
    String name() {
        return file == null || file.equals("-")
                ? "standard input"
                : String.valueOf(Path.of(file).getFileName());
    }

    /** The beginning of {@code text}, up to about {@link #PROMPT} characters. */
    static String firstWords(String text) {
        String begin = text.strip();
        if (begin.length() <= PROMPT) {
            return begin;
        }
        int space = begin.lastIndexOf(' ', PROMPT);
        return begin.substring(0, space > 0 ? space : begin.offsetByCodePoints(0, begin.codePointCount(0, PROMPT)))
                .strip();
    }

    /** The lines of {@code text} that are not blank, as many as {@code --chunks} asks for. */
    List<String> lines(String text) throws IOException {
        return lines(text, chunks == null ? Integer.MAX_VALUE : chunks, String.valueOf(file));
    }

    /** The first lines of {@code text}, of {@code file}, that are not blank: {@code most} of them, and 2 at least. */
    static List<String> lines(String text, int most, String file) throws IOException {
        List<String> lines =
                text.lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
        if (lines.size() < 2) {
            throw new IOException(file + " has " + lines.size() + " lines; encoders are compared on 2 at least");
        }
        return lines.subList(0, Math.min(lines.size(), most));
    }

    String read() throws IOException {
        if (file == null) {
            throw new UsageException("--file is missing: the text to measure on");
        }
        requireChunks();
        return read(file);
    }

    /** The UTF-8 text of {@code file}; - is standard input. */
    static String read(String file) throws IOException {
        byte[] bytes = file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IOException(file + " is not UTF-8 text; convert it, for example with iconv", e);
        }
    }

    /** What of {@code text} is to be read. */
    List<Window> windows(PerplexityDefinition cut, LanguageModel model, String text) throws IOException {
        List<Window> windows;
        try {
            windows = cut.windows(model.tokenizer(), text);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
        return first(windows);
    }

    private void requireChunks() {
        if (chunks != null && chunks < 1) {
            throw new UsageException("--chunks should be at least 1, but is " + chunks);
        }
    }

    /** As many of {@code windows} as {@code --chunks} asks for. */
    List<Window> first(List<Window> windows) {
        return windows.subList(0, Math.min(windows.size(), chunks == null ? windows.size() : chunks));
    }
}
