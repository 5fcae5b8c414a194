package dev.keiryo.onnx;

import dev.keiryo.FormatException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@code NodeProto}: an operation.
 *
 * @param name a path through the program that it was exported from, such as {@code /encoder/layer.0/output/dense/MatMul}
 * @param constant the value of a {@code Constant}
 * @param epsilon the attribute of that name, NaN where there is none
 */
record OnnxNode(
        String op,
        String name,
        List<String> inputs,
        List<String> outputs,
        @Nullable OnnxTensor constant,
        float epsilon) {
    static OnnxNode read(Message m, Arena arena) throws FormatException {
        String op = "";
        String name = "";
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        OnnxTensor constant = null;
        float epsilon = Float.NaN;
        while (m.next()) {
            switch (m.field()) {
                case 1 -> inputs.add(m.string());
                case 2 -> outputs.add(m.string());
                case 3 -> name = m.string();
                case 4 -> op = m.string();
                case 5 -> {
                    Message attribute = m.message();
                    String key = "";
                    while (attribute.next()) {
                        switch (attribute.field()) {
                            case 1 -> key = attribute.string();
                            case 2 -> epsilon = key.equals("epsilon") ? attribute.real() : epsilon;
                            case 5 ->
                                constant = key.equals("value") ? OnnxTensor.read(attribute.message(), arena) : constant;
                            default -> {}
                        }
                    }
                }
                default -> {}
            }
        }
        return new OnnxNode(op, name, inputs, outputs, constant, epsilon);
    }
}
