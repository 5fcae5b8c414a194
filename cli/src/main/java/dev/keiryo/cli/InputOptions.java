package dev.keiryo.cli;

import dev.keiryo.calibrate.ActivationRange;
import dev.keiryo.calibrate.CalibratedConverter;
import dev.keiryo.calibrate.QuantizationMethod;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What {@code convert} does about inputs in 8 bits. */
final class InputOptions {
    private static final double ALPHA = 0.5;

    /** @param value null: to be searched for */
    private record Alpha(@Nullable Double value) {}

    @Option(
            names = "--alpha",
            paramLabel = "X|search",
            converter = ReadAlpha.class,
            description =
                    "smoothquant: how much of the difficulty goes to the weights, from 0 to 1; search: the best for each input."
                            + " Default: 0.5")
    private @Nullable Alpha alpha;

    @Option(
            names = "--activation-range",
            paramLabel = "max|mse|PERCENT",
            converter = ReadRange.class,
            description =
                    "Writes scales for --activations int8-static: for each matrix, the one that holds all its inputs on --corpus"
                            + " (max), that has the least squared error (mse), or that holds a share of them, such as 99.99.")
    private @Nullable ActivationRange range;

    /** Whether scales are to be found. */
    boolean haveRange() {
        return range != null;
    }

    CalibratedConverter.Inputs inputs() {
        return new CalibratedConverter.Inputs(alpha == null ? Double.valueOf(ALPHA) : alpha.value(), range);
    }

    /**
     * @param text whether there is one to calibrate on
     * @throws UsageException where the options do not go with others
     */
    void check(QuantizationMethod method, boolean text) {
        if (alpha != null && method != QuantizationMethod.SMOOTHQUANT) {
            throw new UsageException("--alpha is for --method smoothquant");
        }
        if (range != null && !text) {
            throw new UsageException("--activation-range needs --corpus, and does not go with --type auto");
        }
    }

    private static final class ReadAlpha implements ITypeConverter<Alpha> {
        @Override
        public Alpha convert(String text) {
            if (text.equals("search")) {
                return new Alpha(null);
            }
            double value = Double.NaN;
            try {
                value = Double.parseDouble(text);
            } catch (NumberFormatException e) {
                // said below
            }
            if (!(value >= 0 && value <= 1)) {
                throw new TypeConversionException("should be a number from 0 to 1, or search, but is " + text);
            }
            return new Alpha(value);
        }
    }

    private static final class ReadRange implements ITypeConverter<ActivationRange> {
        @Override
        public ActivationRange convert(String text) {
            try {
                return ActivationRange.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
