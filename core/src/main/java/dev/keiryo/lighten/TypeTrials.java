package dev.keiryo.lighten;

import dev.keiryo.LanguageModel;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Fingerprint;
import dev.keiryo.convert.TensorEncoder;
import dev.keiryo.engine.Engine;
import dev.keiryo.file.MappedFile;
import dev.keiryo.file.ScratchFile;
import dev.keiryo.model.Ops;
import dev.keiryo.quantize.Importances;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** What a model loses with types chosen for its {@link TypeUnit}s, a number of one of its types for each; measured once, and remembered. */
final class TypeTrials implements AutoCloseable {
    private final Checkpoint source;
    private final ScratchFile scratch;
    private final TensorEncoder encoder;
    private final Loss loss;
    private final Substitution substitution;
    private final CostJournal journal;
    private final List<TypeUnit> units;
    private final boolean released;
    private final Map<String, Weight> encoded = new HashMap<>();
    private final Map<TypeUnit, double[]> errors = new HashMap<>();
    /** The choice that {@link #step} is about, as text. */
    private String settled = "";

    TypeTrials(
            LanguageModel model, MeasuredText text, Importances importances, TypeSearch.Options options, Path journal)
            throws IOException {
        Engine engine = model.engine();
        this.source = engine.checkpoint();
        this.scratch = new ScratchFile(
                Objects.requireNonNullElse(journal.toAbsolutePath().getParent(), Path.of(".")));
        this.encoder = new TensorEncoder(source, importances, engine.threads());
        this.units = TypeUnit.of(encoder.matrices(), options);
        // A large model is not held, but goes through memory matrix by matrix.
        this.released = options.estimated();
        UnaryOperator<Ops> base = released ? ReleasingOps::new : UnaryOperator.identity();
        this.loss = switch (text) {
            case MeasuredText.Windows w -> Loss.ofDecoder(engine, w.windows(), scratch, base);
            case MeasuredText.Lines l -> Loss.ofEncoder(model, l.lines(), base);
        };
        this.substitution = new Substitution(loss, scratch);
        int weighing = 1;
        for (String matrix : encoder.matrices().keySet()) {
            weighing = 31 * weighing + Arrays.hashCode(importances.of(matrix));
        }
        String origin = HexFormat.of().formatHex(Fingerprint.of(source)) + " " + text.digest() + " " + weighing + " "
                + options.types() + " " + options.units() + " " + options.estimated() + " " + engine.activations();
        this.journal = new CostJournal(journal, origin);
    }

    Checkpoint source() {
        return source;
    }

    List<TypeUnit> units() {
        return units;
    }

    /** All that may be chosen for, with their shapes. */
    Map<String, long[]> matrices() {
        return encoder.matrices();
    }

    /** From now on, {@link #step} is about the model as it is. */
    void settleOnNothing() throws IOException {
        substitution.settle(Map.of());
    }

    /**
     * From now on, {@link #step} is about {@code choice}.
     *
     * @return the loss with it
     */
    double settle(int[] choice) throws IOException {
        double found = substitution.settle(weights(choice));
        settled = Arrays.toString(choice) + " ";
        return found;
    }

    /** {@code Σ w·(x - x')²} of each type, w being the importances: of some rows of each matrix, for all. */
    double[] errors(TypeUnit unit) throws IOException {
        double[] known = errors.get(unit);
        if (known == null) {
            known = new double[unit.types().size()];
            for (int t = 0; t < known.length; t++) {
                for (String name : unit.tensors()) {
                    known[t] += encoder.error(name, unit.types().get(t));
                }
            }
            errors.put(unit, known);
        }
        return known;
    }

    /** Of {@code types}, not empty, the one whose error differs most from that of number {@code at}: so least of its step is chance. */
    int farthest(TypeUnit unit, int at, List<Integer> types) throws IOException {
        double[] of = errors(unit);
        return types.stream()
                .max(Comparator.comparingDouble(t -> Math.abs(of[t] - of[at])))
                .orElseThrow();
    }

    /**
     * What the loss changes by from type number {@code at} to any, where it is known to change by {@code difference} to {@code measured}:
     * {@code difference·(e(t) - e(at)) / (e(measured) - e(at))}, e being {@link #errors}; a loss is about of second order in a small error.
     */
    double[] estimates(TypeUnit unit, int at, int measured, double difference) throws IOException {
        double[] of = errors(unit);
        double[] estimates = new double[of.length];
        double span = of[measured] - of[at];
        for (int t = 0; t < of.length; t++) {
            estimates[t] = t == measured ? difference : span == 0 ? 0 : difference * (of[t] - of[at]) / span;
        }
        return estimates;
    }

    /** The loss where {@code unit} is of its {@code type}th type, and all others are as was settled on. */
    double step(TypeUnit unit, int type) throws IOException {
        TensorType of = unit.types().get(type);
        return journal.of(settled + unit.name() + " " + of, () -> {
            try (Arena own = Arena.ofShared()) {
                Map<String, Weight> weights = new HashMap<>();
                for (String name : unit.tensors()) {
                    weights.put(name, encoder.encode(name, of, own.allocate(of.bytes(shape(name)), 64)));
                }
                return substitution.loss(weights);
            }
        });
    }

    /** The loss with all units as chosen. */
    double whole(int[] choice) throws IOException {
        return journal.of("whole " + Arrays.toString(choice), () -> substitution.loss(weights(choice)));
    }

    private Map<String, Weight> weights(int[] choice) throws IOException {
        Map<String, Weight> weights = new HashMap<>();
        for (Map.Entry<String, TensorType> e : types(choice).entrySet()) {
            TensorType type = e.getValue();
            String key = e.getKey() + " " + type;
            Weight w = encoded.get(key);
            if (w == null) {
                MemorySegment to = scratch.allocate(type.bytes(shape(e.getKey())));
                w = encoder.encode(e.getKey(), type, to);
                if (released) {
                    MappedFile.release(to);
                }
                encoded.put(key, w);
            }
            weights.put(e.getKey(), w);
        }
        return weights;
    }

    private long[] shape(String matrix) {
        return Objects.requireNonNull(encoder.matrices().get(matrix));
    }

    /** The type of each matrix. */
    Map<String, TensorType> types(int[] choice) {
        Map<String, TensorType> types = new LinkedHashMap<>();
        for (int u = 0; u < choice.length; u++) {
            TensorType type = units.get(u).types().get(choice[u]);
            units.get(u).tensors().forEach(name -> types.put(name, type));
        }
        return types;
    }

    /** What was measured need not be kept for a later process any more. */
    void forget() throws IOException {
        journal.delete();
    }

    @Override
    public void close() throws IOException {
        journal.close();
        loss.close();
        encoder.close();
        scratch.close();
    }
}
