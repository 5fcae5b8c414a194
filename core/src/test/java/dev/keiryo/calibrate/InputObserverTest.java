package dev.keiryo.calibrate;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InputObserverTest {
    /** Sums and products against those of copied inputs, summed plainly. */
    @Test
    void sumsSquaresMagnitudesAndProducts() throws IOException {
        String down = "blk.1.ffn_down.weight";
        List<float[]> inputs = new ArrayList<>();
        try (LanguageModel model = Keiryo.load(TestData.path("models/TinyStories-656K"));
                Workers workers = new Workers(2);
                InputObserver observer =
                        new InputObserver(name -> true, name -> name.tensor().equals(down), Kernels.best(), workers)) {
            CalibrationTexts texts = CalibrationTexts.cut(model.tokenizer(), Shakespeare.text(0, 20_000), 200, 5);
            texts.runTogether(model.engine(), inner -> new ForwardingOps(observer.wrap(inner)) {
                @Override
                public Tensor linear(Linear layer, Tensor x) {
                    for (int r = 0; layer.weight().name().equals(down) && r < x.rows(); r++) {
                        inputs.add(((Matrix) x).toArray(r));
                    }
                    return super.linear(layer, x);
                }
            });
            assertEquals(1000, inputs.size());
            InputStatistics of =
                    requireNonNull(observer.of(model.engine().checkpoint().weight(down)));
            assertEquals(1000, of.rows());
            double[] gram = requireNonNull(of.gram());
            for (int i = 0; i < 384; i += 7) {
                for (int j = 0; j < 384; j += 5) {
                    double sum = 0;
                    double size = 0;
                    for (float[] x : inputs) {
                        sum += (double) x[i] * x[j];
                        size += Math.abs((double) x[i] * x[j]);
                    }
                    assertEquals(sum, gram[i * 384 + j], 1e-5 * size + 1e-12);
                }
                int column = i;
                double squares = inputs.stream()
                        .mapToDouble(x -> (double) x[column] * x[column])
                        .sum();
                double magnitudes =
                        inputs.stream().mapToDouble(x -> Math.abs(x[column])).sum();
                assertEquals(squares, of.squares()[i], 1e-9 * squares);
                assertEquals(magnitudes, of.magnitudes()[i], 1e-9 * magnitudes);
            }
            assertNull(requireNonNull(observer.of(model.engine().checkpoint().weight("blk.0.attn_q.weight")))
                    .gram());
        }
    }

    /** Each token goes to two of the experts, and to the router once. */
    @Test
    void countsEachExpertsOwnInputs() throws IOException {
        int[] ids = {3, 17, 99, 200, 5, 42, 311, 64, 77, 450, 21, 8};
        try (Engine engine = Engine.open(
                        Gguf.open(TestData.path("golden/architectures/mixtral.gguf")), EngineOptions.defaults());
                Workers workers = new Workers(1);
                InputObserver observer = new InputObserver(name -> true, name -> false, Kernels.best(), workers)) {
            new CalibrationTexts(List.of(ids)).run(engine, observer::wrap, done -> {});
            int used = engine.checkpoint().metadata().integer("llama.expert_used_count");
            long gates = 0;
            for (Map.Entry<MatrixName, InputStatistics> e : observer.all().entrySet()) {
                if (e.getKey().tensor().equals("blk.0.ffn_gate_exps.weight")) {
                    assertTrue(e.getKey().expert() >= 0);
                    gates += e.getValue().rows();
                }
                if (e.getKey().tensor().equals("blk.0.ffn_gate_inp.weight")) {
                    assertEquals(ids.length, e.getValue().rows());
                }
            }
            assertEquals((long) used * ids.length, gates);
        }
    }
}
