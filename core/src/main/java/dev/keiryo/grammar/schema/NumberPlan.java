package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;
import java.math.BigInteger;
import java.util.List;

/** Numbers, in any spelling that JSON allows. */
final class NumberPlan implements Plan {
    private final Magnitudes positive;
    private final Magnitudes negative;

    /** @param doubles whether exponents stay small where there is no bound */
    NumberPlan(NumberShape shape, boolean doubles) {
        positive = new Magnitudes(shape, doubles);
        negative = new Magnitudes(shape.negated(), doubles);
    }

    @Override
    public List<Constraint> children() {
        return List.of();
    }

    @Override
    public long fewest() {
        long[] least = {NEVER};
        Frame.Sink sink = new Frame.Sink() {
            @Override
            public void go(Frame frame) {
                least[0] = Math.min(least[0], 1 + frame.shortest());
            }

            @Override
            public void call(Frame callee, Frame back) {
                throw new IllegalStateException("a number has no parts");
            }
        };
        begin('-', sink);
        for (int b = '0'; b <= '9'; b++) {
            begin(b, sink);
        }
        return least[0];
    }

    @Override
    public void begin(int b, Frame.Sink sink) {
        if (b == '-') {
            if (negative.mayBegin(BigInteger.ZERO)) {
                sink.go(new NumberFrame(negative, NumberFrame.Phase.SIGN, BigInteger.ZERO, 0, BigInteger.ZERO));
            }
        } else {
            new NumberFrame(positive, NumberFrame.Phase.SIGN, BigInteger.ZERO, 0, BigInteger.ZERO).next(b, sink);
        }
    }
}
