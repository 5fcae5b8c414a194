package dev.keiryo.train.optimize;

import java.util.Locale;

/**
 * The learning rate over a run, as a factor of its peak. Steps are counted from 0; a schedule knows no run's length, so that the same
 * one serves any, and a run that is made longer goes on by it.
 *
 * <p>As text, for command lines and recipes: {@code constant}, {@code linear:min=0.1}, {@code cosine:warmup=100,min=0.1},
 * {@code wsd:warmup=1%,decay=20%,shape=1-sqrt}, {@code restarts:first=1000,factor=2}. Every one takes {@code warmup}; lengths are
 * {@link Span}s, steps or percent of the run. {@link #text} gives what {@link #parse} reads.
 */
public sealed interface Schedule {
    /**
     * The factor of the peak learning rate.
     *
     * @param step from 0 on; beyond the run's end the factor is that of its end
     * @param steps of the whole run
     * @return between 0 and 1
     */
    double factor(long step, long steps);

    /** As {@link #parse} reads it. */
    default String text() {
        return text("");
    }

    /** With {@code before}, arguments, put before its own. */
    private static String text(String name, String before, String own) {
        String arguments = before.isEmpty() || own.isEmpty() ? before + own : before + "," + own;
        return arguments.isEmpty() ? name : name + ":" + arguments;
    }

    /** As {@link #text}, with arguments before its own. */
    String text(String before);

    /** Always the peak. */
    record Constant() implements Schedule {
        @Override
        public double factor(long step, long steps) {
            return 1;
        }

        @Override
        public String text(String before) {
            return Schedule.text("constant", before, "");
        }
    }

    /**
     * {@code 1 - (1 - min)·t/T}: a straight line.
     *
     * @param min at the run's end, a factor of the peak
     */
    record Linear(double min) implements Schedule {
        public Linear {
            checkMin(min);
        }

        @Override
        public double factor(long step, long steps) {
            return 1 - (1 - min) * passed(step, steps);
        }

        @Override
        public String text(String before) {
            return Schedule.text("linear", before, minText(min));
        }
    }

    /**
     * {@code min + (1 - min)·(1 + cos(π·t/T))/2}: half a wave. Loshchilov and Hutter 2016, arXiv:1608.03983.
     *
     * @param min at the run's end, a factor of the peak
     */
    record Cosine(double min) implements Schedule {
        public Cosine {
            checkMin(min);
        }

        @Override
        public double factor(long step, long steps) {
            return cosine(min, passed(step, steps));
        }

        @Override
        public String text(String before) {
            return Schedule.text("cosine", before, minText(min));
        }
    }

    /**
     * Half a wave after another, each {@code factor} times as long as the one before. Loshchilov and Hutter 2016, arXiv:1608.03983
     * (SGDR).
     *
     * @param first length of the first, at least a step
     * @param factor at least 1
     * @param min at each one's end, a factor of the peak
     */
    record CosineRestarts(Span first, double factor, double min) implements Schedule {
        public CosineRestarts {
            checkMin(min);
            if (first.amount() == 0) {
                throw new IllegalArgumentException("the first of cosine restarts should be longer than no steps");
            }
            if (!(factor >= 1 && factor < 1e6)) {
                throw new IllegalArgumentException(
                        "the factor of cosine restarts' lengths should be at least 1, but is " + factor);
            }
        }

        @Override
        public double factor(long step, long steps) {
            double length = Math.max(1, first.of(steps));
            double begun;
            if (factor == 1) {
                begun = Math.floor(step / length) * length;
            } else {
                // begun = length·(factorⁿ - 1)/(factor - 1), with the largest n where that is not above step.
                double n = Math.floor(Math.log(step / length * (factor - 1) + 1) / Math.log(factor) + 1e-12);
                double grown = Math.pow(factor, n);
                begun = length * (grown - 1) / (factor - 1);
                length *= grown;
            }
            return cosine(min, Math.clamp((step - begun) / length, 0, 1));
        }

        @Override
        public String text(String before) {
            String own = "first=" + first + (factor == 1 ? "" : ",factor=" + NamedText.plain(factor));
            return Schedule.text("restarts", before, own + (min == 0 ? "" : "," + minText(min)));
        }
    }

    /** How a learning rate comes down: what is left of it when the share {@code t} of the way has passed. */
    enum Shape {
        /** {@code 1 - t}. */
        LINEAR("linear"),
        /** {@code (1 + cos(π·t))/2}. */
        COSINE("cosine"),
        /** {@code 1 - √t}. Hägele et al. 2024, arXiv:2405.18392. */
        ONE_MINUS_SQRT("1-sqrt");

        private final String label;

        Shape(String label) {
            this.label = label;
        }

        double left(double t) {
            return switch (this) {
                case LINEAR -> 1 - t;
                case COSINE -> cosine(0, t);
                case ONE_MINUS_SQRT -> 1 - Math.sqrt(t);
            };
        }

        static Shape of(String text) {
            for (Shape s : values()) {
                if (s.label.equals(text.strip().toLowerCase(Locale.ROOT))) {
                    return s;
                }
            }
            throw new IllegalArgumentException("a shape is linear, cosine or 1-sqrt, but is '" + text + "'");
        }
    }

    /**
     * Warm-up, stable, decay, less the warm-up: the peak, then down at the end. Hu et al. 2024, arXiv:2404.06395 (MiniCPM).
     *
     * @param decay length of the end
     * @param min at the run's end, a factor of the peak
     */
    record StableDecay(Span decay, Shape shape, double min) implements Schedule {
        public StableDecay {
            checkMin(min);
        }

        @Override
        public double factor(long step, long steps) {
            long length = decay.of(steps);
            return min + (1 - min) * shape.left(length == 0 ? 0 : passed(step - (steps - length), length));
        }

        @Override
        public String text(String before) {
            String own = "decay=" + decay + (shape == Shape.ONE_MINUS_SQRT ? "" : ",shape=" + shape.label);
            return Schedule.text("wsd", before, own + (min == 0 ? "" : "," + minText(min)));
        }
    }

    /**
     * {@code (t + 1)/W} over the first W steps, so that the W-th is the first at the peak; then {@code rest}, over the steps that are
     * left.
     */
    record Warmup(Span length, Schedule rest) implements Schedule {
        public Warmup {
            if (rest instanceof Warmup) {
                throw new IllegalArgumentException("a schedule warms up once");
            }
        }

        @Override
        public double factor(long step, long steps) {
            long warming = length.of(steps);
            return step < warming ? (step + 1.0) / warming : rest.factor(step - warming, steps - warming);
        }

        @Override
        public String text(String before) {
            return rest.text(before.isEmpty() ? "warmup=" + length : before + ",warmup=" + length);
        }
    }

    /** With so many steps of warm-up before it. */
    default Schedule after(Span warmup) {
        return warmup.amount() == 0 ? this : new Warmup(warmup, this);
    }

    /** @throws IllegalArgumentException which says what there is, where {@code text} names no schedule, or gives it what it has not */
    static Schedule parse(String text) {
        NamedText named = new NamedText(text);
        Span warmup = named.span("warmup", Span.NONE);
        Schedule schedule = switch (named.name()) {
            case "constant" -> new Constant();
            case "linear" -> new Linear(named.number("min", 0));
            case "cosine" -> new Cosine(named.number("min", 0));
            case "restarts" ->
                new CosineRestarts(
                        named.span("first", Span.share(0.1)), named.number("factor", 1), named.number("min", 0));
            case "wsd" -> {
                String shape = named.text("shape");
                yield new StableDecay(
                        named.span("decay", Span.share(0.2)),
                        shape == null ? Shape.ONE_MINUS_SQRT : Shape.of(shape),
                        named.number("min", 0));
            }
            default ->
                throw new IllegalArgumentException("there is no schedule '" + named.name()
                        + "'; there are constant, linear, cosine, restarts, wsd");
        };
        named.finish();
        return schedule.after(warmup);
    }

    private static void checkMin(double min) {
        if (!(min >= 0 && min <= 1)) {
            throw new IllegalArgumentException(
                    "the least learning rate is a factor of the peak, between 0 and 1, but is " + min);
        }
    }

    private static String minText(double min) {
        return min == 0 ? "" : "min=" + NamedText.plain(min);
    }

    /** The share of {@code steps} that has passed, between 0 and 1. */
    private static double passed(long step, long steps) {
        return steps <= 0 ? 1 : Math.clamp((double) step / steps, 0, 1);
    }

    private static double cosine(double min, double t) {
        return min + (1 - min) * (1 + Math.cos(Math.PI * t)) / 2;
    }
}
