package dev.keiryo.template;

import dev.keiryo.template.Expression.Given;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values of expressions. */
final class Evaluator {
    private final Renderer renderer;
    private final Budget budget;

    Evaluator(Renderer renderer, Budget budget) {
        this.renderer = renderer;
        this.budget = budget;
    }

    Object evaluate(Expression expression, Scope scope) {
        budget.step();
        switch (expression) {
            case Expression.Constant constant -> {
                return constant.value();
            }
            case Expression.Name name -> {
                return scope.get(name.name());
            }
            default -> {
                budget.enter();
                Object value = compound(expression, scope);
                budget.leave();
                return value;
            }
        }
    }

    private Object compound(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.Constant constant -> constant.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.ListOf list -> all(list.items(), scope);
            case Expression.TupleOf tuple -> Tuple.copyOf(all(tuple.items(), scope));
            case Expression.DictOf dict -> dict(dict, scope);
            case Expression.Attribute attribute ->
                Lookup.attribute(evaluate(attribute.owner(), scope), attribute.name(), budget);
            case Expression.Item item ->
                Lookup.item(evaluate(item.owner(), scope), evaluate(item.key(), scope), budget);
            case Expression.Slice slice ->
                Slices.slice(
                        evaluate(slice.owner(), scope),
                        optional(slice.from(), scope),
                        optional(slice.to(), scope),
                        optional(slice.step(), scope),
                        budget);
            case Expression.Call call -> call(call, scope, null);
            case Expression.Filter filter -> {
                Expression input = filter.input();
                if (input == null) {
                    throw new IllegalStateException();
                }
                yield apply(filter, evaluate(input, scope), scope);
            }
            case Expression.Test test ->
                Tests.test(test.name(), evaluate(test.input(), scope), given(test.arguments(), scope), renderer);
            case Expression.Sign sign -> Arithmetic.sign(sign.minus(), evaluate(sign.operand(), scope));
            case Expression.Not not -> !Values.truth(evaluate(not.operand(), scope));
            case Expression.Binary binary ->
                Arithmetic.binary(
                        binary.operator(), evaluate(binary.left(), scope), evaluate(binary.right(), scope), budget);
            case Expression.And and -> {
                Object left = evaluate(and.left(), scope);
                yield Values.truth(left) ? evaluate(and.right(), scope) : left;
            }
            case Expression.Or or -> {
                Object left = evaluate(or.left(), scope);
                yield Values.truth(left) ? left : evaluate(or.right(), scope);
            }
            case Expression.Concatenation concatenation -> concatenate(concatenation, scope);
            case Expression.Comparison comparison -> compare(comparison, scope);
            case Expression.Conditional conditional -> {
                if (Values.truth(evaluate(conditional.test(), scope))) {
                    yield evaluate(conditional.then(), scope);
                }
                Expression otherwise = conditional.otherwise();
                yield otherwise != null
                        ? evaluate(otherwise, scope)
                        : Undefined.hint("the inline if-expression on line " + conditional.line()
                                + " evaluated to false and no else section was defined.");
            }
        };
    }

    private @Nullable Object optional(@Nullable Expression expression, Scope scope) {
        return expression == null ? null : evaluate(expression, scope);
    }

    private List<Object> all(List<Expression> expressions, Scope scope) {
        budget.allocate(expressions.size());
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression e : expressions) {
            values.add(evaluate(e, scope));
        }
        return values;
    }

    private Dict dict(Expression.DictOf literal, Scope scope) {
        budget.allocate(2L * literal.keys().size());
        Dict dict = new Dict();
        for (int i = 0; i < literal.keys().size(); i++) {
            Object key = evaluate(literal.keys().get(i), scope);
            dict.put(key, evaluate(literal.values().get(i), scope));
        }
        return dict;
    }

    private Object concatenate(Expression.Concatenation concatenation, Scope scope) {
        StringBuilder text = new StringBuilder();
        for (Expression e : concatenation.items()) {
            String part = Representation.str(evaluate(e, scope), budget);
            budget.allocate(part.length());
            text.append(part);
        }
        return text.toString();
    }

    private Object compare(Expression.Comparison comparison, Scope scope) {
        Object left = evaluate(comparison.first(), scope);
        for (Expression.Comparison.Link link : comparison.links()) {
            Object right = evaluate(link.operand(), scope);
            boolean holds = switch (link.operator()) {
                case "==" -> Values.equal(left, right, budget);
                case "!=" -> !Values.equal(left, right, budget);
                case "in" -> Values.contains(right, left, budget);
                case "not in" -> !Values.contains(right, left, budget);
                default -> Values.ordered(left, link.operator(), right, budget);
            };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }

    /** @param caller what a {@code call} block passes on */
    Object call(Expression.Call call, Scope scope, @Nullable Macro caller) {
        Object function = evaluate(call.function(), scope);
        Arguments arguments = given(call.arguments(), scope);
        if (caller != null) {
            Map<String, Object> named = new LinkedHashMap<>(arguments.named());
            named.put("caller", caller);
            arguments = new Arguments(arguments.positional(), named);
        }
        return call(function, arguments);
    }

    private Object call(Object function, Arguments arguments) {
        return switch (function) {
            case Undefined u -> throw u.failure();
            case Callable callable -> callable.call(arguments);
            default ->
                throw TemplateFailure.type(
                        Representation.quoted(Values.typeName(function)) + " object is not callable");
        };
    }

    private Arguments given(Given given, Scope scope) {
        List<Object> positional = new ArrayList<>();
        for (Expression e : given.positional()) {
            positional.add(evaluate(e, scope));
        }
        if (given.list() != null) {
            Iterator<Object> more = Values.iterate(evaluate(given.list(), scope));
            while (more.hasNext()) {
                budget.allocate(1);
                positional.add(more.next());
            }
        }
        Map<String, Object> named = new LinkedHashMap<>();
        for (Given.Keyword keyword : given.named()) {
            named.put(keyword.name(), evaluate(keyword.value(), scope));
        }
        if (given.dict() != null) {
            if (!(evaluate(given.dict(), scope) instanceof Dict dict)) {
                throw TemplateFailure.type("argument after ** must be a mapping");
            }
            budget.allocate(dict.size());
            dict.entries().forEach(e -> named.put(e.key().toString(), e.value()));
        }
        return new Arguments(positional, named);
    }

    /** Filters {@code text}, which a block gave, through {@code filter} and those before it. */
    Object filter(Expression.Filter filter, Object text, Scope scope) {
        Object input = filter.input() instanceof Expression.Filter inner ? filter(inner, text, scope) : text;
        return apply(filter, input, scope);
    }

    private Object apply(Expression.Filter filter, Object input, Scope scope) {
        return Filters.apply(filter.name(), input, given(filter.arguments(), scope), renderer);
    }
}
