package dev.keiryo.onnx;

import dev.keiryo.FormatException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A few bytes of ONNX, written field by field. */
final class SmallOnnx {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private SmallOnnx() {}

    private SmallOnnx varint(long n) {
        long rest = n;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    private SmallOnnx number(int field, long n) {
        return varint((long) field << 3).varint(n);
    }

    private SmallOnnx bytes(int field, byte[] bytes) {
        varint(((long) field << 3) | 2).varint(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    private SmallOnnx string(int field, String s) {
        return bytes(field, s.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] tensor(String name, int type, byte[] raw, long... shape) {
        SmallOnnx t = new SmallOnnx();
        for (long d : shape) {
            t.number(1, d);
        }
        return t.number(2, type).string(8, name).bytes(9, raw).out.toByteArray();
    }

    private static byte[] floats(float... values) {
        ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : values) {
            b.putFloat(v);
        }
        return b.array();
    }

    private static byte[] node(String op, String name, List<String> inputs, String output) {
        SmallOnnx n = new SmallOnnx();
        inputs.forEach(i -> n.string(1, i));
        return n.string(2, output).string(3, name).string(4, op).out.toByteArray();
    }

    private static byte[] constant(String output, long n) {
        byte[] value =
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(n).array();
        byte[] attribute = new SmallOnnx()
                .string(1, "value")
                .bytes(5, tensor("", OnnxTensor.INT64, value, 1))
                .out
                .toByteArray();
        return new SmallOnnx()
                .string(2, output)
                .string(4, "Constant")
                .bytes(5, attribute)
                .out
                .toByteArray();
    }

    /** One layer's product with a bias, a quantized one, three heads of two. */
    static byte[] file() {
        SmallOnnx graph = new SmallOnnx()
                .bytes(1, node("MatMul", "/a/dense/MatMul", List.of("x", "onnx::MatMul_1"), "y"))
                .bytes(1, node("Add", "/a/dense/Add", List.of("b.dense.bias", "y"), "z"))
                .bytes(1, node("MatMulInteger", "/c/dense/MatMul_quant", List.of("q", "onnx::MatMul_2_quantized"), "i"))
                .bytes(1, constant("three", 3))
                .bytes(1, constant("two", 2))
                .bytes(1, node("Concat", "", List.of("batch", "length", "three", "two"), "shape"))
                .bytes(1, node("Reshape", "", List.of("z", "shape"), "heads"))
                .bytes(5, tensor("onnx::MatMul_1", OnnxTensor.FLOAT, floats(1, 2, 3, 4, 5, 6), 2, 3))
                .bytes(5, tensor("b.dense.bias", OnnxTensor.FLOAT, floats(7, 8, 9), 3))
                .bytes(5, tensor("onnx::MatMul_2_quantized", OnnxTensor.INT8, new byte[] {1, -2, 3, -4}, 2, 2))
                .bytes(5, tensor("onnx::MatMul_2_scale", OnnxTensor.FLOAT, floats(0.5f, 2), 2))
                .bytes(5, tensor("onnx::MatMul_2_zero_point", OnnxTensor.INT8, new byte[] {0, 1}, 2));
        return new SmallOnnx()
                .number(1, 8)
                .bytes(7, graph.out.toByteArray())
                .out
                .toByteArray();
    }

    /** Reads and closes; gives what was found as text. */
    static String read(byte[] file) throws FormatException {
        try (Onnx onnx = Onnx.read("x", MemorySegment.ofArray(file), Arena.ofShared())) {
            return onnx.parameters() + " " + onnx.heads(6) + " " + onnx.epsilon();
        }
    }
}
