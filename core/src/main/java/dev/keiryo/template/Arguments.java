package dev.keiryo.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a call gives, by position and by name. */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Object... positional) {
        return new Arguments(List.of(positional), Map.of());
    }

    /** All but the first {@code leading} of those by position. */
    Arguments without(int leading) {
        return new Arguments(positional.subList(leading, positional.size()), named);
    }

    /**
     * The arguments in the order of {@code parameters}. A name that ends with {@code ?} may be left out, which gives null;
     * one that begins with {@code =} takes no name, as of built-in functions.
     */
    @Nullable
    Object[] bind(String function, String... parameters) {
        @Nullable Object[] bound = new @Nullable Object[parameters.length];
        if (positional.size() > parameters.length) {
            throw TemplateFailure.type(function + "() takes at most " + parameters.length + " argument"
                    + (parameters.length == 1 ? "" : "s") + " (" + positional.size() + " given)");
        }
        for (int i = 0; i < positional.size(); i++) {
            bound[i] = positional.get(i);
        }
        Map<String, Object> rest = new LinkedHashMap<>(named);
        for (int i = 0; i < parameters.length; i++) {
            boolean optional = parameters[i].endsWith("?");
            String name = optional ? parameters[i].substring(0, parameters[i].length() - 1) : parameters[i];
            Object value = rest.remove(name);
            if (value != null && bound[i] != null) {
                throw TemplateFailure.type(
                        function + "() got multiple values for argument " + Representation.quoted(name));
            }
            bound[i] = value == null ? bound[i] : value;
            if (bound[i] == null && !optional) {
                throw TemplateFailure.type(
                        function + "() missing required argument " + Representation.quoted(name.replace("=", "")));
            }
        }
        if (!rest.isEmpty()) {
            throw TemplateFailure.type(function + "() got an unexpected keyword argument "
                    + Representation.quoted(rest.keySet().iterator().next()));
        }
        return bound;
    }
}
