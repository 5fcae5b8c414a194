package dev.keiryo.gguf;

/** float32 bits as a double and back, keeping every NaN's payload, which casts may not. */
final class Float32 {
    private Float32() {}

    static double widened(int bits) {
        float f = Float.intBitsToFloat(bits);
        if (!Float.isNaN(f)) {
            return f;
        }
        long sign = (long) (bits & 0x8000_0000) << 32;
        return Double.longBitsToDouble(sign | 0x7FF0_0000_0000_0000L | ((bits & 0x007F_FFFFL) << 29));
    }

    static int narrowed(double d) {
        if (!Double.isNaN(d)) {
            return Float.floatToRawIntBits((float) d);
        }
        long bits = Double.doubleToRawLongBits(d);
        int payload = (int) (bits >>> 29) & 0x007F_FFFF;
        // a payload whose only bits are too low to keep must not turn into an infinity
        return ((int) (bits >>> 32) & 0x8000_0000) | 0x7F80_0000 | (payload == 0 ? 0x0040_0000 : payload);
    }
}
