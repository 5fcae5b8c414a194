package dev.keiryo.calibrate;

import java.io.IOException;

/** What a calibrated method has made of a model, with the memory that it lies in. */
public sealed interface CalibratedQuantization extends AutoCloseable permits SequentialGptq, Awq, SmoothQuant {
    /** The model as quantized, valid until this is closed. Its source must be open, too. */
    CalibratedModel model() throws IOException;

    @Override
    void close() throws IOException;
}
