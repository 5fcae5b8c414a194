package dev.keiryo.chat;

import dev.keiryo.grammar.CodePointSet;
import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Expression.Characters;
import dev.keiryo.grammar.Expression.Repeat;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Triggered;
import dev.keiryo.grammar.Triggered.State;
import dev.keiryo.grammar.Triggered.Way;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Programs that stand in an answer as they are, for a tool that takes one as its argument {@code code}. */
final class Programs {
    /** Keywords that ask nothing of a string. */
    private static final Set<String> PLAIN = Set.of("type", "title", "description", "default", "examples");

    private static final Set<String> PLAIN_OBJECT = Set.of(
            "type", "title", "description", "properties", "required", "additionalProperties", "$schema", "$comment");

    /** What parsers skip. */
    static final Expression SPACE =
            new Repeat(new Characters(CodePointSet.matching(Character::isWhitespace)), 0, Expression.UNLIMITED);

    private static final Expression NAME = new Repeat(
            new Characters(CodePointSet.matching(
                    c -> c < 0x10000 && (Character.isLetterOrDigit((char) c) || "_.-".indexOf(c) >= 0))),
            0,
            Expression.UNLIMITED);

    private Programs() {}

    /** Whether any program at all is a valid argument. */
    static boolean takesAny(Tool tool) {
        Map<String, ?> schema = tool.parameters();
        return PLAIN_OBJECT.containsAll(schema.keySet())
                && schema.get("properties") instanceof Map<?, ?> properties
                && properties.get("code") instanceof Map<?, ?> code
                && "string".equals(code.get("type"))
                && PLAIN.containsAll(code.keySet())
                && (schema.get("required") == null
                        || (schema.get("required") instanceof List<?> required
                                && List.of("code").containsAll(required)));
    }

    /** Where a program begins that would be read as JSON. */
    static Expression json() {
        return Expression.sequence(SPACE, Expression.literal("{"));
    }

    /** A program up to the end of the answer; it is not such as would be read as a call of its own. */
    static Frame toTheEnd() {
        Expression call = Expression.sequence(
                SPACE,
                CallGrammar.optional(Expression.sequence(Expression.literal("["), SPACE)),
                NAME,
                Expression.literal(".call"),
                SPACE,
                Expression.literal("("));
        return Triggered.of(List.of(State.free(
                List.of(Way.never(json()).atTheStart(), Way.never(call).atTheStart()))));
    }
}
