package dev.keiryo.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What does something. */
sealed interface Statement {
    record Data(String text) implements Statement {}

    record Print(Expression value, int line) implements Statement {}

    record For(
            Target target,
            Expression items,
            @Nullable Expression test,
            boolean recursive,
            List<Statement> body,
            List<Statement> otherwise,
            int line)
            implements Statement {}

    record If(List<Branch> branches, List<Statement> otherwise) implements Statement {
        record Branch(Expression test, List<Statement> body, int line) {}
    }

    record Set(Target target, Expression value, int line) implements Statement {}

    /** {@code {% set x %}…{% endset %}} */
    record SetBlock(Target target, Expression.@Nullable Filter filter, List<Statement> body, int line)
            implements Statement {}

    /** {@code {% macro name(…) %}…{% endmacro %}} */
    record Macro(Definition definition, int line) implements Statement {}

    /** {@code {% call(…) f(…) %}…{% endcall %}} */
    record CallBlock(Definition caller, Expression.Call call, int line) implements Statement {}

    record FilterBlock(Expression.Filter filter, List<Statement> body, int line) implements Statement {}

    record With(List<Target> targets, List<Expression> values, List<Statement> body, int line) implements Statement {}

    /** {@code {% generation %}…{% endgeneration %}}: marks what a model is trained on; here only a scope. */
    record Generation(List<Statement> body) implements Statement {}

    record Do(Expression value, int line) implements Statement {}

    record Break() implements Statement {}

    record Continue() implements Statement {}

    /**
     * A macro's text.
     *
     * @param name empty for what a {@code call} block passes on
     * @param defaults of the last parameters
     * @param caller whether the body uses {@code caller}, and so on
     */
    record Definition(
            String name,
            List<String> parameters,
            List<Expression> defaults,
            List<Statement> body,
            boolean caller,
            boolean varargs,
            boolean kwargs) {}

    /** What can be assigned to. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        record Several(List<Target> targets) implements Target {}

        /** {@code name.attribute} of a namespace. */
        record Member(String name, String attribute) implements Target {}
    }
}
