package dev.keiryo.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has a value. */
sealed interface Expression {
    record Constant(Object value) implements Expression {}

    record Name(String name) implements Expression {}

    record ListOf(List<Expression> items) implements Expression {}

    record TupleOf(List<Expression> items) implements Expression {}

    record DictOf(List<Expression> keys, List<Expression> values) implements Expression {}

    /** {@code owner.name}: an attribute first, then an item. */
    record Attribute(Expression owner, String name) implements Expression {}

    /** {@code owner[key]}: an item first, then an attribute. */
    record Item(Expression owner, Expression key) implements Expression {}

    /** {@code owner[from:to:step]} */
    record Slice(
            Expression owner,
            @Nullable Expression from,
            @Nullable Expression to,
            @Nullable Expression step) implements Expression {}

    record Call(Expression function, Given arguments) implements Expression {}

    /** {@code input | name(arguments)}; without input, the text of a block. */
    record Filter(@Nullable Expression input, String name, Given arguments) implements Expression {}

    /** {@code input is name(arguments)} */
    record Test(Expression input, String name, Given arguments) implements Expression {}

    /** {@code -} or {@code +}. */
    record Sign(boolean minus, Expression operand) implements Expression {}

    record Not(Expression operand) implements Expression {}

    record Binary(String operator, Expression left, Expression right) implements Expression {}

    record And(Expression left, Expression right) implements Expression {}

    record Or(Expression left, Expression right) implements Expression {}

    /** {@code a ~ b ~ c} */
    record Concatenation(List<Expression> items) implements Expression {}

    /** {@code a < b <= c} */
    record Comparison(Expression first, List<Link> links) implements Expression {
        record Link(String operator, Expression operand) {}
    }

    /** {@code then if test else otherwise} */
    record Conditional(
            Expression test, Expression then, @Nullable Expression otherwise, int line) implements Expression {}

    /** What a call is given. */
    record Given(
            List<Expression> positional,
            List<Keyword> named,
            @Nullable Expression list,
            @Nullable Expression dict) {
        static final Given NOTHING = new Given(List.of(), List.of(), null, null);

        record Keyword(String name, Expression value) {}
    }
}
