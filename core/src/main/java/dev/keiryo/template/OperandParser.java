package dev.keiryo.template;

import dev.keiryo.template.Expression.Given;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What operators stand between: names, literals and brackets, and what follows them, subscripts, calls, filters and tests.
 * Operators are up to {@link ExpressionParser}.
 */
abstract sealed class OperandParser permits ExpressionParser {
    /** Expressions within expressions. */
    private static final int DEPTH = 200;

    final TokenStream stream;
    private int depth;

    /** Names read since each of the enclosing macros began. */
    private final List<Set<String>> reads = new ArrayList<>();

    /** Whether an unknown filter or test is an error only where it is met, as within branches. */
    private boolean lenient;

    OperandParser(TokenStream stream) {
        this.stream = stream;
    }

    /** One expression; {@code if else} belongs to it where {@code conditional}. */
    abstract Expression expression(boolean conditional);

    /**
     * One expression, or several with commas: a tuple.
     *
     * @param simple names and literals alone, as targets of assignments are
     * @param end a name that ends the tuple as brackets and tags do; empty for none
     * @param maybeEmpty whether nothing at all is the empty tuple
     */
    abstract Expression tuple(boolean simple, boolean conditional, String end, boolean maybeEmpty);

    /** Starts to note which names are read. */
    void beginReads() {
        reads.add(new HashSet<>());
    }

    /** Names read since the matching {@link #beginReads}. */
    Set<String> endReads() {
        return reads.removeLast();
    }

    /** Sets whether unknown filters and tests are errors only where they are met; returns what was set before. */
    boolean lenient(boolean nowLenient) {
        boolean before = lenient;
        lenient = nowLenient;
        return before;
    }

    /** One level deeper, until the matching {@link #leave}. */
    final void enter() {
        if (++depth > DEPTH) {
            throw stream.fail("expressions are nested more than " + DEPTH + " levels deep");
        }
    }

    final void leave() {
        depth--;
    }

    /** A name, a literal, or what is in brackets. */
    Expression primary() {
        Token token = stream.current();
        switch (token.type()) {
            case NAME -> {
                stream.next();
                return switch (token.text()) {
                    case "true", "True" -> new Expression.Constant(true);
                    case "false", "False" -> new Expression.Constant(false);
                    case "none", "None" -> new Expression.Constant(None.NONE);
                    default -> {
                        reads.forEach(names -> names.add(token.text()));
                        yield new Expression.Name(token.text());
                    }
                };
            }
            case STRING -> {
                StringBuilder text = new StringBuilder();
                while (stream.current().type() == Token.Type.STRING) {
                    text.append(stream.next().value());
                }
                return new Expression.Constant(text.toString());
            }
            case INTEGER, FLOAT -> {
                return new Expression.Constant(stream.next().value());
            }
            default -> {
                return bracketed(token);
            }
        }
    }

    private Expression bracketed(Token token) {
        enter();
        Expression value;
        if (stream.skipOperator("(")) {
            value = tuple(false, true, "", true);
            stream.expectOperator(")");
        } else if (stream.skipOperator("[")) {
            List<Expression> items = new ArrayList<>();
            while (!stream.skipOperator("]")) {
                items.add(expression(true));
                separator("]");
            }
            value = new Expression.ListOf(items);
        } else if (stream.skipOperator("{")) {
            List<Expression> keys = new ArrayList<>();
            List<Expression> values = new ArrayList<>();
            while (!stream.skipOperator("}")) {
                keys.add(expression(true));
                stream.expectOperator(":");
                values.add(expression(true));
                separator("}");
            }
            value = new Expression.DictOf(keys, values);
        } else {
            throw stream.fail("unexpected '" + token.describe() + "'");
        }
        leave();
        return value;
    }

    /** A comma, unless {@code close} comes next. */
    private void separator(String close) {
        if (!stream.isOperator(close)) {
            stream.expectOperator(",");
        }
    }

    /** Subscripts and calls of {@code value}. */
    Expression postfix(Expression value) {
        Expression result = value;
        while (true) {
            if (stream.isOperator(".") || stream.isOperator("[")) {
                result = subscript(result);
            } else if (stream.isOperator("(")) {
                result = new Expression.Call(result, given());
            } else {
                return result;
            }
        }
    }

    /** Filters and tests of {@code value}, and calls of what they give. */
    Expression filtersAndTests(Expression value) {
        Expression result = value;
        while (true) {
            if (stream.isOperator("|")) {
                stream.next();
                result = filter(result);
            } else if (stream.current().isName("is")) {
                result = test(result);
            } else if (stream.isOperator("(")) {
                result = new Expression.Call(result, given());
            } else {
                return result;
            }
        }
    }

    private Expression subscript(Expression owner) {
        if (stream.skipOperator(".")) {
            Token name = stream.next();
            return switch (name.type()) {
                case NAME -> new Expression.Attribute(owner, name.text());
                case INTEGER -> new Expression.Item(owner, new Expression.Constant(name.value()));
                default -> throw new SyntaxFailure(name.line(), "expected name or number");
            };
        }
        stream.expectOperator("[");
        enter();
        List<Expression> keys = new ArrayList<>();
        Expression slice = null;
        while (!stream.skipOperator("]")) {
            if (!keys.isEmpty() || slice != null) {
                stream.expectOperator(",");
            }
            Expression from = stream.isOperator(":") ? null : expression(true);
            if (stream.skipOperator(":")) {
                slice = slice(owner, from);
            } else if (from != null) {
                keys.add(from);
            }
        }
        leave();
        if (slice != null) {
            if (!keys.isEmpty()) {
                throw stream.fail("slices of several dimensions are not supported");
            }
            return slice;
        }
        return new Expression.Item(owner, keys.size() == 1 ? keys.getFirst() : new Expression.TupleOf(keys));
    }

    private Expression slice(Expression owner, @Nullable Expression from) {
        Expression to = endsSlice() || stream.isOperator(":") ? null : expression(true);
        Expression step = stream.skipOperator(":") && !endsSlice() ? expression(true) : null;
        return new Expression.Slice(owner, from, to, step);
    }

    private boolean endsSlice() {
        return stream.isOperator("]") || stream.isOperator(",");
    }

    private Given given() {
        int line = stream.current().line();
        stream.expectOperator("(");
        enter();
        List<Expression> positional = new ArrayList<>();
        List<Given.Keyword> named = new ArrayList<>();
        Expression list = null;
        Expression dict = null;
        while (!stream.skipOperator(")")) {
            boolean valid;
            if (stream.skipOperator("*")) {
                valid = list == null && dict == null;
                list = expression(true);
            } else if (stream.skipOperator("**")) {
                valid = dict == null;
                dict = expression(true);
            } else if (stream.current().type() == Token.Type.NAME
                    && stream.look().isOperator("=")) {
                valid = dict == null;
                String name = stream.next().text();
                stream.next();
                named.add(new Given.Keyword(name, expression(true)));
            } else {
                valid = list == null && dict == null && named.isEmpty();
                positional.add(expression(true));
            }
            if (!valid) {
                throw new SyntaxFailure(line, "invalid syntax for function call expression");
            }
            separator(")");
        }
        leave();
        return new Given(positional, named, list, dict);
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(stream.expect(Token.Type.NAME).text());
        while (stream.skipOperator(".")) {
            name.append('.').append(stream.expect(Token.Type.NAME).text());
        }
        return name.toString();
    }

    /** A filter's name and arguments, behind the {@code |}. */
    Expression.Filter filter(@Nullable Expression input) {
        String name = dottedName();
        if (!lenient && !Filters.has(name)) {
            throw stream.fail("No filter named " + Representation.quoted(name) + ".");
        }
        return new Expression.Filter(input, name, stream.isOperator("(") ? given() : Given.NOTHING);
    }

    private Expression test(Expression input) {
        stream.next();
        boolean negated = stream.skipName("not");
        String name = dottedName();
        if (!lenient && !Tests.has(name)) {
            throw stream.fail("No test named " + Representation.quoted(name) + ".");
        }
        Given given = Given.NOTHING;
        Token token = stream.current();
        if (stream.isOperator("(")) {
            given = given();
        } else if (beginsValue(token)) {
            if (token.isName("is")) {
                throw stream.fail("You cannot chain multiple tests with is");
            }
            given = new Given(List.of(postfix(primary())), List.of(), null, null);
        }
        Expression test = new Expression.Test(input, name, given);
        return negated ? new Expression.Not(test) : test;
    }

    /** Whether a test's argument without brackets begins here. */
    private static boolean beginsValue(Token token) {
        return switch (token.type()) {
            case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.isOperator("[") || token.isOperator("{");
            default -> false;
        };
    }
}
