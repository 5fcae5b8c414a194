package dev.keiryo.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Variables, and those of the scopes around. Assignments stay in the innermost. */
final class Scope {
    private final @Nullable Scope parent;
    private final Map<String, Object> variables = new HashMap<>();

    Scope(@Nullable Scope parent) {
        this.parent = parent;
    }

    void set(String name, Object value) {
        variables.put(name, value);
    }

    Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.parent) {
            Object value = scope.variables.get(name);
            if (value != null) {
                return value;
            }
        }
        return Undefined.name(name);
    }
}
