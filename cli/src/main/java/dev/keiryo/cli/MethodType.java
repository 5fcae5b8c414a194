package dev.keiryo.cli;

import dev.keiryo.calibrate.QuantizationMethod;
import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code --method}, and lists what it may be. */
final class MethodType implements ITypeConverter<QuantizationMethod>, Iterable<String> {
    @Override
    public QuantizationMethod convert(String value) {
        return Arrays.stream(QuantizationMethod.values())
                .filter(m -> m.label().equalsIgnoreCase(value))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("there is no method " + value + "; there are "
                        + Arrays.stream(QuantizationMethod.values())
                                .map(QuantizationMethod::label)
                                .collect(Collectors.joining(", "))));
    }

    @Override
    public Iterator<String> iterator() {
        return Arrays.stream(QuantizationMethod.values())
                .map(QuantizationMethod::label)
                .iterator();
    }
}
