package dev.keiryo.grammar.schema;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.UnenforceableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compiles JSON Schema, draft 2020-12, to the language of its instances: every JSON text, with any white space, escapes,
 * spelling of numbers and order of members, whose value is valid, and no other. Objects with a key twice and strings with
 * lone surrogates are no instances.
 *
 * <p>Source: JSON Schema Core and Validation, draft 2020-12.
 */
public final class JsonSchemas {
    private static final int MOST_CONSTRAINTS = 20_000;

    private JsonSchemas() {}

    /** {@link #compile(String, String, SchemaOptions)} with the default options. */
    public static Frame compile(String source, String schema) throws FormatException {
        return compile(source, schema, SchemaOptions.DEFAULT);
    }

    /**
     * The frame that reads a document that is valid.
     *
     * @param source where the schema is from, for messages
     * @throws FormatException where the schema is malformed, or no value is valid
     * @throws UnenforceableException where a keyword cannot be enforced, or is not known
     */
    public static Frame compile(String source, String schema, SchemaOptions options) throws FormatException {
        return new DocumentFrame(new ValueFrame(constraint(source, schema, options)));
    }

    /**
     * The frame that reads the text of a string that is valid, without quotation marks and escapes. Other values are not read.
     *
     * @throws FormatException where the schema is malformed, or no string is valid
     * @throws UnenforceableException as {@link #compile}
     */
    public static Frame compileText(String source, String schema, SchemaOptions options) throws FormatException {
        List<Frame> strings = new ArrayList<>();
        for (Plan plan : constraint(source, schema, options).plans) {
            if (plan instanceof StringPlan string) {
                strings.add(string.text());
            }
        }
        if (strings.isEmpty()) {
            throw new FormatException(
                    source, "no string is valid under this schema; see what its keywords ask together");
        }
        return Frame.choice(strings);
    }

    private static Constraint constraint(String source, String schema, SchemaOptions options) throws FormatException {
        SchemaNode root = new SchemaParser(source, options).parse(schema);
        Compilation c = new Compilation(options);
        Constraint constraint = c.constraint(Set.of(c.literal(root, Scope.NONE)));
        Set<Constraint> all = plan(constraint, c);
        settle(List.copyOf(all).reversed());
        if (!constraint.possible()) {
            throw new FormatException(
                    source, "no value is valid under this schema; see what its keywords ask together");
        }
        if (constraint.fewest > Frame.ENDLESS / 2) {
            throw new UnenforceableException("#", "minItems", "a value has over " + constraint.fewest + " bytes");
        }
        return constraint;
    }

    /** Plans for {@code root} and all that can be inside. */
    private static Set<Constraint> plan(Constraint root, Compilation c) {
        Map<Shape, Plan> plans = new LinkedHashMap<>();
        Set<Constraint> all = new LinkedHashSet<>(Set.of(root));
        List<Constraint> queue = new ArrayList<>(all);
        for (int i = 0; i < queue.size(); i++) {
            Constraint constraint = queue.get(i);
            Set<Plan> own = new LinkedHashSet<>();
            for (Kind kind : Kind.values()) {
                for (Shape shape : c.shapes(constraint.literals, kind)) {
                    Plan plan = plans.get(shape);
                    if (plan == null) {
                        plan = plan(shape, c, constraint);
                        plans.put(shape, plan);
                    }
                    own.add(plan);
                }
            }
            constraint.plans = List.copyOf(own);
            for (Plan plan : own) {
                for (Constraint child : plan.children()) {
                    if (all.add(child)) {
                        queue.add(child);
                    }
                }
            }
            if (queue.size() > MOST_CONSTRAINTS) {
                throw new UnenforceableException(
                        Compilation.where(constraint.literals),
                        "allOf",
                        "schemas combine in more than " + MOST_CONSTRAINTS + " ways; simplify them");
            }
        }
        return all;
    }

    private static Plan plan(Shape shape, Compilation c, Constraint constraint) {
        String keyword = "pattern";
        try {
            return switch (shape) {
                case Shape.Constant constant -> ConstantPlan.of(constant.kind(), c.options.python());
                case NumberShape number -> new NumberPlan(number, c.options.doubles());
                case StringShape string -> new StringPlan(c.strings.text(string), string.least(), string.most());
                case ArrayShape array -> new ArrayPlan(array, c);
                case ObjectShape object -> {
                    keyword = "properties";
                    yield new ObjectPlan(object, c);
                }
            };
        } catch (Dfa.TooLarge e) {
            throw new UnenforceableException(
                    Compilation.where(constraint.literals), keyword, "it needs " + e.getMessage());
        }
    }

    /** The least fixed point of the fewest bytes of each value: what is never given a number has no values. */
    private static void settle(List<Constraint> all) {
        Map<Plan, Long> constant = new HashMap<>();
        boolean changed = true;
        while (changed) {
            changed = false;
            for (Constraint constraint : all) {
                long fewest = Plan.NEVER;
                for (Plan plan : constraint.plans) {
                    Long known = constant.get(plan);
                    long bytes = known == null ? plan.fewest() : known;
                    if (known == null && plan.children().isEmpty()) {
                        constant.put(plan, bytes);
                    }
                    fewest = Math.min(fewest, bytes);
                }
                if (fewest < constraint.fewest) {
                    constraint.fewest = fewest;
                    changed = true;
                }
            }
        }
        for (Constraint constraint : all) {
            constraint.plans = constraint.plans.stream()
                    .filter(p -> p.fewest() < Plan.NEVER)
                    .toList();
        }
    }
}
