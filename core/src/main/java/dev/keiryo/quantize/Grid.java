package dev.keiryo.quantize;

import java.util.ArrayList;
import java.util.List;

/** The numbers that a weight, divided by its scale, may be rounded to. */
sealed interface Grid {
    float least();

    float most();

    /** Rounds {@code v[0, n)} to the nearest numbers of the grid. */
    void round(float[] v, int n);

    /** The ends of whole numbers, or all levels. */
    List<Float> points();

    /** What a format stores for {@code point}, a number of the grid. */
    int code(float point);

    /** Whole numbers from {@code least} to {@code most}; ties go to the even one. The code counts from {@code least}. */
    record Uniform(float least, float most) implements Grid {
        /** 1.5·2^23: a float of this size has no fraction, so adding and taking it away rounds. */
        static final float WHOLE = 0x1.8p23f;

        @Override
        public List<Float> points() {
            return List.of(least, most);
        }

        @Override
        public void round(float[] v, int n) {
            for (int i = 0; i < n; i++) {
                v[i] = Math.max(least, Math.min(most, v[i])) + WHOLE - WHOLE;
            }
        }

        @Override
        public int code(float point) {
            return (int) (point - least);
        }
    }

    /** Levels at uneven distances; the code is a level's number. A number in the middle of two goes to the lower one. */
    final class Levels implements Grid {
        private final float[] levels;
        /** The middle between a level and the next. */
        private final float[] middles;

        /** For each whole number from the least level on: how many middles lie below it. At most one lies before the next. */
        private final byte[] cells;

        private final int[] levelBits = new int[16];
        private final int[] middleBits = new int[16];

        /** @param levels sixteen whole numbers, ascending */
        Levels(int... levels) {
            this.levels = new float[levels.length];
            this.middles = new float[levels.length - 1];
            for (int i = 0; i < levels.length; i++) {
                this.levels[i] = levels[i];
                if (i > 0) {
                    middles[i - 1] = (levels[i - 1] + levels[i]) / 2f;
                }
            }
            this.cells = new byte[levels[levels.length - 1] - levels[0] + 1];
            for (int c = 0; c < cells.length; c++) {
                while (cells[c] < middles.length && middles[cells[c]] < levels[0] + c) {
                    cells[c]++;
                }
            }
            for (int i = 0; i < levelBits.length; i++) {
                levelBits[i] = Float.floatToRawIntBits(this.levels[i]);
                middleBits[i] = Float.floatToRawIntBits(i < middles.length ? middles[i] : Float.POSITIVE_INFINITY);
            }
        }

        int count() {
            return levels.length;
        }

        float level(int code) {
            return levels[code];
        }

        /** Above it, {@code level(code + 1)} is nearer than {@code level(code)}. */
        float middle(int code) {
            return middles[code];
        }

        /** The bits of sixteen levels, or of the middles above them, the last being +∞. */
        int[] table(boolean ofMiddles) {
            return ofMiddles ? middleBits : levelBits;
        }

        @Override
        public float least() {
            return levels[0];
        }

        @Override
        public float most() {
            return levels[levels.length - 1];
        }

        @Override
        public void round(float[] v, int n) {
            for (int i = 0; i < n; i++) {
                v[i] = levels[code(v[i])];
            }
        }

        @Override
        public List<Float> points() {
            List<Float> points = new ArrayList<>();
            for (float level : levels) {
                points.add(level);
            }
            return points;
        }

        @Override
        public int code(float point) {
            int cell = (int) Math.clamp(point - levels[0], 0, cells.length - 1);
            int code = cells[cell];
            return code < middles.length && point > middles[code] ? code + 1 : code;
        }
    }
}
