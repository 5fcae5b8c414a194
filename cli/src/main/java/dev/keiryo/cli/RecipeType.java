package dev.keiryo.cli;

import dev.keiryo.quantize.Recipe;
import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code --type}, and lists what it may be. */
final class RecipeType implements ITypeConverter<Recipe>, Iterable<String> {
    static String known() {
        return names().collect(Collectors.joining(", "));
    }

    private static Stream<String> names() {
        return Arrays.stream(Recipe.values()).map(Recipe::label);
    }

    @Override
    public Recipe convert(String value) {
        return of(value);
    }

    static Recipe of(String value) {
        return Arrays.stream(Recipe.values())
                .filter(r -> r.label().equalsIgnoreCase(value) || r.name().equalsIgnoreCase(value))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("there is no type " + value + "; there are " + known()));
    }

    /** As {@link #of}; another name is wrong usage. */
    static Recipe required(String value) {
        try {
            return of(value);
        } catch (TypeConversionException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Iterator<String> iterator() {
        return names().iterator();
    }

    /** What {@code convert --type} may be: any of these, or auto. */
    static final class OrAuto implements Iterable<String> {
        static final String AUTO = "auto";

        @Override
        public Iterator<String> iterator() {
            return Stream.concat(names(), Stream.of(AUTO)).iterator();
        }
    }
}
