package dev.keiryo.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Expressions, with Jinja's precedence: commas, {@code if else}, {@code or}, {@code and}, {@code not}, comparisons, {@code + -},
 * {@code ~}, {@code * / // %}, {@code **}, signs, then what an {@link OperandParser} reads, which binds closest.
 */
final class ExpressionParser extends OperandParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    ExpressionParser(TokenStream stream) {
        super(stream);
    }

    @Override
    Expression expression(boolean conditional) {
        return conditional ? conditional() : or();
    }

    @Override
    Expression tuple(boolean simple, boolean conditional, String end, boolean maybeEmpty) {
        List<Expression> items = new ArrayList<>();
        boolean several = false;
        while (!endsTuple(end)) {
            items.add(simple ? primary() : expression(conditional));
            if (!stream.skipOperator(",")) {
                break;
            }
            several = true;
        }
        if (several) {
            return new Expression.TupleOf(items);
        }
        if (!items.isEmpty()) {
            return items.getFirst();
        }
        if (!maybeEmpty) {
            throw stream.fail("Expected an expression, got '" + stream.current().describe() + "'");
        }
        return new Expression.TupleOf(List.of());
    }

    private boolean endsTuple(String end) {
        Token token = stream.current();
        return token.type() == Token.Type.VARIABLE_END
                || token.type() == Token.Type.BLOCK_END
                || token.isOperator(")")
                || (!end.isEmpty() && token.isName(end));
    }

    private Expression conditional() {
        enter();
        Expression value = or();
        int line = stream.current().line();
        while (stream.skipName("if")) {
            boolean before = lenient(true);
            Expression test = or();
            Expression otherwise = stream.skipName("else") ? conditional() : null;
            lenient(before);
            value = new Expression.Conditional(test, value, otherwise, line);
        }
        leave();
        return value;
    }

    private Expression or() {
        Expression left = and();
        while (stream.skipName("or")) {
            left = new Expression.Or(left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (stream.skipName("and")) {
            left = new Expression.And(left, not());
        }
        return left;
    }

    private Expression not() {
        if (!stream.skipName("not")) {
            return comparison();
        }
        enter();
        Expression operand = not();
        leave();
        return new Expression.Not(operand);
    }

    private Expression comparison() {
        Expression first = sum();
        List<Expression.Comparison.Link> links = new ArrayList<>();
        while (true) {
            Token token = stream.current();
            if (token.type() == Token.Type.OPERATOR && COMPARISONS.contains(token.text())) {
                stream.next();
                links.add(new Expression.Comparison.Link(token.text(), sum()));
            } else if (stream.skipName("in")) {
                links.add(new Expression.Comparison.Link("in", sum()));
            } else if (token.isName("not") && stream.look().isName("in")) {
                stream.next();
                stream.next();
                links.add(new Expression.Comparison.Link("not in", sum()));
            } else {
                return links.isEmpty() ? first : new Expression.Comparison(first, links);
            }
        }
    }

    private Expression sum() {
        Expression left = concatenation();
        while (stream.isOperator("+") || stream.isOperator("-")) {
            left = new Expression.Binary(stream.next().text(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression first = product();
        if (!stream.isOperator("~")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (stream.skipOperator("~")) {
            items.add(product());
        }
        return new Expression.Concatenation(items);
    }

    private Expression product() {
        Expression left = power();
        while (stream.isOperator("*") || stream.isOperator("/") || stream.isOperator("//") || stream.isOperator("%")) {
            left = new Expression.Binary(stream.next().text(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (stream.skipOperator("**")) {
            left = new Expression.Binary("**", left, unary(true));
        }
        return left;
    }

    private Expression unary(boolean filters) {
        Expression value;
        if (stream.isOperator("-") || stream.isOperator("+")) {
            enter();
            boolean minus = stream.next().text().equals("-");
            value = new Expression.Sign(minus, unary(false));
            leave();
        } else {
            value = primary();
        }
        value = postfix(value);
        return filters ? filtersAndTests(value) : value;
    }
}
