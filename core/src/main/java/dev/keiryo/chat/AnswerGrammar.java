package dev.keiryo.chat;

import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Triggered;
import dev.keiryo.grammar.Triggered.State;
import dev.keiryo.grammar.Triggered.Way;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The language of whole answers: thoughts, content, and calls that are valid. What {@link AnswerParser} reads, it allows or forbids. */
final class AnswerGrammar {
    private final ToolStyle style;
    private final ReasoningStyle reasoning;
    private final CallGrammar grammar;
    private final List<CallSyntax> marked = new ArrayList<>();
    private final @Nullable BareCalls bare;

    AnswerGrammar(ToolStyle style, ReasoningStyle reasoning, CallGrammar grammar) {
        this.style = style;
        this.reasoning = reasoning;
        this.grammar = grammar;
        BareCalls whole = null;
        for (CallSyntax syntax : style.syntaxes()) {
            if (syntax instanceof BareCalls calls) {
                whole = calls;
            } else {
                marked.add(syntax);
            }
        }
        this.bare = whole;
    }

    /**
     * Answers with calls or without.
     *
     * @param allowed whether there may be calls
     * @param thinking whether the answer begins within thoughts
     */
    Frame free(boolean allowed, boolean thinking) {
        List<State> states = new ArrayList<>();
        boolean thinks = !reasoning.open().isEmpty();
        int content = thinks && !thinking ? 2 : thinks ? 1 : 0;
        int rest = content + 1;
        List<Way> begin = new ArrayList<>(marked(allowed, rest));
        begin.addAll(bare(allowed, rest));
        if (thinks) {
            State thoughts = State.free(List.of(Way.after(Expression.literal(reasoning.close()), Frame.END, content)));
            if (!thinking) {
                Expression open = Expression.sequence(Programs.SPACE, Expression.literal(reasoning.open()));
                List<Way> first = new ArrayList<>(begin);
                first.add(Way.after(open, Frame.END, 1).atTheStart());
                states.add(State.free(first));
            }
            states.add(thoughts);
        }
        states.add(State.free(begin));
        states.add(State.free(marked(allowed, rest)));
        return Triggered.of(states);
    }

    /** The ways to calls that have a mark, and from them to {@code next}. */
    private List<Way> marked(boolean allowed, int next) {
        List<Way> ways = new ArrayList<>();
        for (CallSyntax syntax : marked) {
            Expression mark = Expression.literal(syntax.mark());
            if (!allowed) {
                ways.add(Way.never(mark));
                continue;
            }
            if (bare == null) {
                ways.add(Way.after(mark, syntax.language(grammar), next));
            } else {
                // what comes behind a call might be read as another one without a mark
                Frame further = Frame.repeat(further(), 0, Expression.UNLIMITED);
                Frame calls = Frame.sequence(
                        syntax.language(grammar), further, CallGrammar.space().compile());
                ways.add(Way.after(mark, calls, Triggered.NOTHING));
            }
            Frame last = syntax.last(grammar);
            if (last != null) {
                ways.add(Way.after(mark, last, Triggered.NOTHING));
            }
        }
        return ways;
    }

    /** The ways of an answer that has no mark: calls, JSON that is none, or no such JSON. */
    private List<Way> bare(boolean allowed, int next) {
        if (bare == null) {
            return List.of();
        }
        List<Way> ways = new ArrayList<>();
        ways.add(Way.never(BareCalls.head()).atTheStart());
        Frame space = Programs.SPACE.compile();
        if (allowed) {
            ways.add(Way.now(Frame.sequence(space, bare.language(grammar)), Triggered.NOTHING));
        }
        Frame json = PlainJson.frame(
                grammar.tools(), marked.stream().map(CallSyntax::mark).toList());
        ways.add(Way.now(Frame.sequence(space, json), next));
        ways.add(Way.now(Frame.sequence(space, CallGrammar.text(BareCalls.FENCE), json), next));
        return ways;
    }

    /** Another call with its mark, behind white space. */
    private Frame further() {
        return CallGrammar.behindSpace(Frame.choice(marked.stream()
                .map(syntax -> Frame.sequence(CallGrammar.mark(syntax.mark()), syntax.language(grammar)))
                .toList()));
    }

    /** Answers that are calls, behind thoughts where the model thinks. */
    Frame required(boolean thinking) {
        Frame calls = CallGrammar.behindSpace(calls());
        if (reasoning.open().isEmpty()) {
            return calls;
        }
        Way close = Way.after(Expression.literal(reasoning.close()), calls, Triggered.NOTHING);
        Frame thoughts = Triggered.of(List.of(new State(List.of(close), true, false)));
        return thinking
                ? thoughts
                : Frame.choice(List.of(
                        calls, CallGrammar.behindSpace(Frame.sequence(CallGrammar.mark(reasoning.open()), thoughts))));
    }

    private Frame calls() {
        List<Frame> ways = new ArrayList<>();
        Frame space = CallGrammar.space().compile();
        for (CallSyntax syntax : marked) {
            Frame mark = CallGrammar.mark(syntax.mark());
            Frame call = Frame.sequence(mark, syntax.language(grammar));
            Frame calls =
                    grammar.several() ? Frame.sequence(call, Frame.repeat(further(), 0, Expression.UNLIMITED)) : call;
            ways.add(Frame.sequence(section(0), calls, section(1), space));
            Frame last = syntax.last(grammar);
            if (last != null) {
                ways.add(Frame.sequence(mark, last));
            }
        }
        if (bare != null) {
            ways.add(bare.language(grammar));
        }
        return Frame.choice(ways);
    }

    /** The mark that stands before all calls, or behind them, where the style has such. */
    private Frame section(int which) {
        if (!style.hasSections()) {
            return Frame.END;
        }
        Expression mark = Expression.mark(style.dropped().get(which));
        return CallGrammar.optional(
                        which == 0
                                ? Expression.sequence(mark, CallGrammar.space())
                                : Expression.sequence(CallGrammar.space(), mark))
                .compile();
    }
}
