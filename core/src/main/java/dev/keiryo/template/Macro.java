package dev.keiryo.template;

import dev.keiryo.template.Statement.Definition;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A macro where it was defined: its body sees the variables there. */
final class Macro implements Members, Callable {
    private final Definition definition;
    private final Scope around;
    private final Renderer renderer;

    Macro(Definition definition, Scope around, Renderer renderer) {
        this.definition = definition;
        this.around = around;
        this.renderer = renderer;
    }

    @Override
    public Object call(Arguments arguments) {
        Scope scope = new Scope(around);
        List<String> parameters = definition.parameters();
        List<Object> positional = arguments.positional();
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        if (definition.caller() && !parameters.contains("caller")) {
            Object caller = named.remove("caller");
            scope.set("caller", caller == null ? Undefined.hint("No caller defined") : caller);
        }
        boolean[] missing = new boolean[parameters.size()];
        for (int i = 0; i < parameters.size(); i++) {
            Object value = i < positional.size() ? positional.get(i) : named.remove(parameters.get(i));
            missing[i] = value == null;
            if (value != null) {
                scope.set(parameters.get(i), value);
            }
        }
        if (definition.kwargs()) {
            Dict rest = new Dict();
            named.forEach(rest::put);
            scope.set("kwargs", rest);
        } else if (!named.isEmpty()) {
            throw TemplateFailure.type(
                    named.containsKey("caller")
                            ? "macro " + quotedName() + " was invoked with two values for the special caller argument."
                                    + " This is most likely a bug."
                            : "macro " + quotedName() + " takes no keyword argument "
                                    + Representation.quoted(
                                            named.keySet().iterator().next()));
        }
        if (definition.varargs()) {
            int taken = Math.min(positional.size(), parameters.size());
            scope.set("varargs", Tuple.copyOf(positional.subList(taken, positional.size())));
        } else if (positional.size() > parameters.size()) {
            throw TemplateFailure.type(
                    "macro " + quotedName() + " takes not more than " + parameters.size() + " argument(s)");
        }
        fillDefaults(scope, missing);
        return renderer.capture(definition.body(), scope);
    }

    private void fillDefaults(Scope scope, boolean[] missing) {
        int required = missing.length - definition.defaults().size();
        for (int i = 0; i < missing.length; i++) {
            if (missing[i]) {
                String name = definition.parameters().get(i);
                scope.set(
                        name,
                        i < required
                                ? Undefined.hint("parameter " + Representation.quoted(name) + " was not provided")
                                : renderer.evaluate(definition.defaults().get(i - required), scope));
            }
        }
    }

    private String quotedName() {
        return definition.name().isEmpty() ? "None" : Representation.quoted(definition.name());
    }

    @Override
    public String typeName() {
        return "Macro";
    }

    @Override
    public @Nullable Object member(String name) {
        return switch (name) {
            case "name" -> definition.name().isEmpty() ? None.NONE : definition.name();
            case "arguments" -> Tuple.copyOf(List.copyOf(definition.parameters()));
            case "catch_kwargs" -> definition.kwargs();
            case "catch_varargs" -> definition.varargs();
            case "caller" -> definition.caller();
            default -> null;
        };
    }

    @Override
    public void describe(StringBuilder out, Consumer<Object> value) {
        out.append("<Macro ")
                .append(definition.name().isEmpty() ? "anonymous" : Representation.quoted(definition.name()))
                .append('>');
    }
}
