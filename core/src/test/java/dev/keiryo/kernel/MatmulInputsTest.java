package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What matrix products read, inputs in tiles and weights in panels: as the scalar kernels make them, bit for bit. */
class MatmulInputsTest extends MatmulCases {
    @ParameterizedTest
    @MethodSource("fastKernels")
    void preparesAsScalarDoes(Kernels kernels) {
        for (TensorType type : types()) {
            for (Form form : new Form[] {Form.FLOAT32, Form.BFLOAT16, scalar.form(type)}) {
                for (int cols : new int[] {1, 15, 32, 33, 95, 256}) {
                    for (int tokens : new int[] {1, 2, 7, 16, 17, 40}) {
                        Matrix x = matrix(tokens, cols);
                        x.put(0, 0, 0);
                        x.put(tokens - 1, cols - 1, -1e-39f);
                        try (Activations expected = prepared(scalar, x, form);
                                Activations actual = prepared(kernels, x, form)) {
                            long bytes = expected.offset(expected.tiles());
                            assertEquals(
                                    -1,
                                    expected.data()
                                            .asSlice(0, bytes)
                                            .mismatch(actual.data().asSlice(0, bytes)),
                                    form + " " + tokens + " " + cols);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fastKernelsAndTypes")
    void interleavesAsScalarDoes(Kernels kernels, TensorType type) {
        for (int in : widths(type)) {
            Panels panels = Panels.plain(weight(type, 40, in));
            long bytes = panels.panelBytes();
            for (int panel = 0; panel < 3; panel++) {
                MemorySegment expected = arena.allocate(bytes + 64);
                MemorySegment actual = arena.allocate(bytes + 64);
                expected.fill((byte) 77);
                actual.fill((byte) 77);
                scalar.interleave(panels, panel, expected, 3);
                kernels.interleave(panels, panel, actual, 3);
                assertEquals(-1, expected.mismatch(actual), type + " " + in + " panel " + panel);
            }
        }
    }
}
