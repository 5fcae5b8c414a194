package dev.keiryo.template;

import dev.keiryo.template.Statement.Target;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Carries out statements. One for each rendering. */
final class Renderer {
    /** How a statement ended. */
    private enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Evaluator evaluator;
    private StringBuilder out = new StringBuilder();
    private int line = 1;

    Renderer(Budget budget) {
        this.budget = budget;
        this.evaluator = new Evaluator(this, budget);
    }

    Budget budget() {
        return budget;
    }

    /** The line that is being carried out. */
    int line() {
        return line;
    }

    String render(List<Statement> template, Scope scope) {
        run(template, scope);
        return out.toString();
    }

    Object evaluate(Expression expression, Scope scope) {
        return evaluator.evaluate(expression, scope);
    }

    /** What statements print, as a string. */
    String capture(List<Statement> body, Scope scope) {
        StringBuilder outer = out;
        int outerLine = line;
        out = new StringBuilder();
        budget.enter();
        run(body, scope);
        budget.leave();
        String text = out.toString();
        out = outer;
        line = outerLine;
        return text;
    }

    private Flow run(List<Statement> statements, Scope scope) {
        for (Statement statement : statements) {
            budget.step();
            Flow flow = run(statement, scope);
            if (flow != Flow.ON) {
                return flow;
            }
        }
        return Flow.ON;
    }

    private Flow run(Statement statement, Scope scope) {
        switch (statement) {
            case Statement.Data data -> print(data.text());
            case Statement.Print print -> {
                line = print.line();
                print(Representation.str(evaluate(print.value(), scope), budget));
            }
            case Statement.If condition -> {
                return condition(condition, scope);
            }
            case Statement.For loop -> loop(loop, scope);
            case Statement.Set set -> {
                line = set.line();
                assign(set.target(), evaluate(set.value(), scope), scope);
            }
            case Statement.SetBlock set -> {
                String text = capture(set.body(), new Scope(scope));
                line = set.line();
                assign(set.target(), set.filter() == null ? text : evaluator.filter(set.filter(), text, scope), scope);
            }
            case Statement.Macro macro ->
                scope.set(macro.definition().name(), new Macro(macro.definition(), scope, this));
            case Statement.CallBlock block -> {
                line = block.line();
                Macro caller = new Macro(block.caller(), scope, this);
                print(Representation.str(evaluator.call(block.call(), scope, caller), budget));
            }
            case Statement.FilterBlock block -> {
                String text = capture(block.body(), new Scope(scope));
                line = block.line();
                print(Representation.str(evaluator.filter(block.filter(), text, scope), budget));
            }
            case Statement.With with -> {
                line = with.line();
                Scope inner = new Scope(scope);
                List<Object> values = new ArrayList<>();
                with.values().forEach(value -> values.add(evaluate(value, scope)));
                for (int i = 0; i < values.size(); i++) {
                    assign(with.targets().get(i), values.get(i), inner);
                }
                return nested(with.body(), inner);
            }
            case Statement.Generation generation -> nested(generation.body(), new Scope(scope));
            case Statement.Do action -> {
                line = action.line();
                evaluate(action.value(), scope);
            }
            case Statement.Break end -> {
                return Flow.BREAK;
            }
            case Statement.Continue next -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.ON;
    }

    private Flow nested(List<Statement> body, Scope scope) {
        budget.enter();
        Flow flow = run(body, scope);
        budget.leave();
        return flow;
    }

    private void print(String text) {
        budget.allocate(text.length());
        out.append(text);
    }

    private Flow condition(Statement.If condition, Scope scope) {
        for (Statement.If.Branch branch : condition.branches()) {
            line = branch.line();
            if (Values.truth(evaluate(branch.test(), scope))) {
                return nested(branch.body(), scope);
            }
        }
        return nested(condition.otherwise(), scope);
    }

    private void loop(Statement.For loop, Scope scope) {
        line = loop.line();
        Object items = evaluate(loop.items(), scope);
        if (loop.recursive()) {
            print(level(loop, items, scope, 0));
        } else {
            iterate(loop, items, scope, 0, null);
        }
    }

    /** One level of a recursive loop. */
    private String level(Statement.For loop, Object items, Scope scope, int depth) {
        StringBuilder outer = out;
        out = new StringBuilder();
        budget.enter();
        iterate(loop, items, scope, depth, (inner, innerDepth) -> level(loop, inner, scope, innerDepth));
        budget.leave();
        String text = out.toString();
        out = outer;
        return text;
    }

    private void iterate(
            Statement.For loop, Object items, Scope scope, int depth, LoopVariables.@Nullable Recursion recursion) {
        Iterator<Object> iterator = Values.iterate(items);
        Expression test = loop.test();
        Object counted = items;
        if (test != null) {
            iterator = Filtered.of(iterator, budget, item -> {
                budget.step();
                Scope inner = new Scope(scope);
                assign(loop.target(), item, inner);
                return Values.truth(evaluate(test, inner));
            });
            counted = new Sequences.Lazy("generator", iterator);
        }
        LoopVariables variables = new LoopVariables(counted, iterator, budget, depth, recursion);
        boolean completed = false;
        for (Object item = variables.next(); item != null; item = variables.next()) {
            budget.steps(4);
            Scope inner = new Scope(scope);
            inner.set("loop", variables);
            assign(loop.target(), item, inner);
            Flow flow = nested(loop.body(), inner);
            if (flow == Flow.BREAK) {
                break;
            }
            // as in Jinja: an iteration that was cut short does not keep "else" from being carried out
            completed |= flow == Flow.ON;
        }
        line = loop.line();
        if (!completed) {
            nested(loop.otherwise(), new Scope(scope));
        }
    }

    private void assign(Target target, Object value, Scope scope) {
        switch (target) {
            case Target.Variable variable -> scope.set(variable.name(), value);
            case Target.Member member -> {
                if (!(scope.get(member.name()) instanceof Namespace namespace)) {
                    throw TemplateFailure.runtime("cannot assign attribute on non-namespace object");
                }
                namespace.set(member.attribute(), value);
            }
            case Target.Several several -> unpack(several.targets(), value, scope);
        }
    }

    private void unpack(List<Target> targets, Object value, Scope scope) {
        if (!Values.isIterable(value)) {
            throw TemplateFailure.type("cannot unpack non-iterable " + Values.typeName(value) + " object");
        }
        Iterator<Object> values = Values.iterate(value);
        List<Object> taken = new ArrayList<>();
        while (values.hasNext()) {
            if (taken.size() == targets.size()) {
                throw TemplateFailure.value("too many values to unpack (expected " + targets.size() + ")");
            }
            taken.add(values.next());
        }
        if (taken.size() < targets.size()) {
            throw TemplateFailure.value(
                    "not enough values to unpack (expected " + targets.size() + ", got " + taken.size() + ")");
        }
        for (int i = 0; i < taken.size(); i++) {
            assign(targets.get(i), taken.get(i), scope);
        }
    }
}
