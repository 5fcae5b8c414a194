package dev.keiryo.grammar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Random texts of a language. */
public final class Examples {
    private final Frame language;
    private final NextBytes next = new NextBytes();

    public Examples(Frame language) {
        this.language = language;
    }

    /**
     * One more, whose end is made for once it has {@code length} bytes. Printable ASCII is preferred.
     *
     * @param random chooses where there is a choice
     */
    public String next(RandomGenerator random, int length) {
        Machine machine = new Machine();
        State state = machine.start(language);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        while (true) {
            boolean ending = text.size() + state.shortest() >= length;
            List<Integer> choices = choices(machine, state, ending);
            if (choices.isEmpty() || (state.mayEnd() && (ending || random.nextInt(4) == 0))) {
                return text.toString(StandardCharsets.UTF_8);
            }
            int b = choices.get(random.nextInt(choices.size()));
            text.write(b);
            state = machine.next(state, b);
        }
    }

    private List<Integer> choices(Machine machine, State state, boolean towardsEnd) {
        long[] possible = next.after(state);
        List<Integer> plain = new ArrayList<>();
        List<Integer> all = new ArrayList<>();
        int least = Frame.ENDLESS;
        for (int b = 0; b < 256; b++) {
            if ((possible[b >> 6] >>> b & 1) == 0) {
                continue;
            }
            int shortest = towardsEnd ? machine.next(state, b).shortest() : 0;
            if (shortest < least) {
                plain.clear();
                all.clear();
                least = shortest;
            }
            if (shortest == least) {
                all.add(b);
                if (b >= ' ' && b < 127) {
                    plain.add(b);
                }
            }
        }
        return plain.isEmpty() ? all : plain;
    }
}
