package dev.keiryo.chat;

import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Expression.Choice;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Triggered;
import dev.keiryo.grammar.Triggered.State;
import dev.keiryo.grammar.Triggered.Way;
import java.util.ArrayList;
import java.util.List;

/** Answers of {@link ToolStyle#HARMONY}: messages, of which those with a tool's name in their header are calls. */
final class HarmonyGrammar {
    private static final int HEADER = 0;
    private static final int BODY = 1;
    private static final Expression CHANNEL = Expression.mark("<|channel|>");
    private static final Expression MESSAGE = Expression.mark(HarmonyParser.MESSAGE);

    private HarmonyGrammar() {}

    /** Answers with calls or without. */
    static Frame free(CallGrammar grammar, boolean allowed) {
        List<Way> header = new ArrayList<>();
        List<Way> body = new ArrayList<>();
        header.add(Way.after(Expression.literal(HarmonyParser.MESSAGE), Frame.END, BODY));
        Expression to = Expression.literal(HarmonyParser.TO);
        if (allowed) {
            Frame call = call(grammar);
            Frame end =
                    new Choice(HarmonyParser.ENDS.stream().map(Expression::mark).toList()).compile();
            header.add(Way.after(to, Frame.sequence(call, end), HEADER));
            header.add(Way.after(to, call, Triggered.NOTHING));
        } else {
            header.add(Way.never(to));
        }
        for (String end : HarmonyParser.ENDS) {
            body.add(Way.after(Expression.literal(end), Frame.END, HEADER));
        }
        return Triggered.of(List.of(State.free(header), State.free(body)));
    }

    /** Answers that end with a call, behind thoughts. */
    static Frame required(CallGrammar grammar) {
        List<Way> ends = new ArrayList<>();
        for (String end : HarmonyParser.ENDS) {
            boolean usual = end.equals(HarmonyParser.END);
            ends.add(
                    usual
                            ? Way.after(Expression.literal(end), Frame.END, Triggered.NOTHING)
                            : Way.never(Expression.literal(end)));
        }
        Frame thoughts = Frame.sequence(
                Expression.sequence(CHANNEL, Expression.literal("analysis"), MESSAGE)
                        .compile(),
                Triggered.of(List.of(new State(ends, true, false))),
                Expression.sequence(Expression.mark("<|start|>"), Expression.literal("assistant"))
                        .compile());
        Expression header = Expression.sequence(
                CallGrammar.optional(Expression.sequence(CHANNEL, Expression.literal("commentary"))),
                Expression.literal(" " + HarmonyParser.TO));
        return Frame.sequence(Frame.repeat(thoughts, 0, Expression.UNLIMITED), header.compile(), call(grammar));
    }

    /** The name, the rest of the header, and the arguments. */
    private static Frame call(CallGrammar grammar) {
        Expression rest = Expression.sequence(
                CallGrammar.optional(Expression.sequence(CHANNEL, CallGrammar.expression("commentary|analysis"))),
                CallGrammar.optional(Expression.literal(" ")),
                CallGrammar.optional(Expression.sequence(Expression.mark("<|constrain|>"), Expression.literal("json"))),
                MESSAGE);
        return grammar.anyTool(tool ->
                Frame.sequence(CallGrammar.text(grammar.bareName(tool)), rest.compile(), grammar.arguments(tool)));
    }
}
