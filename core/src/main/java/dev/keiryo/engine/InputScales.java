package dev.keiryo.engine;

import static java.util.Objects.requireNonNull;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.cost.Cost;
import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.kernel.Activations.Scaling;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.model.Transformer;
import dev.keiryo.quantize.ActivationScales;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Weight;
import java.util.IdentityHashMap;

/** In which form, and with which scales, each matrix of a model gets its inputs. */
final class InputScales {
    private final Kernels kernels;
    private final ActivationType type;
    /** Those of {@link ActivationType#INT8_STATIC}. */
    private final IdentityHashMap<Weight, Scaling> fixed = new IdentityHashMap<>();

    private InputScales(Kernels kernels, ActivationType type) {
        this.kernels = kernels;
        this.type = type;
    }

    /** @throws FormatException where there should be fixed scales, but one of them is not in {@code metadata} */
    static InputScales of(EngineOptions options, Metadata metadata, Transformer transformer) throws FormatException {
        InputScales scales = new InputScales(options.kernels(), options.activations());
        if (options.activations() != ActivationType.INT8_STATIC) {
            return scales;
        }
        ActivationScales read = null;
        for (Linear layer : Cost.layers(transformer)) {
            Weight w = layer.weight();
            if (scales.form(w).kind() == Kind.INT8) {
                read = read == null ? ActivationScales.read(metadata) : read;
                scales.fixed.put(w, new Scaling.Fixed(read.of(w.name())));
            }
        }
        return scales;
    }

    Form form(Weight w) {
        return type == ActivationType.F32 ? Form.FLOAT32 : kernels.form(w.type().plain());
    }

    /** Of inputs in 8 bits. */
    Scaling scaling(Weight w) {
        return switch (type) {
            case INT8, F32 -> Scaling.Measured.BLOCK;
            case INT8_TOKEN -> Scaling.Measured.TOKEN;
            case INT8_STATIC -> form(w).kind() == Kind.INT8 ? requireNonNull(fixed.get(w)) : Scaling.Measured.BLOCK;
        };
    }
}
