package dev.keiryo.chat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers of which thoughts and tool calls are stretches between marks. */
final class AnswerParser extends StretchParser {
    private enum State {
        /** Nothing has come yet, so thoughts may begin. */
        BEGIN,
        REASONING,
        CONTENT
    }

    private final ReasoningStyle reasoning;
    private final List<Tool> tools;
    private final List<CallSyntax> syntaxes = new ArrayList<>();
    private final List<String> dropped;
    private final @Nullable CallSyntax bare;
    private State state;
    private boolean mayBeBare;

    AnswerParser(ToolStyle style, ReasoningStyle reasoning, List<Tool> tools, String prompt) {
        super(tools, prompt);
        this.reasoning = reasoning;
        this.tools = List.copyOf(tools);
        this.dropped = style.dropped();
        boolean recipients = style == ToolStyle.FUNCTIONARY_3_2;
        CallSyntax whole = null;
        for (CallSyntax syntax : tools.isEmpty() && !recipients ? List.<CallSyntax>of() : style.syntaxes()) {
            if (syntax.mark().isEmpty()) {
                whole = syntax;
            } else {
                syntaxes.add(syntax);
            }
        }
        this.bare = whole;
        this.mayBeBare = whole != null;
        boolean opened = reasoning.opened(prompt);
        this.state = opened ? State.REASONING : reasoning.open().isEmpty() ? State.CONTENT : State.BEGIN;
        if (opened) {
            collector.border();
        }
        if (recipients && prompt.endsWith(">>>")) {
            pending.append(">>>");
        }
    }

    @Override
    boolean step(boolean end) {
        return switch (state) {
            case BEGIN -> begin(end);
            case REASONING -> reason(end);
            case CONTENT -> content(end);
        };
    }

    private boolean begin(boolean end) {
        int from = CallJson.skipSpace(pending.toString(), 0);
        String rest = pending.substring(from);
        if (rest.startsWith(reasoning.open())) {
            pending.delete(0, from + reasoning.open().length());
            collector.border();
            state = State.REASONING;
            return true;
        }
        if (!end && reasoning.open().startsWith(rest)) {
            return false;
        }
        state = State.CONTENT;
        return true;
    }

    private boolean reason(boolean end) {
        String text = pending.toString();
        int close = text.indexOf(reasoning.close());
        if (close >= 0) {
            collector.reasoning(text.substring(0, close));
            collector.border();
            pending.delete(0, close + reasoning.close().length());
            state = State.CONTENT;
            return true;
        }
        int certain = end ? text.length() : certain(text, List.of(reasoning.close()));
        collector.reasoning(text.substring(0, certain));
        pending.delete(0, certain);
        return false;
    }

    private boolean content(boolean end) {
        if (mayBeBare && bare != null && collector.saidNothing()) {
            String text = pending.toString();
            int from = CallJson.skipSpace(text, 0);
            while (collector.called() && from < text.length() && ";,".indexOf(text.charAt(from)) >= 0) {
                from = CallJson.skipSpace(text, from + 1);
            }
            if (from == text.length()) {
                if (end) {
                    collector.content(text);
                    pending.setLength(0);
                }
                return false;
            }
            boolean marked =
                    syntaxes.stream().anyMatch(s -> begins(text.substring(CallJson.skipSpace(text, 0)), s.mark(), end));
            if (!marked) {
                CallSyntax.Found found = bare.find(text.substring(from), end, tools);
                if (found == null) {
                    return false;
                }
                if (found.length() > 0) {
                    collector.found(found, text.substring(from, from + found.length()));
                    pending.delete(0, from + found.length());
                    return true;
                }
                mayBeBare = false;
            }
        }
        return marked(end);
    }

    /** Whether {@code text} begins with {@code mark}, or may yet do so. */
    private static boolean begins(String text, String mark, boolean end) {
        return text.startsWith(mark) || (!end && mark.startsWith(text));
    }

    /** Content up to the next mark, and what the mark begins. */
    private boolean marked(boolean end) {
        String text = pending.toString();
        List<String> marks = new ArrayList<>(dropped);
        syntaxes.forEach(syntax -> marks.add(syntax.mark()));
        String mark = first(text, marks);
        int next = mark.isEmpty() ? -1 : text.indexOf(mark);
        if (next < 0) {
            int certain = end ? text.length() : certain(text, marks);
            collector.content(text.substring(0, certain));
            pending.delete(0, certain);
            return false;
        }
        if (next > 0) {
            collector.content(text.substring(0, next));
            pending.delete(0, next);
            return true;
        }
        if (dropped.contains(mark)) {
            pending.delete(0, mark.length());
            collector.border();
            return true;
        }
        for (CallSyntax syntax : syntaxes) {
            if (syntax.mark().equals(mark)) {
                CallSyntax.Found found = syntax.find(text, end, tools);
                if (found == null) {
                    return false;
                }
                collector.found(found, text.substring(0, found.length()));
                pending.delete(0, found.length());
                return true;
            }
        }
        return false;
    }
}
