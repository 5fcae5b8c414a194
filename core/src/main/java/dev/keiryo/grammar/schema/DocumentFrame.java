package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;

/** A value with white space around it. */
record DocumentFrame(ValueFrame value) implements Frame {
    /** White space alone. */
    private record Space(int left) implements Frame {
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
            if (left > 0 && ValueFrame.isSpace(b)) {
                sink.go(new Space(ValueFrame.less(left)));
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
        sink.call(value, new Space(value.constraint().whitespace));
    }
}
