package dev.keiryo.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One byte being read. Each frame reads it once, whoever called it: what is below it is put together afterwards (as in
 * generalized LL parsing, Scott and Johnstone 2010), so that callers in any number cost no more than there are frames.
 */
final class Step {
    /** Frames that may read one byte: far more than any sane grammar needs, few enough to be quick. */
    private static final int MOST_READERS = 20_000;

    private static final Comparator<Stack> BY_SERIAL = Comparator.comparingInt(s -> s.serial);

    private final Machine machine;
    private final int b;
    private final Map<Frame, Reader> readers = new LinkedHashMap<>();
    private final ArrayDeque<Runnable> open = new ArrayDeque<>();
    private final List<Went> went = new ArrayList<>();

    Step(Machine machine, int b) {
        this.machine = machine;
        this.b = b;
    }

    /** A frame that reads the byte, and what called it: stacks from before, and readers that go on as a frame. */
    private static final class Reader {
        final Frame frame;
        final Set<Stack> old = new LinkedHashSet<>();
        final Set<Caller> callers = new LinkedHashSet<>();
        /** It may end before the byte, so that what is below reads it too. */
        boolean ended;

        boolean entered;
        Stack @Nullable [] below;

        Reader(Frame frame) {
            this.frame = frame;
        }
    }

    /** {@code reader} called, and goes on as {@code back}; where that is {@link Frame#END}, it has ended itself. */
    private record Caller(Reader reader, Frame back) {}

    /** Where the byte led a reader. */
    private record Went(Reader reader, Frame frame) {}

    /** The stacks that the byte leads to, ascending by serial, no two with equal tops. */
    Stack[] read(State state) {
        for (Stack s : state.stacks) {
            addOld(s);
        }
        while (!open.isEmpty()) {
            open.remove().run();
        }
        if (went.isEmpty()) {
            return new Stack[0];
        }
        Map<Frame, Set<Stack>> tops = new LinkedHashMap<>();
        for (Went w : went) {
            Stack[] below = below(w.reader);
            if (w.frame == Frame.END) {
                for (Stack s : below) {
                    Collections.addAll(tops.computeIfAbsent(s.top, f -> new LinkedHashSet<>()), s.below);
                }
            } else {
                Collections.addAll(tops.computeIfAbsent(w.frame, f -> new LinkedHashSet<>()), below);
            }
        }
        Stack[] reached = new Stack[tops.size()];
        int n = 0;
        for (Map.Entry<Frame, Set<Stack>> top : tops.entrySet()) {
            reached[n++] =
                    top.getKey() == Frame.END ? Stack.BOTTOM : machine.stack(top.getKey(), sorted(top.getValue()));
        }
        Arrays.sort(reached, BY_SERIAL);
        return reached;
    }

    private Reader reader(Frame frame) {
        Reader known = readers.get(frame);
        if (known != null) {
            return known;
        }
        if (readers.size() == MOST_READERS) {
            throw new IllegalArgumentException("after this text, the grammar can go on in more than " + MOST_READERS
                    + " ways: it is too ambiguous, or something begins with itself; rewrite it");
        }
        Reader made = new Reader(frame);
        readers.put(frame, made);
        open.add(() -> show(made));
        return made;
    }

    private void show(Reader reader) {
        reader.frame.next(b, new Frame.Sink() {
            @Override
            public void go(Frame frame) {
                went.add(new Went(reader, frame));
            }

            @Override
            public void call(Frame callee, Frame back) {
                addCaller(reader(callee), new Caller(reader, back));
            }
        });
        if (reader.frame.mayEnd()) {
            end(reader);
        }
    }

    private void addOld(Stack stack) {
        if (stack.below.length == 0) {
            return; // the bottom reads nothing
        }
        Reader reader = reader(stack.top);
        for (Stack s : stack.below) {
            if (reader.old.add(s) && reader.ended) {
                open.add(() -> addOld(s));
            }
        }
    }

    private void addCaller(Reader reader, Caller caller) {
        // what goes on as itself after something empty is where it was
        boolean same = caller.back == Frame.END && caller.reader == reader;
        if (!same && reader.callers.add(caller) && reader.ended) {
            open.add(() -> resume(caller));
        }
    }

    private void end(Reader reader) {
        if (!reader.ended) {
            reader.ended = true;
            reader.old.forEach(s -> open.add(() -> addOld(s)));
            reader.callers.forEach(c -> open.add(() -> resume(c)));
        }
    }

    private void resume(Caller caller) {
        if (caller.back == Frame.END) {
            end(caller.reader);
        } else {
            addCaller(reader(caller.back), new Caller(caller.reader, Frame.END));
        }
    }

    /** All stacks that {@code start} reads above. */
    private Stack[] below(Reader start) {
        ArrayDeque<Reader> path = new ArrayDeque<>();
        path.push(start);
        while (!path.isEmpty()) {
            Reader reader = path.getFirst();
            if (reader.below == null) {
                int waits = path.size();
                for (Caller c : reader.callers) {
                    if (c.reader.below == null) {
                        if (c.reader.entered) {
                            throw new IllegalArgumentException(
                                    "something in the grammar begins with itself; rewrite it");
                        }
                        path.push(c.reader);
                    }
                }
                reader.entered = true;
                if (path.size() > waits) {
                    continue;
                }
                reader.below = put(reader);
            }
            path.pop();
        }
        return Objects.requireNonNull(start.below);
    }

    private Stack[] put(Reader reader) {
        Set<Stack> all = new LinkedHashSet<>(reader.old);
        for (Caller c : reader.callers) {
            Stack[] below = Objects.requireNonNull(c.reader.below);
            if (c.back == Frame.END) {
                Collections.addAll(all, below);
            } else {
                all.add(machine.stack(c.back, below));
            }
        }
        return sorted(all);
    }

    private static Stack[] sorted(Set<Stack> stacks) {
        Stack[] all = stacks.toArray(Stack[]::new);
        Arrays.sort(all, BY_SERIAL);
        return all;
    }
}
