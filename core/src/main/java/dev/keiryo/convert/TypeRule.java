package dev.keiryo.convert;

import dev.keiryo.quantize.Recipe;
import java.util.regex.Pattern;

/**
 * What matrices whose names hold a pattern are stored as, whatever the recipe says.
 *
 * @param pattern found anywhere in GGUF's name of the tensor
 * @param type the name of one format, no mix
 */
public record TypeRule(Pattern pattern, Recipe type) {
    public TypeRule {
        if (type.isMix()) {
            throw new IllegalArgumentException(type.label() + " is a mix of types; a tensor is of one, such as "
                    + type.type().label());
        }
    }
}
