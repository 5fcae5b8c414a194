package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.chat.Truncation;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.SamplerPreset;
import dev.keiryo.generate.Stops;
import dev.keiryo.gguf.GgufWriter;
import dev.keiryo.tensor.TensorType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import picocli.CommandLine.Command;

/**
 * {@code keiryo rehearse}: runs small models made of zeros, so that the launcher's ahead-of-time cache holds the classes
 * and profiles of a real run. Needs no model and leaves nothing behind.
 */
@Command(name = "rehearse", hidden = true, description = "Trains the launcher's ahead-of-time cache.")
final class Rehearse implements Callable<Integer> {
    private static final List<TensorType> TYPES =
            List.of(TensorType.F16, TensorType.Q8_0, TensorType.Q4_0, TensorType.Q4_K, TensorType.Q6_K);
    private static final int HIDDEN = 256;
    private static final int BYTES = 256;
    private static final int TOKENS = 48;
    private static final int CONTEXT = 128;

    @Override
    public Integer call() throws IOException {
        Path folder = Files.createTempDirectory("keiryo");
        Path file = folder.resolve("zeros.gguf");
        try {
            for (TensorType type : TYPES) {
                write(file, type);
                try (LanguageModel model = Keiryo.load(file)) {
                    model.generate("A text for practice.", GenerateOptions.DEFAULT.withMaxTokens(TOKENS), text -> true);
                }
            }
            try (LanguageModel model = Keiryo.load(file)) {
                chat(model);
            }
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        }
        return 0;
    }

    private static void chat(LanguageModel model) throws IOException {
        Terminal nowhere = new DumbTerminal(
                "rehearsal",
                Terminal.TYPE_DUMB,
                new ByteArrayInputStream("Hello!\n/params\n".getBytes(StandardCharsets.UTF_8)),
                OutputStream.nullOutputStream(),
                StandardCharsets.UTF_8);
        try (ChatTerminal input = new ChatTerminal(nowhere, null, true)) {
            ChatScreen screen = new ChatScreen(input.writer(), input.writer(), true, false);
            ChatSettings settings =
                    new ChatSettings(SamplerPreset.CHAT.chain(), 4, null, Stops.NONE, Truncation.OLDEST);
            LocalDateTime now = LocalDateTime.now(ZoneId.systemDefault());
            ChatSession session = new ChatSession(model, PlainDialogue.template("", ""), settings, CONTEXT, now);
            Chat.converse(input, session, new ChatCommands(session, screen, "zeros"), screen);
        }
    }

    /** A Llama of one layer whose vocabulary is the bytes. */
    private static void write(Path file, TensorType type) throws IOException {
        Map<String, MetadataValue> keys = new LinkedHashMap<>();
        keys.put("general.architecture", MetadataValue.of("llama"));
        keys.put("llama.block_count", MetadataValue.of(1));
        keys.put("llama.context_length", MetadataValue.of(CONTEXT));
        keys.put("llama.embedding_length", MetadataValue.of(HIDDEN));
        keys.put("llama.feed_forward_length", MetadataValue.of(HIDDEN));
        keys.put("llama.attention.head_count", MetadataValue.of(4));
        keys.put("llama.attention.layer_norm_rms_epsilon", MetadataValue.of(1e-5));
        String[] pieces = new String[BYTES];
        double[] scores = new double[BYTES];
        long[] types = new long[BYTES];
        for (int b = 0; b < BYTES; b++) {
            pieces[b] = String.format("<0x%02X>", b);
            types[b] = 6; // a byte
        }
        keys.put("tokenizer.ggml.model", MetadataValue.of("llama"));
        keys.put("tokenizer.ggml.tokens", MetadataValue.of(pieces));
        keys.put("tokenizer.ggml.scores", MetadataValue.of(scores));
        keys.put("tokenizer.ggml.token_type", MetadataValue.of(types));
        keys.put("tokenizer.ggml.add_bos_token", MetadataValue.of(false));
        GgufWriter writer = new GgufWriter(new Metadata(file.toString(), keys));
        for (String matrix : List.of(
                "token_embd",
                "blk.0.attn_q",
                "blk.0.attn_k",
                "blk.0.attn_v",
                "blk.0.attn_output",
                "blk.0.ffn_gate",
                "blk.0.ffn_up",
                "blk.0.ffn_down")) {
            add(writer, matrix, type, HIDDEN, HIDDEN);
        }
        for (String norm : List.of("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm")) {
            add(writer, norm, TensorType.F32, HIDDEN);
        }
        writer.write(file);
    }

    private static void add(GgufWriter writer, String name, TensorType type, long... shape) {
        int bytes = (int) type.bytes(shape);
        writer.add(name + ".weight", type, shape, sink -> sink.write(MemorySegment.ofArray(new byte[bytes])));
    }
}
