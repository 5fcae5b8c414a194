package dev.keiryo.template;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An object of Jinja's own, with named members. */
interface Members {
    /** {@code type(v).__name__}. */
    String typeName();

    /** The module of the type, with a dot behind it; empty for built-in types. */
    default String module() {
        return "jinja2.runtime.";
    }

    /** The member of that name, or null. */
    @Nullable
    Object member(String name);

    /** Writes {@code repr(v)}; {@code value} writes a value within it. */
    void describe(StringBuilder out, Consumer<Object> value);
}
