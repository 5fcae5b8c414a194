package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.UnenforceableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Turns rules into shapes: a disjunctive normal form for each kind of value, with negation at the assertions. Everything is
 * computed once for each schema, scope, kind and side. The work is bounded, so that a small schema cannot take long.
 */
final class Compilation {
    private static final int MOST_SHAPES = 2_000;
    private static final int MOST_WORK = 3_000_000;
    private static final int MOST_LEVELS = 250;
    /** How far ahead it is looked for a contradiction between two schemas. */
    private static final int LOOK_AHEAD = 4;

    private record Question(Literal literal, Kind kind) {}

    private final Map<Question, List<Shape>> answers = new HashMap<>();
    private final Set<Question> asked = new LinkedHashSet<>();
    private final Map<Set<Literal>, Constraint> constraints = new LinkedHashMap<>();
    private final Map<JsonNode, Literal> constants = new HashMap<>();
    private final Map<Set<Literal>, Literal> eithers = new HashMap<>();
    /** What the strings of a schema are. */
    final StringLanguages strings = new StringLanguages(this);

    final SchemaOptions options;

    private String keyword = "$ref";
    private String pointer = "#";
    private int probing;
    private long work;

    /** A probe has come to something that is being computed. */
    private static final class Unknown extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unknown() {
            super(null, null, false, false);
        }
    }

    Compilation(SchemaOptions options) {
        this.options = options;
    }

    Literal literal(SchemaNode node, Scope scope) {
        return new Literal(node, node.resource == null ? scope : scope.enter(node.resource), true);
    }

    /** Equality with a value. */
    Literal constant(JsonNode value, String where) {
        return constants.computeIfAbsent(
                value,
                v -> new Literal(SchemaNode.of(where, new EnumRule("const", where, List.of(v))), Scope.NONE, true));
    }

    Literal either(Set<Literal> some, Literal other) {
        Set<Literal> all = new LinkedHashSet<>(some);
        all.add(other);
        if (all.stream().anyMatch(Literal::isTrue)) {
            return Literal.TRUE;
        }
        all.removeIf(Literal::isFalse);
        return switch (all.size()) {
            case 0 -> Literal.FALSE;
            case 1 -> all.iterator().next();
            default ->
                eithers.computeIfAbsent(
                        all, s -> new Literal(SchemaNode.of(pointer, new Applicator.Either(s)), Scope.NONE, true));
        };
    }

    Constraint constraint(Set<Literal> literals) {
        Set<Literal> kept = new LinkedHashSet<>();
        for (Literal l : literals) {
            if (l.isFalse() || literals.contains(l.not())) {
                kept = Set.of(Literal.FALSE);
                break;
            }
            if (!l.isTrue()) {
                kept.add(l);
            }
        }
        return constraints.computeIfAbsent(kept, k -> new Constraint(k, options.whitespace()));
    }

    /** The alternatives for a value of {@code kind} that is what all of {@code constraint} ask. */
    List<Shape> shapes(Set<Literal> constraint, Kind kind) {
        List<Shape> shapes = Shape.always(kind);
        for (Literal literal : constraint) {
            if (literal.passes()) {
                shapes = and(shapes, shapes(literal, kind));
            }
        }
        for (Literal literal : constraint) {
            if (!literal.passes()) {
                shapes = andNot(shapes, literal.not(), kind);
            }
        }
        return shapes;
    }

    List<Shape> shapes(Literal literal, Kind kind) {
        if (literal.isTrue() || literal.isFalse()) {
            return Shape.when(literal.isTrue(), kind);
        }
        Question question = new Question(literal, kind);
        List<Shape> known = answers.get(question);
        if (known != null) {
            return known;
        }
        String keywordBefore = keyword;
        String pointerBefore = pointer;
        if (!asked.add(question)) {
            if (probing > 0) {
                throw new Unknown();
            }
            throw new UnenforceableException(
                    literal.node().pointer, keyword, "the schema refers to itself without anything read in between");
        }
        if (asked.size() > MOST_LEVELS) {
            asked.remove(question);
            if (probing > 0) {
                throw new Unknown();
            }
            throw new UnenforceableException(
                    literal.node().pointer, keyword, "schemas refer to one another more than " + MOST_LEVELS + " deep");
        }
        try {
            pointer = literal.node().pointer;
            List<Shape> shapes = literal.passes() ? passes(literal, kind) : fails(literal, kind);
            answers.put(question, shapes);
            return shapes;
        } finally {
            asked.remove(question);
            keyword = keywordBefore;
            pointer = pointerBefore;
        }
    }

    private List<Shape> passes(Literal literal, Kind kind) {
        List<Rule> rules = literal.node().rules();
        for (Rule rule : rules) {
            if (rule instanceof Unevaluated u && u.of() == kind) {
                keyword = rule.keyword();
                return bounded(u.passes(kind, literal.scope(), this));
            }
        }
        List<Shape> shapes = Shape.always(kind);
        for (Rule rule : rules) {
            keyword = rule.keyword();
            shapes = rule.restrict(shapes, kind, literal.scope(), this);
        }
        return bounded(shapes);
    }

    private List<Shape> fails(Literal literal, Kind kind) {
        List<Shape> shapes = new ArrayList<>();
        for (Rule rule : literal.node().rules()) {
            keyword = rule.keyword();
            shapes.addAll(rule.fails(kind, literal.scope(), this));
        }
        return bounded(shapes);
    }

    List<Rule.Branch> branches(Literal literal, Kind kind) {
        if (!literal.passes()) {
            return Rule.Branch.of(shapes(literal, kind));
        }
        if (literal.isFalse()) {
            return List.of();
        }
        shapes(literal, kind); // finds loops
        List<Rule> rules = literal.node().rules();
        for (Rule rule : rules) {
            if (rule instanceof Unevaluated u && u.of() == kind) {
                return rule.branches(kind, literal.scope(), this);
            }
        }
        List<Rule.Branch> branches = Rule.Branch.of(Shape.always(kind));
        for (Rule rule : rules) {
            branches = join(branches, rule.branches(kind, literal.scope(), this));
        }
        return branches;
    }

    List<Rule.Branch> join(List<Rule.Branch> a, List<Rule.Branch> b) {
        List<Rule.Branch> both = new ArrayList<>();
        for (Rule.Branch x : a) {
            for (Rule.Branch y : b) {
                Shape shape = x.shape().and(y.shape());
                work();
                if (shape != null && !(a.size() > 1 && b.size() > 1 && isEmpty(shape, LOOK_AHEAD - probing))) {
                    both.add(new Rule.Branch(
                            shape,
                            Shape.union(x.names(), y.names()),
                            Math.max(x.prefix(), y.prefix()),
                            Shape.union(x.matched(), y.matched())));
                }
            }
            tooMany(both.size());
        }
        return both;
    }

    /** What is in one of {@code a} and in one of {@code b}. */
    List<Shape> and(List<Shape> a, List<Shape> b) {
        Set<Shape> both = new LinkedHashSet<>();
        boolean look = a.size() > 1 && b.size() > 1;
        for (Shape x : a) {
            List<Shape> joined = new ArrayList<>();
            for (Shape y : b) {
                Shape shape = x.and(y);
                work();
                if (shape != null && !(look && isEmpty(shape, LOOK_AHEAD - probing))) {
                    joined.add(shape);
                }
            }
            if (joined.contains(x)) {
                both.add(x); // the others are parts of it
            } else {
                both.addAll(joined);
            }
            tooMany(both.size());
        }
        return List.copyOf(both);
    }

    /** What is in one of {@code given}, and not as {@code literal} asks. */
    List<Shape> andNot(List<Shape> given, Literal literal, Kind kind) {
        List<Shape> excluded = shapes(literal, kind);
        List<Shape> kept = new ArrayList<>();
        List<Shape> cut = new ArrayList<>();
        for (Shape shape : given) {
            boolean apart = true;
            for (Shape e : excluded) {
                Shape both = shape.and(e);
                work();
                if (both != null && !isEmpty(both, LOOK_AHEAD - probing)) {
                    apart = false;
                    break;
                }
            }
            (apart ? kept : cut).add(shape);
        }
        if (!cut.isEmpty()) {
            kept.addAll(and(cut, shapes(literal.not(), kind)));
        }
        return kept;
    }

    private void work() {
        if (++work > MOST_WORK) {
            throw new UnenforceableException(
                    pointer, keyword, "the schema's alternatives multiply beyond " + MOST_WORK + " steps; simplify it");
        }
    }

    private void tooMany(int shapes) {
        if (shapes > MOST_SHAPES) {
            throw new UnenforceableException(
                    pointer,
                    keyword,
                    "together with its neighbours it makes more than " + MOST_SHAPES + " alternatives; simplify it");
        }
    }

    private List<Shape> bounded(List<Shape> shapes) {
        List<Shape> distinct = List.copyOf(new LinkedHashSet<>(shapes));
        tooMany(distinct.size());
        return distinct;
    }

    /** Whether a shape has no values for a reason that is seen at once. */
    private boolean isEmpty(Shape shape, int depth) {
        if (depth <= 0) {
            return false;
        }
        return switch (shape) {
            case ObjectShape object -> {
                for (ObjectShape.Members some : object.some()) {
                    if (some.names() instanceof Names.One one && isEmpty(object.member(one.name(), this), depth - 1)) {
                        yield true;
                    }
                }
                yield false;
            }
            case ArrayShape array -> {
                for (ArrayShape.Items items : array.every()) {
                    if (items.from() < array.least()
                            && items.to() == items.from() + 1
                            && isEmpty(array.item(items.from()), depth - 1)) {
                        yield true;
                    }
                }
                yield false;
            }
            case NumberShape number -> new NumberPlan(number, options.doubles()).fewest() >= Plan.NEVER;
            case StringShape string -> false;
            case Shape.Constant constant -> false;
        };
    }

    private boolean isEmpty(Set<Literal> literals, int depth) {
        if (literals.contains(Literal.FALSE)) {
            return true;
        }
        if (literals.size() < 2) {
            return false;
        }
        probing++;
        try {
            for (Kind kind : Kind.values()) {
                for (Shape shape : shapes(literals, kind)) {
                    if (!isEmpty(shape, depth)) {
                        return false;
                    }
                }
            }
            return true;
        } catch (Unknown e) {
            return false;
        } finally {
            probing--;
        }
    }

    /** Where an error is. */
    static String where(Set<Literal> literals) {
        return literals.isEmpty()
                ? "#"
                : literals.stream()
                        .map(l -> l.node().pointer)
                        .distinct()
                        .limit(3)
                        .collect(Collectors.joining(", "));
    }
}
