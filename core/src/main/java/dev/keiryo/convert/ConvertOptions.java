package dev.keiryo.convert;

import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a conversion makes of a model.
 *
 * @param recipe what matrices are stored as; null: what they are in the source
 * @param group for whole numbers ({@code int8}, {@code int4}, …): columns that share a scale, 32, 64 or 128; 0: all of a row
 * @param rules the first whose pattern is found in a matrix's name decides about it
 * @param importances by which errors are weighed where the format leaves a choice
 */
public record ConvertOptions(@Nullable Recipe recipe, int group, List<TypeRule> rules, Importances importances) {
    /** Copies everything as it is stored. */
    public static final ConvertOptions NONE = new ConvertOptions(null, 0, List.of(), Importances.NONE);

    public ConvertOptions {
        if (group != 0 && group != 32 && group != 64 && group != 128) {
            throw new IllegalArgumentException("a group should be of 32, 64 or 128 columns, or 0, but is " + group);
        }
        rules = List.copyOf(rules);
    }

    /** All matrices by {@code recipe}; null: as they are stored. */
    public static ConvertOptions of(@Nullable Recipe recipe) {
        return new ConvertOptions(recipe, 0, List.of(), Importances.NONE);
    }
}
