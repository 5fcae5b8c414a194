package dev.keiryo.onnx;

import dev.keiryo.FormatException;
import dev.keiryo.file.MappedFile;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model as ONNX exports it. Of its program only what tells weights apart is read: an exporter gives transposed matrices names
 * without meaning ({@code onnx::MatMul_787}), and which layer's they are is said by the operation that uses them.
 *
 * <p>Weights that ONNX Runtime has quantized for dynamic quantization are given as float32.
 *
 * <p>Source: {@code onnx.proto}, ONNX 1.17. Weights live until {@link #close()}.
 */
public final class Onnx implements AutoCloseable {
    private static final int MOST_NODES = 1 << 18;
    private static final String QUANTIZED = "_quantized";

    /**
     * A weight under the name of the parameter that it was.
     *
     * @param isTransposed whether it is {@code [in, out]}, as matrix products of ONNX hold it
     */
    public record Parameter(Weight weight, boolean isTransposed) {}

    private final String source;
    private final Arena arena;
    private final Map<String, OnnxTensor> initializers = new LinkedHashMap<>();
    private final List<OnnxNode> nodes = new ArrayList<>();
    private final Map<String, OnnxTensor> constants = new HashMap<>();
    private final Map<String, OnnxNode> makers = new HashMap<>();

    private Onnx(String source, Arena arena) {
        this.source = source;
        this.arena = arena;
    }

    /** @throws FormatException where it is no ONNX, or not as ONNX should be */
    public static Onnx open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return read(path.toString(), MappedFile.map(path, arena), arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** @param arena closed with what is returned */
    static Onnx read(String source, MemorySegment file, Arena arena) throws FormatException {
        Onnx onnx = new Onnx(source, arena);
        Message model = new Message(source, file, 0, file.byteSize());
        boolean found = false;
        while (model.next()) {
            if (model.field() == 7) {
                onnx.graph(model.message());
                found = true;
            }
        }
        if (!found) {
            throw new FormatException(source, "holds no graph; it is no ONNX");
        }
        return onnx;
    }

    private void graph(Message graph) throws FormatException {
        while (graph.next()) {
            switch (graph.field()) {
                case 1 -> {
                    if (nodes.size() == MOST_NODES) {
                        throw graph.fault("more than " + MOST_NODES + " operations");
                    }
                    OnnxNode node = OnnxNode.read(graph.message(), arena);
                    nodes.add(node);
                    node.outputs().forEach(o -> makers.put(o, node));
                    if (node.op().equals("Constant")
                            && node.constant() != null
                            && !node.outputs().isEmpty()) {
                        constants.put(node.outputs().getFirst(), node.constant());
                    }
                }
                case 5 -> {
                    if (initializers.size() == MOST_NODES) {
                        throw graph.fault("more than " + MOST_NODES + " weights");
                    }
                    OnnxTensor t = OnnxTensor.read(graph.message(), arena);
                    initializers.put(t.name(), t);
                }
                default -> {}
            }
        }
    }

    public String source() {
        return source;
    }

    /** All weights. */
    public List<Parameter> parameters() throws FormatException {
        Map<String, String> matrices = matrixNames();
        List<Parameter> all = new ArrayList<>();
        for (OnnxTensor t : initializers.values()) {
            String name = t.name();
            OnnxTensor whole = t;
            if (name.endsWith(QUANTIZED)) {
                name = name.substring(0, name.length() - QUANTIZED.length());
                OnnxTensor scale = initializers.get(name + "_scale");
                if (scale == null) {
                    throw new FormatException(source, t + " is quantized, but has no scale");
                }
                whole = t.dequantized(scale, initializers.get(name + "_zero_point"), source, arena);
            } else if (isOfQuantized(name, "_scale") || isOfQuantized(name, "_zero_point")) {
                continue;
            }
            String parameter = matrices.get(t.name());
            all.add(new Parameter(whole.weight(parameter == null ? name : parameter, source), parameter != null));
        }
        return all;
    }

    private boolean isOfQuantized(String name, String ending) {
        return name.endsWith(ending)
                && initializers.containsKey(name.substring(0, name.length() - ending.length()) + QUANTIZED);
    }

    /** What the second inputs of matrix products were, by the product's place in the program or the bias that is added to it. */
    private Map<String, String> matrixNames() {
        Map<String, String> biases = new HashMap<>();
        for (OnnxNode node : nodes) {
            if (node.op().equals("Add") && node.inputs().size() == 2) {
                for (int i = 0; i < 2; i++) {
                    if (node.inputs().get(i).endsWith(".bias")
                            && initializers.containsKey(node.inputs().get(i))) {
                        biases.put(node.inputs().get(1 - i), node.inputs().get(i));
                    }
                }
            }
        }
        Map<String, String> names = new HashMap<>();
        for (OnnxNode node : nodes) {
            if (node.op().startsWith("MatMul")
                    && node.inputs().size() >= 2
                    && initializers.containsKey(node.inputs().get(1))) {
                String bias = node.outputs().isEmpty()
                        ? null
                        : biases.get(node.outputs().getFirst());
                int end = node.name().lastIndexOf('/');
                String name = bias != null
                        ? bias.substring(0, bias.length() - ".bias".length())
                        : end > 0 ? node.name().substring(1, end).replace('/', '.') : null;
                if (name != null) {
                    names.put(node.inputs().get(1), name + ".weight");
                }
            }
        }
        return names;
    }

    /** Whether an operation of that name is in the program. */
    public boolean has(String op) {
        return nodes.stream().anyMatch(n -> n.op().equals(op));
    }

    /**
     * The heads of {@code hidden} numbers that the program divides rows into, or 0 where it does not say: the last two dimensions of a
     * reshape.
     */
    public int heads(int hidden) {
        for (OnnxNode node : nodes) {
            if (node.op().equals("Reshape") && node.inputs().size() == 2) {
                List<Long> shape = shape(node.inputs().get(1));
                int n = shape.size();
                if (n >= 3
                        && shape.get(n - 2) > 1
                        && shape.get(n - 1) > 1
                        && shape.get(n - 2) * shape.get(n - 1) == hidden) {
                    return shape.get(n - 2).intValue();
                }
            }
        }
        return 0;
    }

    /** Dimensions, -1 for what only running the program would tell. */
    private List<Long> shape(String value) {
        List<Long> dimensions = new ArrayList<>();
        OnnxNode maker = makers.get(value);
        if (maker != null && maker.op().equals("Concat")) {
            for (String part : maker.inputs()) {
                long[] n = integers(part);
                dimensions.add(n.length == 1 ? n[0] : -1);
            }
        } else {
            for (long n : integers(value)) {
                dimensions.add(n);
            }
        }
        return dimensions;
    }

    private long[] integers(String value) {
        OnnxTensor t = constant(value);
        return t == null ? new long[0] : t.integers();
    }

    private @Nullable OnnxTensor constant(String value) {
        OnnxTensor t = constants.get(value);
        return t != null ? t : initializers.get(value);
    }

    /** What layer norms add to the variance, or NaN where the program does not say. */
    public float epsilon() {
        for (OnnxNode node : nodes) {
            if (node.op().equals("LayerNormalization") && !Float.isNaN(node.epsilon())) {
                return node.epsilon();
            }
            if (node.op().equals("Sqrt") && !node.inputs().isEmpty()) {
                OnnxNode sum = makers.get(node.inputs().getFirst());
                if (sum != null && sum.op().equals("Add")) {
                    for (String input : sum.inputs()) {
                        OnnxTensor t = constant(input);
                        if (t != null && t.scalar() > 0 && t.scalar() < 0.01f) {
                            return t.scalar();
                        }
                    }
                }
            }
        }
        return Float.NaN;
    }

    @Override
    public void close() {
        arena.close();
    }
}
