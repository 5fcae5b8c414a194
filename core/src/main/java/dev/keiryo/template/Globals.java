package dev.keiryo.template;

import java.time.LocalDateTime;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What every template can call. */
final class Globals {
    private Globals() {}

    static void define(Scope scope, LocalDateTime now, Budget budget) {
        scope.set("range", (Callable) Globals::range);
        scope.set("dict", (Callable) a -> dict(a, budget));
        scope.set("namespace", (Callable) a -> namespace(a, budget));
        scope.set("cycler", (Callable) Cycler::new);
        scope.set("joiner", (Callable) a -> {
            Object separator = a.bind("joiner", "sep?")[0];
            return new Joiner(separator == null ? ", " : separator);
        });
        scope.set("lipsum", (Callable) a -> {
            throw TemplateFailure.runtime("lipsum is not supported in chat templates");
        });
        scope.set("raise_exception", (Callable) a -> {
            Object message = a.bind("raise_exception", "message")[0];
            throw new TemplateFailure(
                    TemplateFailure.Kind.RAISED, Representation.str(message == null ? None.NONE : message, budget));
        });
        scope.set("strftime_now", (Callable) a -> {
            Object format = a.bind("strftime_now", "format")[0];
            if (format == null || !Values.isString(format)) {
                throw TemplateFailure.type("strftime() argument 1 must be str");
            }
            return Strftime.format(format.toString(), now, budget);
        });
    }

    private static Object range(Arguments arguments) {
        List<Object> given = arguments.positional();
        if (given.isEmpty() || given.size() > 3 || !arguments.named().isEmpty()) {
            throw TemplateFailure.type("range expected 1 to 3 arguments, got " + given.size());
        }
        long first = number(given.getFirst());
        return given.size() == 1
                ? new Sequences.Range(0, first, 1)
                : new Sequences.Range(first, number(given.get(1)), given.size() == 3 ? number(given.get(2)) : 1);
    }

    private static long number(Object v) {
        if (v instanceof Undefined || v instanceof Double) {
            throw TemplateFailure.type(
                    Representation.quoted(Values.typeName(v)) + " object cannot be interpreted as an integer");
        }
        return Values.count(v);
    }

    private static Dict dict(Arguments arguments, Budget budget) {
        Dict dict = new Dict();
        Object first =
                arguments.positional().isEmpty() ? null : arguments.positional().getFirst();
        if (arguments.positional().size() > 1) {
            throw TemplateFailure.type("dict expected at most 1 argument, got "
                    + arguments.positional().size());
        }
        if (first instanceof Dict other) {
            budget.allocate(other.size());
            other.entries().forEach(e -> dict.put(e.key(), e.value()));
        } else if (first != null) {
            for (Object pair : SequenceFilters.list(first, budget)) {
                List<Object> two = SequenceFilters.list(pair, budget);
                if (two.size() != 2) {
                    throw TemplateFailure.value(
                            "dictionary update sequence element has length " + two.size() + "; 2 is required");
                }
                dict.put(two.get(0), two.get(1));
            }
        }
        arguments.named().forEach(dict::put);
        return dict;
    }

    private static Namespace namespace(Arguments arguments, Budget budget) {
        Namespace namespace = new Namespace();
        dict(arguments, budget).entries().forEach(e -> namespace.set(Representation.str(e.key(), budget), e.value()));
        return namespace;
    }

    /** Goes round its items. */
    private static final class Cycler implements Members {
        private final List<Object> items;
        private int at;

        Cycler(Arguments arguments) {
            items = arguments.positional();
            if (items.isEmpty()) {
                throw TemplateFailure.runtime("at least one item has to be provided");
            }
        }

        @Override
        public String typeName() {
            return "Cycler";
        }

        @Override
        public String module() {
            return "jinja2.utils.";
        }

        @Override
        public @Nullable Object member(String name) {
            return switch (name) {
                case "current" -> items.get(at);
                case "next" ->
                    (Callable) a -> {
                        Object now = items.get(at);
                        at = (at + 1) % items.size();
                        return now;
                    };
                case "reset" ->
                    (Callable) a -> {
                        at = 0;
                        return None.NONE;
                    };
                case "pos" -> (long) at;
                case "items" -> Tuple.copyOf(items);
                default -> null;
            };
        }

        @Override
        public void describe(StringBuilder out, Consumer<Object> value) {
            out.append("<Cycler object>");
        }
    }

    /** Nothing the first time, then its separator. */
    private static final class Joiner implements Members, Callable {
        private final Object separator;
        private boolean used;

        Joiner(Object separator) {
            this.separator = separator;
        }

        @Override
        public Object call(Arguments arguments) {
            boolean first = !used;
            used = true;
            return first ? "" : separator;
        }

        @Override
        public String typeName() {
            return "Joiner";
        }

        @Override
        public String module() {
            return "jinja2.utils.";
        }

        @Override
        public @Nullable Object member(String name) {
            return switch (name) {
                case "sep" -> separator;
                case "used" -> used;
                default -> null;
            };
        }

        @Override
        public void describe(StringBuilder out, Consumer<Object> value) {
            out.append("<Joiner object>");
        }
    }
}
