package dev.keiryo.convert;

import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a conversion makes of a model.
 *
 * @param recipe what matrices are stored as; null: what they are in the source
 * @param group for whole numbers ({@code int8}, {@code int4}, …): columns that share a scale, 32, 64 or 128; 0: all of a row
 * @param rules the first whose pattern is found in a matrix's name decides about it
 * @param importances by which errors are weighed where the format leaves a choice
 * @param finished names of tensors that are copied as they are, whatever the recipe says
 */
public record ConvertOptions(
        @Nullable Recipe recipe, int group, List<TypeRule> rules, Importances importances, Set<String> finished) {
    /** Copies everything as it is stored. */
    public static final ConvertOptions NONE = new ConvertOptions(null, 0, List.of(), Importances.NONE);

    public ConvertOptions {
        if (group != 0 && group != 32 && group != 64 && group != 128) {
            throw new IllegalArgumentException("a group should be of 32, 64 or 128 columns, or 0, but is " + group);
        }
        rules = List.copyOf(rules);
        finished = Set.copyOf(finished);
    }

    /** Without finished tensors. */
    public ConvertOptions(@Nullable Recipe recipe, int group, List<TypeRule> rules, Importances importances) {
        this(recipe, group, rules, importances, Set.of());
    }

    /** With tensors that are copied as they are. */
    public ConvertOptions withFinished(Set<String> names, Importances others) {
        return new ConvertOptions(recipe, group, rules, others, names);
    }

    /** All matrices by {@code recipe}; null: as they are stored. */
    public static ConvertOptions of(@Nullable Recipe recipe) {
        return new ConvertOptions(recipe, 0, List.of(), Importances.NONE);
    }
}
