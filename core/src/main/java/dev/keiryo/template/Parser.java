package dev.keiryo.template;

import dev.keiryo.template.Statement.Definition;
import dev.keiryo.template.Statement.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Statements. Source: Jinja 3.1, "Template Designer Documentation", <i>List of Control Structures</i>. */
final class Parser {
    /** Statements within statements. */
    private static final int DEPTH = 60;

    private static final Set<String> OTHER_FILES = Set.of("include", "import", "from", "extends", "block");

    private final TokenStream stream;
    private final ExpressionParser expressions;
    private int depth;
    private int loops;

    private Parser(TokenStream stream) {
        this.stream = stream;
        this.expressions = new ExpressionParser(stream);
    }

    static List<Statement> parse(String source) {
        Parser parser = new Parser(new TokenStream(Lexer.tokens(source)));
        return parser.statements(Set.of());
    }

    /** Statements up to a tag that {@code ends} names, which becomes the current token. */
    private List<Statement> statements(Set<String> ends) {
        if (++depth > DEPTH) {
            throw stream.fail("blocks are nested more than " + DEPTH + " levels deep");
        }
        List<Statement> out = new ArrayList<>();
        while (true) {
            Token token = stream.next();
            switch (token.type()) {
                case DATA -> out.add(new Statement.Data(token.text()));
                case VARIABLE_BEGIN -> {
                    out.add(new Statement.Print(expressions.tuple(false, true, "", false), token.line()));
                    stream.expect(Token.Type.VARIABLE_END);
                }
                case BLOCK_BEGIN -> {
                    if (stream.current().type() == Token.Type.NAME
                            && ends.contains(stream.current().text())) {
                        depth--;
                        return out;
                    }
                    statement(out);
                    stream.expect(Token.Type.BLOCK_END);
                }
                default -> {
                    if (!ends.isEmpty()) {
                        throw new SyntaxFailure(
                                token.line(),
                                "Unexpected end of template. Jinja was looking for the following tags: "
                                        + String.join(
                                                " or ", ends.stream().sorted().toList()) + ".");
                    }
                    depth--;
                    return out;
                }
            }
        }
    }

    /** A statement's text: from the end of its tag to the tag that {@code ends} names. */
    private List<Statement> body(Set<String> ends) {
        stream.skipOperator(":");
        stream.expect(Token.Type.BLOCK_END);
        return statements(ends);
    }

    /** As {@link #body}, and the closing tag's name is read too. */
    private List<Statement> closedBody(String end) {
        List<Statement> body = body(Set.of(end));
        stream.next();
        return body;
    }

    private void statement(List<Statement> out) {
        Token tag = stream.current();
        if (tag.type() != Token.Type.NAME) {
            throw stream.fail("tag name expected");
        }
        int line = tag.line();
        stream.next();
        switch (tag.text()) {
            case "for" -> out.add(loop(line));
            case "if" -> out.add(condition(line));
            case "set" -> out.add(assignment(line));
            case "macro" -> out.add(new Statement.Macro(macro(), line));
            case "call" -> out.add(callBlock(line));
            case "filter" -> {
                Expression.Filter filter = filters(expressions.filter(null));
                out.add(new Statement.FilterBlock(filter, scoped("endfilter"), line));
            }
            case "with" -> out.add(with(line));
            case "generation" -> out.add(new Statement.Generation(scoped("endgeneration")));
            case "print" -> {
                do {
                    out.add(new Statement.Print(expressions.expression(true), line));
                } while (stream.skipOperator(","));
            }
            case "do" -> out.add(new Statement.Do(expressions.tuple(false, true, "", false), line));
            case "break", "continue" -> {
                if (loops == 0) {
                    throw new SyntaxFailure(line, "'" + tag.text() + "' outside of a loop");
                }
                out.add(tag.text().equals("break") ? new Statement.Break() : new Statement.Continue());
            }
            default ->
                throw new SyntaxFailure(
                        line,
                        OTHER_FILES.contains(tag.text())
                                ? "'" + tag.text() + "' is not supported: a chat template is one file"
                                : tag.text().equals("autoescape")
                                        ? "'autoescape' is not supported: chat templates are not HTML"
                                        : "Encountered unknown tag " + Representation.quoted(tag.text()) + ".");
        }
    }

    /** A body in a scope of its own. */
    private List<Statement> scoped(String end) {
        boolean lenient = expressions.lenient(false);
        int outerLoops = loops;
        loops = 0;
        List<Statement> body = closedBody(end);
        loops = outerLoops;
        expressions.lenient(lenient);
        return body;
    }

    private Statement loop(int line) {
        Target target = target(false, "in");
        if (assignsLoop(target)) {
            throw new SyntaxFailure(line, "Can't assign to special loop variable in for-loop target");
        }
        stream.expectName("in");
        boolean lenient = expressions.lenient(false);
        Expression items = expressions.tuple(false, false, "recursive", false);
        Expression test = stream.skipName("if") ? expressions.expression(true) : null;
        boolean recursive = stream.skipName("recursive");
        loops++;
        List<Statement> body = body(Set.of("endfor", "else"));
        loops--;
        List<Statement> otherwise = stream.next().isName("else") ? closedBody("endfor") : List.of();
        expressions.lenient(lenient);
        return new Statement.For(target, items, test, recursive, body, otherwise, line);
    }

    private static boolean assignsLoop(Target target) {
        return switch (target) {
            case Target.Variable variable -> variable.name().equals("loop");
            case Target.Member member -> false;
            case Target.Several several -> several.targets().stream().anyMatch(Parser::assignsLoop);
        };
    }

    private Statement condition(int begin) {
        List<Statement.If.Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        boolean lenient = expressions.lenient(true);
        int line = begin;
        while (true) {
            Expression test = expressions.tuple(false, false, "", false);
            branches.add(new Statement.If.Branch(test, body(Set.of("elif", "else", "endif")), line));
            Token end = stream.next();
            line = end.line();
            if (end.isName("elif")) {
                continue;
            }
            if (end.isName("else")) {
                otherwise = closedBody("endif");
            }
            expressions.lenient(lenient);
            return new Statement.If(branches, otherwise);
        }
    }

    private Statement assignment(int line) {
        Target target = target(true, "");
        if (stream.skipOperator("=")) {
            return new Statement.Set(target, expressions.tuple(false, true, "", false), line);
        }
        Expression.Filter filter = stream.skipOperator("|") ? filters(expressions.filter(null)) : null;
        return new Statement.SetBlock(target, filter, scoped("endset"), line);
    }

    /** Further filters behind {@code first}. */
    private Expression.Filter filters(Expression.Filter first) {
        Expression.Filter filter = first;
        while (stream.skipOperator("|")) {
            filter = expressions.filter(filter);
        }
        return filter;
    }

    private Definition macro() {
        String name = stream.expect(Token.Type.NAME).text();
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        expressions.beginReads();
        signature(parameters, defaults);
        return definition(name, parameters, defaults, "endmacro");
    }

    private Statement callBlock(int line) {
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        expressions.beginReads();
        if (stream.isOperator("(")) {
            signature(parameters, defaults);
        }
        Expression call = expressions.expression(true);
        if (!(call instanceof Expression.Call called)) {
            throw new SyntaxFailure(line, "expected call");
        }
        return new Statement.CallBlock(definition("", parameters, defaults, "endcall"), called, line);
    }

    private Definition definition(String name, List<String> parameters, List<Expression> defaults, String end) {
        List<Statement> body = scoped(end);
        Set<String> reads = expressions.endReads();
        return new Definition(
                name,
                parameters,
                defaults,
                body,
                reads.contains("caller"),
                reads.contains("varargs"),
                reads.contains("kwargs"));
    }

    private void signature(List<String> parameters, List<Expression> defaults) {
        stream.expectOperator("(");
        while (!stream.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                stream.expectOperator(",");
            }
            parameters.add(stream.expect(Token.Type.NAME).text());
            if (stream.skipOperator("=")) {
                defaults.add(expressions.expression(true));
            } else if (!defaults.isEmpty()) {
                throw stream.fail("non-default argument follows default argument");
            }
        }
    }

    private Statement with(int line) {
        List<Target> targets = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (stream.current().type() != Token.Type.BLOCK_END) {
            if (!targets.isEmpty()) {
                stream.expectOperator(",");
            }
            targets.add(target(false, ""));
            stream.expectOperator("=");
            values.add(expressions.expression(true));
        }
        boolean lenient = expressions.lenient(false);
        List<Statement> body = closedBody("endwith");
        expressions.lenient(lenient);
        return new Statement.With(targets, values, body, line);
    }

    /** @param members whether attributes of namespaces can be assigned to */
    private Target target(boolean members, String end) {
        Token token = stream.current();
        List<Target> targets = new ArrayList<>();
        boolean several = false;
        while (!(stream.current().type() == Token.Type.BLOCK_END
                || stream.isOperator(")")
                || (!end.isEmpty() && stream.current().isName(end)))) {
            targets.add(oneTarget(members));
            if (!stream.skipOperator(",")) {
                break;
            }
            several = true;
        }
        if (targets.isEmpty() && !several) {
            throw stream.fail("Expected an expression, got '" + stream.current().describe() + "'");
        }
        if (!several) {
            return targets.getFirst();
        }
        if (targets.isEmpty()) {
            throw new SyntaxFailure(token.line(), "can't assign to 'tuple'");
        }
        return new Target.Several(targets);
    }

    private Target oneTarget(boolean members) {
        Token token = stream.current();
        if (members && token.type() == Token.Type.NAME && stream.look().isOperator(".")) {
            stream.next();
            stream.next();
            return new Target.Member(
                    token.text(), stream.expect(Token.Type.NAME).text());
        }
        if (stream.skipOperator("(")) {
            Target target = target(members, "");
            stream.expectOperator(")");
            return target;
        }
        Target target = variable(token);
        if (target == null) {
            throw new SyntaxFailure(
                    token.line(),
                    token.type() == Token.Type.NAME || token.type() != Token.Type.OPERATOR
                            ? "can't assign to '" + token.describe() + "'"
                            : "unexpected '" + token.describe() + "'");
        }
        return target;
    }

    private @Nullable Target variable(Token token) {
        Set<String> constants = Set.of("true", "True", "false", "False", "none", "None");
        if (token.type() != Token.Type.NAME || constants.contains(token.text())) {
            return null;
        }
        stream.next();
        return new Target.Variable(token.text());
    }
}
