package dev.keiryo.chat;

import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Triggered;
import dev.keiryo.grammar.Triggered.State;
import dev.keiryo.grammar.Triggered.Way;
import java.util.ArrayList;
import java.util.List;

/** Answers of {@link ToolStyle#FUNCTIONARY_3_2}: stretches that each begin with who they are for. */
final class RecipientGrammar {
    private static final Expression MARK = Expression.literal(">>>");
    private static final int FREE = 1;
    private static final int PROGRAM = 2;

    private RecipientGrammar() {}

    /**
     * Answers with calls or without.
     *
     * @param opened whether the prompt ends with the first mark
     */
    static Frame free(CallGrammar grammar, boolean allowed, boolean opened) {
        RecipientCalls syntax = new RecipientCalls();
        List<Way> behindMark = new ArrayList<>();
        behindMark.add(Way.now(RecipientCalls.beforeContent(), FREE));
        if (allowed) {
            behindMark.add(Way.now(syntax.language(grammar), FREE));
            Frame program = RecipientCalls.beforeProgram(grammar);
            if (program != null) {
                behindMark.add(Way.now(program, PROGRAM));
            }
        }
        List<Way> ways = new ArrayList<>();
        for (Way way : behindMark) {
            ways.add(new Way(MARK, false, way.language(), way.next()));
        }
        List<Way> program = new ArrayList<>(ways);
        program.add(Way.never(Programs.json()).atTheStart());
        State first = opened ? new State(behindMark, false, false) : State.free(ways);
        return Triggered.of(List.of(first, State.free(ways), State.free(program)));
    }

    /** Answers that are calls. */
    static Frame required(CallGrammar grammar, boolean opened) {
        Frame call = new RecipientCalls().language(grammar);
        Frame marked = Frame.sequence(CallGrammar.mark(">>>"), call);
        Frame further = grammar.several() ? Frame.repeat(marked, 0, Expression.UNLIMITED) : Frame.END;
        return Frame.sequence(opened ? call : CallGrammar.behindSpace(marked), further);
    }
}
