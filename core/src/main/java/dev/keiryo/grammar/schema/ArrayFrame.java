package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;

/**
 * Inside an array.
 *
 * @param space characters of white space that may still come
 */
record ArrayFrame(ArrayPlan plan, ArrayPlan.Place place, Phase phase, int space) implements Frame {
    ArrayFrame(ArrayPlan plan, ArrayPlan.Place place, Phase phase) {
        this(plan, place, phase, plan.whitespace);
    }

    /** What has been read last. */
    enum Phase {
        OPEN,
        ITEM,
        COMMA
    }

    @Override
    public boolean mayEnd() {
        return false;
    }

    @Override
    public int shortest() {
        return Plan.clamp(phase == Phase.COMMA ? afterComma() : Plan.plus(1, plan.rest(place)));
    }

    private long afterComma() {
        long best = Plan.NEVER;
        for (ArrayPlan.Option option : plan.optionsAt(place.index())) {
            ArrayPlan.Place then = option.item().possible() ? plan.after(place, option) : null;
            if (then != null) {
                best = Math.min(best, Plan.plus(option.item().fewest + 1, plan.rest(then)));
            }
        }
        return best;
    }

    @Override
    public void next(int b, Sink sink) {
        if (ValueFrame.isSpace(b)) {
            if (space > 0) {
                sink.go(new ArrayFrame(plan, place, phase, ValueFrame.less(space)));
            }
        } else if (phase == Phase.COMMA) {
            item(sink);
        } else if (b == ']') {
            if (plan.mayEnd(place)) {
                sink.go(END);
            }
        } else if (phase == Phase.OPEN) {
            item(sink);
        } else if (b == ',') {
            ArrayFrame frame = new ArrayFrame(plan, place, Phase.COMMA);
            if (frame.afterComma() < Plan.NEVER) {
                sink.go(frame);
            }
        }
    }

    private void item(Sink sink) {
        for (ArrayPlan.Option option : plan.optionsAt(place.index())) {
            ArrayPlan.Place then = option.item().possible() ? plan.after(place, option) : null;
            if (then != null && plan.rest(then) < Plan.NEVER) {
                sink.call(new ValueFrame(option.item()), new ArrayFrame(plan, then, Phase.ITEM));
            }
        }
    }

    @Override
    public int hashCode() {
        return 31 * (31 * (31 * System.identityHashCode(plan) + place.hashCode()) + phase.hashCode()) + space;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof ArrayFrame f
                && f.plan == plan
                && f.phase == phase
                && f.space == space
                && f.place.equals(place);
    }
}
