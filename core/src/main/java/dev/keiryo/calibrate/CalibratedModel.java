package dev.keiryo.calibrate;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.quantize.ActivationScales;
import dev.keiryo.quantize.Importances;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.Set;

/**
 * A model some of whose tensors a calibrated method has replaced, to be written by {@link dev.keiryo.convert.GgufConverter}.
 *
 * @param checkpoint what it is made of stays its owners' and must stay open
 * @param finished names of tensors that are quantized already, to be copied as they are
 * @param importances by which errors of the others are to be weighed
 */
public record CalibratedModel(Checkpoint checkpoint, Set<String> finished, Importances importances) {
    public CalibratedModel {
        finished = Set.copyOf(finished);
    }

    /** As it is, with what the options say of its tensors. */
    static CalibratedModel of(Checkpoint source, ConvertOptions options) throws IOException {
        return of(source, Set.of(), options.finished(), options.importances());
    }

    /** With scales for inputs of 8 bits. */
    public CalibratedModel with(ActivationScales scales) throws IOException {
        EditedCheckpoint edited = EditedCheckpoint.of(checkpoint);
        for (Map.Entry<String, MetadataValue> e : scales.metadata().entrySet()) {
            edited = edited.with(e.getKey(), e.getValue());
        }
        return new CalibratedModel(edited, finished, importances);
    }

    /** @param replaced in place of the source's tensors of the same names */
    static CalibratedModel of(
            Checkpoint source, Collection<Weight> replaced, Set<String> finished, Importances importances)
            throws IOException {
        EditedCheckpoint edited = EditedCheckpoint.of(source);
        replaced.forEach(edited::replace);
        return new CalibratedModel(edited, finished, importances);
    }
}
