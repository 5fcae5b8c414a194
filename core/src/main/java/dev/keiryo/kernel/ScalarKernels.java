package dev.keiryo.kernel;

import dev.keiryo.cache.CacheSlot;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.model.Attention;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.TensorType;
import org.jspecify.annotations.Nullable;

/** The oracle: each operation as its equation reads, never optimized. */
public final class ScalarKernels implements Kernels {
    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public Activations.Form form(TensorType type) {
        return Activations.Form.quantized(type);
    }

    @Override
    public void prepare(Matrix x, Activations out, int from, int to) {
        ScalarMatmul.prepare(x, out, from, to);
    }

    @Override
    public void matmul(Panels w, @Nullable Matrix bias, Activations x, Matrix y, int from, int to, Scratch scratch) {
        ScalarMatmul.multiply(w, bias, x, y, from, to);
    }

    @Override
    public void rmsNorm(Norm norm, Matrix x, Matrix y, int from, int to) {
        int n = norm.width();
        for (int r = from; r < to; r++) {
            for (int g = 0; g < x.cols(); g += n) {
                double squares = 0;
                for (int c = g; c < g + n; c++) {
                    squares += (double) x.get(r, c) * x.get(r, c);
                }
                float scale = (float) (1 / Math.sqrt(squares / n + norm.epsilon()));
                for (int c = 0; c < n; c++) {
                    y.put(r, g + c, x.get(r, g + c) * scale * norm.weight().get(0, c));
                }
            }
        }
    }

    @Override
    public void layerNorm(Norm norm, Matrix x, Matrix y, int from, int to) {
        int n = norm.width();
        Matrix bias = norm.bias();
        for (int r = from; r < to; r++) {
            for (int g = 0; g < x.cols(); g += n) {
                double sum = 0;
                for (int c = g; c < g + n; c++) {
                    sum += x.get(r, c);
                }
                double mean = sum / n;
                double squares = 0;
                for (int c = g; c < g + n; c++) {
                    squares += (x.get(r, c) - mean) * (x.get(r, c) - mean);
                }
                double scale = 1 / Math.sqrt(squares / n + norm.epsilon());
                for (int c = 0; c < n; c++) {
                    float normal = (float) ((x.get(r, g + c) - mean) * scale)
                            * norm.weight().get(0, c);
                    y.put(r, g + c, bias == null ? normal : normal + bias.get(0, c));
                }
            }
        }
    }

    @Override
    public void activate(Activation f, Matrix x, Matrix y, int from, int to) {
        for (int r = from; r < to; r++) {
            for (int c = 0; c < x.cols(); c++) {
                y.put(r, c, f.of(x.get(r, c)));
            }
        }
    }

    @Override
    public void gated(Activation f, Matrix gate, Matrix up, Matrix y, int from, int to) {
        for (int r = from; r < to; r++) {
            for (int c = 0; c < gate.cols(); c++) {
                y.put(r, c, f.of(gate.get(r, c)) * up.get(r, c));
            }
        }
    }

    @Override
    public void addScaled(Matrix a, float s, Matrix b, Matrix y, int from, int to) {
        for (int r = from; r < to; r++) {
            for (int c = 0; c < a.cols(); c++) {
                y.put(r, c, a.get(r, c) + s * b.get(r, c));
            }
        }
    }

    @Override
    public void addRow(Matrix x, int row, float s, Matrix y, int target) {
        for (int c = 0; c < x.cols(); c++) {
            y.put(target, c, y.get(target, c) + s * x.get(row, c));
        }
    }

    @Override
    public void scale(Matrix x, float s, Matrix y, int from, int to) {
        for (int r = from; r < to; r++) {
            for (int c = 0; c < x.cols(); c++) {
                y.put(r, c, s * x.get(r, c));
            }
        }
    }

    @Override
    public void clamp(Matrix x, float limit, Matrix y, int from, int to) {
        for (int r = from; r < to; r++) {
            for (int c = 0; c < x.cols(); c++) {
                y.put(r, c, Math.clamp(x.get(r, c), -limit, limit));
            }
        }
    }

    @Override
    public void rope(RopeTable table, int position, Matrix x, Matrix y, int row) {
        table.check(position, x, y, row);
        int head = table.rope().headDim();
        int pairs = table.pairs();
        boolean interleaved = table.rope().layout() == RopeLayout.INTERLEAVED;
        int step = interleaved ? 2 : 1;
        int other = interleaved ? 1 : pairs;
        long at = table.offset(position);
        for (int h = 0; h < x.cols(); h += head) {
            for (int i = 0; i < pairs; i++) {
                float c = table.data().get(Matrix.F32, at + 4L * i);
                float s = table.data().get(Matrix.F32, at + 4L * (pairs + i));
                float a = x.get(row, h + i * step);
                float b = x.get(row, h + i * step + other);
                y.put(row, h + i * step, a * c - b * s);
                y.put(row, h + i * step + other, a * s + b * c);
            }
            for (int d = 2 * pairs; d < head; d++) {
                y.put(row, h + d, x.get(row, h + d));
            }
        }
    }

    @Override
    public void softcap(float cap, Matrix x, Matrix y, int from, int to) {
        for (int r = from; r < to; r++) {
            for (int c = 0; c < x.cols(); c++) {
                y.put(r, c, (float) (cap * Math.tanh(x.get(r, c) / cap)));
            }
        }
    }

    @Override
    public void attend(
            Attention a,
            CacheSlot slot,
            Matrix q,
            int row,
            int tokens,
            int position,
            int head,
            int heads,
            Scratch scratch,
            Matrix out) {
        for (int t = 0; t < tokens; t++) {
            for (int h = head; h < head + heads; h++) {
                ScalarAttention.attend(a, slot, q, row + t, h, position + t, out);
            }
        }
    }
}
