package dev.keiryo.train;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.gguf.GgufWriter;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import dev.keiryo.train.optimize.Optimizer;
import dev.keiryo.train.optimize.Schedule;
import dev.keiryo.train.tape.Parameters;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A run in a file: a GGUF file of the model, which runs as any other, with the optimizer's memory as further tensors
 * {@code train.NAME} of bytes and the run's progress as keys {@code keiryo.train.…}. It replaces the one before only when it is whole and
 * on the disk.
 */
final class TrainCheckpoint {
    private static final String KEY = "keiryo.train.";
    private static final String TENSOR = "train.";

    private TrainCheckpoint() {}

    /** The tensors of a model that {@code kept} keeps, by name, alone. */
    static void writeModel(Path file, Checkpoint model, Predicate<String> kept) throws IOException {
        GgufWriter writer = new GgufWriter(model.metadata());
        model.weights().stream().filter(w -> kept.test(w.name())).forEach(writer::add);
        writer.write(file);
    }

    /**
     * @param recipe what decides about the run's numbers: {@link #read} compares it
     */
    static void write(
            Path file, Parameters model, String recipe, Optimizer optimizer, Progress progress, TrainOptions options)
            throws IOException {
        Map<String, MetadataValue> keys = new LinkedHashMap<>(model.metadata().values());
        keys.put(KEY + "recipe", MetadataValue.of(recipe));
        keys.put(KEY + "planned_steps", MetadataValue.of(options.steps()));
        keys.put(KEY + "schedule", MetadataValue.of(options.schedule().text()));
        keys.put(KEY + "optimizer_steps", MetadataValue.of(optimizer.steps()));
        keys.put(KEY + "steps", MetadataValue.of(progress.steps()));
        keys.put(KEY + "tokens", MetadataValue.of(Long.toString(progress.tokens())));
        keys.put(KEY + "best_loss", MetadataValue.of(Double.toHexString(progress.bestLoss())));
        keys.put(KEY + "best_step", MetadataValue.of(progress.bestStep()));
        keys.put(KEY + "since_best", MetadataValue.of((long) progress.sinceBest()));
        GgufWriter writer = new GgufWriter(new Metadata(file.toString(), keys));
        model.weights().forEach(writer::add);
        optimizer
                .state()
                .forEach((name, memory) -> writer.add(
                        TENSOR + name, TensorType.I8, new long[] {memory.byteSize()}, sink -> sink.write(memory)));
        writer.write(file);
    }

    /** Fills the weights and the optimizer's memory with what they were, and returns how far the run was. */
    static Progress read(Path file, Parameters model, String recipe, Optimizer optimizer, TrainOptions options)
            throws IOException {
        try (Checkpoint stored = Gguf.open(file)) {
            Metadata keys = stored.metadata();
            String before = keys.string(KEY + "recipe");
            if (!before.equals(recipe)) {
                throw new FormatException(
                        file.toString(),
                        "is of a run by another recipe: "
                                + differences(before, recipe)
                                + "; go on with the same, or begin in another folder");
            }
            checkRates(keys, options);
            for (Weight w : model.trained()) {
                w.data().copyFrom(stored(stored, w.name(), w.type(), w.data()).data());
            }
            Map<String, MemorySegment> saved = new LinkedHashMap<>();
            for (Map.Entry<String, MemorySegment> part : optimizer.state().entrySet()) {
                Weight w = stored(stored, TENSOR + part.getKey(), TensorType.I8, part.getValue());
                saved.put(part.getKey(), w.data());
            }
            optimizer.restore(saved, keys.integer(KEY + "optimizer_steps"));
            return new Progress(
                    keys.integer(KEY + "steps"),
                    Long.parseLong(keys.string(KEY + "tokens")),
                    Double.parseDouble(keys.string(KEY + "best_loss")),
                    keys.integer(KEY + "best_step"),
                    keys.integer(KEY + "since_best"));
        }
    }

    /** A run's length and schedule may be changed where the rates of the steps that it has taken stay what they were. */
    private static void checkRates(Metadata stored, TrainOptions now) throws FormatException {
        long done = stored.integer(KEY + "steps");
        long planned = stored.integer(KEY + "planned_steps");
        Schedule schedule;
        try {
            schedule = Schedule.parse(stored.string(KEY + "schedule"));
        } catch (IllegalArgumentException e) {
            throw new FormatException(stored.source(), KEY + "schedule: " + e.getMessage());
        }
        if (done > now.steps()) {
            throw new FormatException(
                    stored.source(),
                    "is of a run that has taken " + done + " steps, more than the " + now.steps() + " asked for");
        }
        for (long step = 0; step < done; step++) {
            if (schedule.factor(step, planned) != now.schedule().factor(step, now.steps())) {
                throw new FormatException(
                        stored.source(),
                        "is of a run of " + planned + " steps by " + schedule.text() + ", whose learning rate at step "
                                + step + " was not that of " + now.steps() + " steps by "
                                + now.schedule().text()
                                + "; length and schedule can be changed while the rate is constant (constant, or wsd"
                                + " before its decay)");
            }
        }
    }

    /** The lines in which recipes differ. */
    private static String differences(String before, String now) {
        List<String> old = before.lines().toList();
        List<String> current = now.lines().toList();
        String was = old.stream().filter(line -> !current.contains(line)).collect(Collectors.joining(", "));
        String is = current.stream().filter(line -> !old.contains(line)).collect(Collectors.joining(", "));
        return (was.isEmpty() ? "less" : was) + " instead of " + (is.isEmpty() ? "nothing" : is);
    }

    private static Weight stored(Checkpoint stored, String name, TensorType type, MemorySegment to)
            throws FormatException {
        Weight w = stored.weight(name);
        if (w.type() != type || w.data().byteSize() != to.byteSize()) {
            throw new FormatException(
                    stored.source(),
                    "tensor " + name + " is " + w + ", but the run has " + to.byteSize() + " bytes of " + type.label());
        }
        return w;
    }
}
