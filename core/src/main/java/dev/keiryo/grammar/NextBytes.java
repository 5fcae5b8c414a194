package dev.keiryo.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which bytes may come next, kept for each frame. Thread-safe. */
public final class NextBytes {
    private static final int MOST = 1 << 15;

    private final Map<Frame, long[]> known = new ConcurrentHashMap<>();
    private final Machine machine = new Machine();

    public NextBytes() {}

    /** The bytes that may follow {@code state}, as 256 bits: byte b is bit {@code b % 64} of word {@code b / 64}. */
    public long[] after(State state) {
        long[] all = new long[4];
        List<Stack> open = new ArrayList<>(Arrays.asList(state.stacks));
        for (int i = 0; i < open.size(); i++) {
            Stack stack = open.get(i);
            long[] possible = of(stack.top);
            for (int w = 0; w < 4; w++) {
                all[w] |= possible[w];
            }
            if (stack.top.mayEnd()) {
                for (Stack s : stack.below) {
                    if (!open.contains(s)) {
                        open.add(s);
                    }
                }
            }
        }
        return all;
    }

    /** Whether {@code state} has read a text that nothing may follow. */
    public boolean nothingAfter(State state) {
        if (!state.mayEnd()) {
            return false;
        }
        for (long bits : state.isOver() ? new long[0] : after(state)) {
            if (bits != 0) {
                return false;
            }
        }
        return true;
    }

    /** The only byte that may follow {@code state}; -1 where there are several, or none, or the text may end. */
    public int onlyAfter(State state) {
        if (state.mayEnd() || state.isDead()) {
            return -1;
        }
        if (state.stacks.length == 1 && !state.stacks[0].top.mayEnd()) {
            return only(of(state.stacks[0].top));
        }
        return only(after(state));
    }

    private static int only(long[] bits) {
        int only = -1;
        for (int w = 0; w < 4; w++) {
            if (bits[w] != 0) {
                if (only >= 0 || Long.bitCount(bits[w]) > 1) {
                    return -1;
                }
                only = 64 * w + Long.numberOfTrailingZeros(bits[w]);
            }
        }
        return only;
    }

    private long[] of(Frame frame) {
        Frame near = frame.within(1);
        long[] bits = known.get(near);
        if (bits == null) {
            bits = find(near);
            if (known.size() > MOST) {
                known.clear();
            }
            known.put(near, bits);
        }
        return bits;
    }

    private synchronized long[] find(Frame frame) {
        long[] possible = new long[4];
        State start = machine.start(frame);
        for (int b = 0; b < 256; b++) {
            if (!machine.next(start, b).isDead()) {
                possible[b >> 6] |= 1L << b;
            }
        }
        return possible;
    }
}
