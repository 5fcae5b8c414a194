package dev.keiryo.cli;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.cost.Cost;
import dev.keiryo.model.Architectures;
import dev.keiryo.model.Transformer;
import dev.keiryo.model.Weights;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerConfig;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.reflect.Array;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code keiryo inspect}: what is in a model's files, and what memory it takes. */
@Command(name = "inspect", description = "Shows what a model consists of and what memory it takes.")
final class Inspect implements Callable<Integer> {
    @Mixin
    private ModelArgument model = new ModelArgument();

    @Option(
            names = "--ctx",
            paramLabel = "N",
            description = "Context that the KV cache is counted for. Default: the model's own")
    private int context;

    @Option(names = "--tensors", description = "Lists every tensor.")
    private boolean tensors;

    @Option(names = "--json", description = "Prints JSON, tensors and metadata included.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (context < 0) {
            throw new UsageException("--ctx should be at least 0, but is " + context);
        }
        try (Checkpoint checkpoint = model.open()) {
            Facts facts = facts(checkpoint);
            Tokenizer tokenizer = TokenizerFiles.of(model.path(), checkpoint.metadata());
            if (json) {
                System.out.println(json(checkpoint, facts, tokenizer));
            } else {
                print(checkpoint, facts, tokenizer);
            }
        }
        return 0;
    }

    /**
     * @param parameters weights in all
     * @param bytes as stored
     * @param matrices weights in matrices, which quantization would shrink; vectors stay float32
     * @param context positions that the cache is counted for
     * @param cacheNumbers keys and values of a text that long, or -1 where the architecture is not known
     */
    private record Facts(
            String architecture,
            long parameters,
            long bytes,
            long matrices,
            int context,
            long cacheNumbers,
            Map<TensorType, Long> types) {
        /** Bytes of all weights with matrices at {@code bits} per weight. */
        long bytesAt(double bits) {
            return (long) (matrices * bits / 8) + 4 * (parameters - matrices);
        }
    }

    private Facts facts(Checkpoint checkpoint) throws IOException {
        long parameters = 0;
        long bytes = 0;
        long matrices = 0;
        Map<TensorType, Long> types = new TreeMap<>();
        for (Weight w : checkpoint.weights()) {
            parameters += w.count();
            bytes += w.data().byteSize();
            matrices += w.shape().length > 1 ? w.count() : 0;
            types.merge(w.type(), w.count(), Long::sum);
        }
        String architecture = checkpoint.metadata().architecture();
        int positions = context;
        long cacheNumbers = -1;
        if (Architectures.names().contains(architecture)
                && !checkpoint.weights().isEmpty()) {
            try (Arena arena = Arena.ofConfined()) {
                Transformer transformer = Architectures.read(new Weights(checkpoint, arena));
                positions = context > 0 ? context : transformer.shape().context();
                cacheNumbers = positions * Cost.of(transformer, 1).cacheNumbers();
            }
        }
        return new Facts(architecture, parameters, bytes, matrices, positions, cacheNumbers, types);
    }

    private void print(Checkpoint checkpoint, Facts facts, @Nullable Tokenizer tokenizer) throws IOException {
        Metadata m = checkpoint.metadata();
        String template = chatTemplate(checkpoint);
        Map<String, String> about = new LinkedHashMap<>();
        about.put("source", checkpoint.source());
        about.put("architecture", facts.architecture());
        about.put("parameters", count(facts.parameters()));
        facts.types().forEach((type, n) -> about.put("  in " + type.label(), count(n)));
        about.put("tokenizer", describe(tokenizer));
        about.put("chat template", template == null ? "none" : count(template.length()) + " characters");
        about.put("tensors", checkpoint.weights().size() + (tensors ? "" : " (--tensors lists them)"));
        table(m.string("general.name", "Model"), about);

        Map<String, String> memory = new LinkedHashMap<>();
        memory.put("weights as stored", Bytes.format(facts.bytes()));
        memory.put("weights at f16", Bytes.format(facts.bytesAt(16)));
        memory.put("weights at int8", Bytes.format(facts.bytesAt(TensorType.Q8_0.bitsPerWeight())));
        memory.put("weights at int4", Bytes.format(facts.bytesAt(TensorType.Q4_0.bitsPerWeight())));
        if (facts.cacheNumbers() >= 0) {
            memory.put("KV cache at f32", Bytes.format(4 * facts.cacheNumbers()) + at(facts.context()));
            memory.put("KV cache at f16", Bytes.format(2 * facts.cacheNumbers()) + at(facts.context()));
        }
        table("Memory", memory);

        Map<String, String> metadata = new LinkedHashMap<>();
        m.values().forEach((key, value) -> metadata.put(key, text(value)));
        table("Metadata", metadata);
        if (tensors) {
            Map<String, String> list = new LinkedHashMap<>();
            for (Weight w : checkpoint.weights()) {
                list.put(w.name(), String.format("%-7s %s", w.type().label(), Arrays.toString(w.shape())));
            }
            table("Tensors", list);
        }
    }

    /** Rows under a title, the second column as far left as the first allows. */
    private static void table(String title, Map<String, String> rows) {
        boolean styled = Style.wanted(Terminal.isStandardOutput(), System.getenv());
        int width = rows.keySet().stream().mapToInt(String::length).max().orElse(0);
        System.out.println(Style.GIVEN.of(Tokenize.visible(title), styled));
        rows.forEach((label, value) ->
                System.out.println("  " + label + " ".repeat(width - label.length() + 2) + Tokenize.visible(value)));
        System.out.println();
    }

    private static String count(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    private static String at(int context) {
        return " for " + count(context) + " tokens of context";
    }

    private static String describe(@Nullable Tokenizer tokenizer) {
        if (tokenizer == null) {
            return "none";
        }
        String kind = tokenizer.parts().model().getClass().getSimpleName();
        return (kind.equals("Bpe") ? "BPE" : kind) + ", " + count(tokenizer.size()) + " tokens"
                + special(tokenizer, ", begins with ", tokenizer.bos())
                + special(tokenizer, ", ends with ", tokenizer.eos());
    }

    private static String special(Tokenizer tokenizer, String what, int id) {
        return id < 0 ? "" : what + tokenizer.piece(id) + " (" + id + ")";
    }

    /** In the metadata, or in the files beside the model. */
    private @Nullable String chatTemplate(Checkpoint checkpoint) throws IOException {
        String stored = checkpoint.metadata().stringOrNull("tokenizer.chat_template");
        Path path = model.path();
        return stored != null || !Files.isDirectory(path)
                ? stored
                : TokenizerConfig.read(path).chatTemplate();
    }

    /** A value of the metadata on one line, a long one shortened. */
    private static String text(MetadataValue v) {
        if (v.type() == MetadataValue.Type.ARRAY) {
            return count(Array.getLength(v.value())) + " × "
                    + v.elementType().name().toLowerCase(Locale.ROOT);
        }
        // a float32 in as few digits as name it
        Object value = v.value() instanceof Double d && v.type() == MetadataValue.Type.FLOAT32
                ? (Object) d.floatValue()
                : v.value();
        String s = Tokenize.visible(String.valueOf(value));
        int characters = s.codePointCount(0, s.length());
        return characters <= 100
                ? s
                : s.substring(0, s.offsetByCodePoints(0, 70)) + "… (" + count(characters) + " characters)";
    }

    private String json(Checkpoint checkpoint, Facts facts, @Nullable Tokenizer tokenizer) throws IOException {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("source", checkpoint.source());
        root.put("architecture", facts.architecture());
        root.put("parameters", facts.parameters());
        ObjectNode bytes = root.putObject("weightBytes");
        bytes.put("stored", facts.bytes());
        bytes.put("f16", facts.bytesAt(16));
        bytes.put("int8", facts.bytesAt(TensorType.Q8_0.bitsPerWeight()));
        bytes.put("int4", facts.bytesAt(TensorType.Q4_0.bitsPerWeight()));
        if (facts.cacheNumbers() >= 0) {
            ObjectNode cache = root.putObject("kvCacheBytes");
            cache.put("context", facts.context());
            cache.put("f32", 4 * facts.cacheNumbers());
            cache.put("f16", 2 * facts.cacheNumbers());
        }
        Metadata m = checkpoint.metadata();
        if (tokenizer != null) {
            ObjectNode t = root.putObject("tokenizer");
            t.put("model", tokenizer.parts().model().getClass().getSimpleName());
            t.put("size", tokenizer.size());
            t.put("bos", tokenizer.bos());
            t.put("eos", tokenizer.eos());
        }
        root.put("chatTemplate", chatTemplate(checkpoint));
        ObjectNode metadata = root.putObject("metadata");
        m.values().forEach((key, value) -> put(metadata, key, value));
        ArrayNode list = root.putArray("tensors");
        for (Weight w : checkpoint.weights()) {
            ObjectNode t = list.addObject();
            t.put("name", w.name());
            t.put("type", w.type().label());
            ArrayNode shape = t.putArray("shape");
            Arrays.stream(w.shape()).forEach(shape::add);
            t.put("bytes", w.data().byteSize());
        }
        return root.toString();
    }

    /** Scalars as they are; of an array, which may be a whole vocabulary, its type and length. */
    private static void put(ObjectNode to, String key, @Nullable MetadataValue v) {
        if (v == null) {
            return;
        }
        switch (v.value()) {
            case Long n -> to.put(key, n);
            case Double d -> to.put(key, d);
            case Boolean b -> to.put(key, b);
            case String s -> to.put(key, s);
            default -> {
                ObjectNode array = to.putObject(key);
                array.put("type", v.elementType().name().toLowerCase(Locale.ROOT));
                array.put("length", Array.getLength(v.value()));
            }
        }
    }
}
