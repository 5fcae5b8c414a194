package dev.keiryo.template;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** {@code namespace(…)}: attributes that assignments in inner scopes reach. */
final class Namespace implements Members {
    private final Map<String, Object> attributes = new LinkedHashMap<>();

    void set(String name, Object value) {
        attributes.put(name, value);
    }

    @Override
    public String typeName() {
        return "Namespace";
    }

    @Override
    public String module() {
        return "jinja2.utils.";
    }

    @Override
    public @Nullable Object member(String name) {
        return attributes.get(name);
    }

    @Override
    public void describe(StringBuilder out, Consumer<Object> value) {
        out.append("<Namespace {");
        String between = "";
        for (Map.Entry<String, Object> e : attributes.entrySet()) {
            out.append(between).append(Representation.quoted(e.getKey())).append(": ");
            value.accept(e.getValue());
            between = ", ";
        }
        out.append("}>");
    }
}
