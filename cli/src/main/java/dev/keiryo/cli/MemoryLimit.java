package dev.keiryo.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code cpu=1GiB}, or only {@code 1GiB}, for a process that computes on processors alone. */
final class MemoryLimit implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
        String size = text;
        int equals = text.indexOf('=');
        if (equals >= 0) {
            if (!text.startsWith("cpu=")) {
                throw new TypeConversionException("this command computes on the processor alone: give cpu=SIZE, not "
                        + text + " (keiryo plan knows other places)");
            }
            size = text.substring(equals + 1);
        }
        return Bytes.parse(size);
    }
}
