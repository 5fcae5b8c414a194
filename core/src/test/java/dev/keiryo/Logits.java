package dev.keiryo;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.tensor.Matrix;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a model computes for given tokens. */
public final class Logits {
    private Logits() {}

    /**
     * All results, row after row. Closes the checkpoint.
     *
     * @param decoderTokens encoder-decoders: what the decoder reads, {@code tokens} being the encoder's; else null
     */
    public static float[] of(Checkpoint checkpoint, int[] tokens, int @Nullable [] decoderTokens) throws IOException {
        try (Engine engine = Engine.open(
                        checkpoint, EngineOptions.defaults().withThreads(1).withActivations(ActivationType.F32));
                Sequence sequence =
                        engine.newSequence(Math.max(tokens.length, decoderTokens == null ? 0 : decoderTokens.length))) {
            int[] ids = tokens;
            if (decoderTokens != null) {
                engine.encode(sequence, tokens);
                ids = decoderTokens;
            }
            Matrix m = engine.forward(Batch.of(sequence, ids, Batch.Output.ALL));
            float[] out = new float[m.rows() * m.cols()];
            for (int r = 0; r < m.rows(); r++) {
                System.arraycopy(m.toArray(r), 0, out, r * m.cols(), m.cols());
            }
            return out;
        }
    }

    /** Of a model described with {@code tokens} and perhaps {@code decoder_tokens}. */
    public static float[] of(Checkpoint checkpoint, JsonNode model) throws IOException {
        JsonNode decoder = model.get("decoder_tokens");
        return of(checkpoint, ints(model.get("tokens")), decoder == null ? null : ints(decoder));
    }

    public static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::asInt).toArray();
    }

    public static float[] floats(JsonNode array) {
        float[] out = new float[array.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = array.get(i).floatValue();
        }
        return out;
    }
}
