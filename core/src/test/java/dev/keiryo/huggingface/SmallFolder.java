package dev.keiryo.huggingface;

import dev.keiryo.safetensors.Dtype;
import dev.keiryo.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Small random models of {@code architectures.json}, which says how their numbers come about and who computed the
 * logits, written as Hugging Face folders.
 */
public final class SmallFolder {
    private SmallFolder() {}

    /** All models' descriptions. */
    public static List<JsonNode> all() throws IOException {
        try (InputStream in = SmallFolder.class.getResourceAsStream("architectures.json")) {
            return JsonMapper.shared().readTree(in).get("models").valueStream().toList();
        }
    }

    public static JsonNode named(String name) throws IOException {
        return all().stream()
                .filter(m -> m.get("model").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Writes {@code model} into {@code folder}, with {@code config} in place of its own. */
    public static Path write(Path folder, JsonNode model, JsonNode config) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config.toString());
        SafetensorsWriter writer = new SafetensorsWriter(Map.of("format", "pt"));
        for (Map.Entry<String, JsonNode> t : model.get("tensors").properties()) {
            long[] shape = t.getValue()
                    .get(0)
                    .valueStream()
                    .mapToLong(JsonNode::asLong)
                    .toArray();
            ByteBuffer data = values(t.getKey(), shape, t.getValue());
            writer.add(t.getKey(), Dtype.F32, shape, sink -> sink.write(MemorySegment.ofBuffer(data)));
        }
        writer.write(folder.resolve("model.safetensors"));
        return folder;
    }

    public static Path write(Path folder, JsonNode model) throws IOException {
        return write(folder, model, model.get("config"));
    }

    private static ByteBuffer values(String name, long[] shape, JsonNode spec) {
        float scale = spec.get(1).floatValue();
        float offset = spec.get(2).floatValue();
        int count = 1;
        for (long d : shape) {
            count *= (int) d;
        }
        int hash = 0x811C9DC5;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xFF)) * 16777619;
        }
        ByteBuffer out = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            int z = i * 0x9E3779B9 + hash;
            z = (z ^ z >>> 16) * 0x85EBCA6B;
            z = (z ^ z >>> 13) * 0xC2B2AE35;
            z ^= z >>> 16;
            out.putFloat(4 * i, ((z >>> 8) * 0x1p-24f - 0.5f) * scale + offset);
        }
        return out;
    }
}
