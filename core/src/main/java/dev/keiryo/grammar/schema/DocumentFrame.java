package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;

/** A value with white space around it. */
record DocumentFrame(ValueFrame value) implements Frame {
    /** White space alone. */
    private enum Space implements Frame {
        AFTER;

        @Override
        public boolean mayEnd() {
            return true;
        }

        @Override
        public int shortest() {
            return 0;
        }

        @Override
        public void next(int b, Sink sink) {
            if (ValueFrame.isSpace(b)) {
                sink.go(this);
            }
        }
    }

    @Override
    public boolean mayEnd() {
        return false;
    }

    @Override
    public int shortest() {
        return value.shortest();
    }

    @Override
    public void next(int b, Sink sink) {
        sink.call(value, Space.AFTER);
    }
}
