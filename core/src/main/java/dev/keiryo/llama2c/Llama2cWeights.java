package dev.keiryo.llama2c;

import dev.keiryo.FormatException;
import dev.keiryo.file.Cursor;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tensors of a llama2.c checkpoint, which follow its header in a fixed order: each kind for all layers, then the
 * next. Float32 tensors are slices of the file. Those of version 2 (int8 values, then a float32 scale for every group)
 * are copied into Q8_0 blocks of 32, whose scales are float16.
 */
final class Llama2cWeights {
    private final Llama2cHeader header;
    private final Cursor in;
    private final Arena arena;
    private final Map<String, Weight> weights = new LinkedHashMap<>();

    private Llama2cWeights(Llama2cHeader header, Cursor in, Arena arena) {
        this.header = header;
        this.in = in;
        this.arena = arena;
    }

    /**
     * Reads all tensors up to the end of the file, by name, in file order.
     *
     * @param arena owns the copies that version 2 needs
     */
    static Map<String, Weight> read(Llama2cHeader header, Cursor in, Arena arena) throws FormatException {
        if (header.version() == 2 && (header.groupSize() <= 0 || header.groupSize() % 32 != 0)) {
            throw in.fault(
                    37,
                    "scales for groups of " + header.groupSize()
                            + " weights cannot be represented, only for multiples of 32; export the model as version 1");
        }
        Llama2cWeights reader = new Llama2cWeights(header, in, arena);
        if (header.version() == 0) {
            reader.readLegacy();
        } else {
            reader.readVersioned();
        }
        if (in.remaining() > 0) {
            throw in.fault(
                    in.position(),
                    in.remaining()
                            + " bytes follow the last tensor; this is no llama2.c checkpoint, or a corrupted one");
        }
        return reader.weights;
    }

    private void readLegacy() throws FormatException {
        int dim = header.dim();
        matrix("token_embd", header.vocabSize(), dim);
        layerVectors("attn_norm");
        attention();
        layerVectors("ffn_norm");
        feedForward();
        vector("output_norm");
        // cosines and sines of the rotary embedding, which follow from the position
        long angles = (long) header.contextLength() * (header.headDim() / 2);
        in.slice(4 * angles, "freq_cis_real");
        in.slice(4 * angles, "freq_cis_imag");
        classifier();
    }

    private void readVersioned() throws FormatException {
        layerVectors("attn_norm");
        layerVectors("ffn_norm");
        vector("output_norm");
        matrix("token_embd", header.vocabSize(), header.dim());
        attention();
        feedForward();
        classifier();
    }

    private void attention() throws FormatException {
        int dim = header.dim();
        layerMatrices("attn_q", dim, dim);
        layerMatrices("attn_k", header.kvDim(), dim);
        layerMatrices("attn_v", header.kvDim(), dim);
        layerMatrices("attn_output", dim, dim);
    }

    private void feedForward() throws FormatException {
        layerMatrices("ffn_gate", header.hiddenDim(), header.dim());
        layerMatrices("ffn_down", header.dim(), header.hiddenDim());
        layerMatrices("ffn_up", header.hiddenDim(), header.dim());
    }

    private void classifier() throws FormatException {
        if (!header.shared()) {
            matrix("output", header.vocabSize(), header.dim());
        }
    }

    private void layerVectors(String kind) throws FormatException {
        for (int i = 0; i < header.layers(); i++) {
            vector("blk." + i + "." + kind);
        }
    }

    private void layerMatrices(String kind, int rows, int cols) throws FormatException {
        for (int i = 0; i < header.layers(); i++) {
            matrix("blk." + i + "." + kind, rows, cols);
        }
    }

    private void vector(String name) throws FormatException {
        float32(name + ".weight", header.dim());
    }

    private void matrix(String kind, int rows, int cols) throws FormatException {
        String name = kind + ".weight";
        if (header.version() == 2) {
            int8(name, rows, cols);
        } else {
            float32(name, rows, cols);
        }
    }

    private void float32(String name, long... shape) throws FormatException {
        add(name, TensorType.F32, shape, in.slice(bytes(name, TensorType.F32, shape), "tensor " + name));
    }

    private void int8(String name, long rows, long cols) throws FormatException {
        long[] shape = {rows, cols};
        long bytes = bytes(name, TensorType.Q8_0, shape);
        long count = rows * cols;
        long at = in.position();
        if (count % header.groupSize() != 0) {
            throw in.fault(
                    at, "tensor " + name + " of " + count + " weights is not whole groups of " + header.groupSize());
        }
        MemorySegment values = in.slice(count, "tensor " + name);
        MemorySegment scales = in.slice(4 * (count / header.groupSize()), "the scales of tensor " + name);
        MemorySegment blocks = arena.allocate(bytes);
        for (long block = 0; block < count / 32; block++) {
            float scale = scales.get(Cursor.FLOAT, 4 * (block * 32 / header.groupSize()));
            short half = Float.floatToFloat16(scale);
            if (!Float.isFinite(Float.float16ToFloat(half))) {
                throw in.fault(
                        at,
                        "a scale of tensor " + name + " is " + scale
                                + ", beyond float16; export the model as version 1");
            }
            blocks.set(Cursor.SHORT, block * 34, half);
            MemorySegment.copy(values, block * 32, blocks, block * 34 + 2, 32);
        }
        add(name, TensorType.Q8_0, shape, blocks);
    }

    private long bytes(String name, TensorType type, long... shape) throws FormatException {
        try {
            return type.bytes(shape);
        } catch (IllegalArgumentException e) {
            throw in.fault(in.position(), "tensor " + name + ": " + e.getMessage());
        }
    }

    private void add(String name, TensorType type, long[] shape, MemorySegment data) {
        weights.put(name, new Weight(name, type, shape, data));
    }
}
